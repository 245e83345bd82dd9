// A ledger as text books show it: see README.md.
import cluster from 'node:cluster';
import { createHash, randomUUID } from 'node:crypto';
import Fastify from 'fastify';
import pg from 'pg';
import { eventSchema, receiptSchema } from './schemas.js';

const LOCK = { name: 'lock', text: 'SELECT seq, hash FROM chain_head FOR UPDATE' };
const INSERT = {
  name: 'insert',
  text: `WITH event AS (
      INSERT INTO events (seq, id, org, type, claim_id, classification, tags, payload, created_at, previous_hash, hash)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING seq, hash)
    UPDATE chain_head SET seq = event.seq, hash = event.hash FROM event`,
};

const workers = Number(process.env.WORKERS ?? 1);

if (cluster.isPrimary && workers > 1) {
  let listening = 0;
  cluster.on('listening', (_worker, { port }) => {
    listening += 1;
    if (listening === workers) console.log(JSON.stringify({ port }));
  });
  cluster.on('exit', () => process.exit(1));
  for (let number = 0; number < workers; number += 1) cluster.fork();
} else {
  const app = server(new pg.Pool({ max: Number(process.env.CONNECTIONS ?? 16) }));
  await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT ?? 0) });
  if (cluster.isPrimary) console.log(JSON.stringify({ port: app.server.address().port }));
}

function server(pool) {
  const app = Fastify({ logger: false });
  const organizations = new Map();

  // Who is calling, by the hash of the secret; asked of the database once.
  app.decorateRequest('org', null);
  app.addHook('onRequest', async (request, reply) => {
    const secret = request.headers['x-api-key'];
    if (!secret) return reply.code(401).send({ error: 'who are you?' });
    const hash = sha256(secret);
    if (!organizations.has(hash)) {
      const found = await pool.query('SELECT org FROM api_keys WHERE secret_sha256 = $1', [Buffer.from(hash, 'hex')]);
      if (found.rowCount === 0) return reply.code(401).send({ error: 'who are you?' });
      organizations.set(hash, found.rows[0].org);
    }
    request.org = organizations.get(hash);
  });

  app.post('/api/v1/events', { schema: { body: eventSchema, response: { 201: receiptSchema } } }, async (request, reply) => {
    const receipt = await append(pool, request.org, request.body);
    return reply.code(201).send(receipt);
  });
  return app;
}

async function append(pool, org, event) {
  const connection = await pool.connect();
  try {
    await connection.query('BEGIN');
    const head = (await connection.query(LOCK)).rows[0];
    const entry = {
      ...event,
      created_at: new Date().toISOString(),
      id: randomUUID(),
      org,
      previous_hash: head.hash,
      seq: Number(head.seq) + 1,
    };
    const hash = sha256(canonical(entry));
    const { seq, id, type, claim_id, classification, tags, payload, created_at, previous_hash } = entry;
    await connection.query({
      ...INSERT,
      values: [seq, id, org, type, claim_id, classification, tags ?? [], canonical(payload), created_at, previous_hash, hash],
    });
    await connection.query('COMMIT');
    return { id, seq, hash, previous_hash, created_at };
  } catch (error) {
    await connection.query('ROLLBACK');
    throw error;
  } finally {
    connection.release();
  }
}

// RFC 8785 for what these bodies hold.
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.keys(value).filter((name) => value[name] !== undefined).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`;
}

function sha256(text) {
  return createHash('sha256').update(text).digest('hex');
}
