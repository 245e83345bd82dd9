// What a body and an answer look like; Fastify compiles them.
const text = (maxLength) => ({ type: 'string', minLength: 1, maxLength });
const money = { type: 'string', pattern: '^-?(0|[1-9][0-9]{0,17})(\\.[0-9]{1,6})?$' };
const date = { type: 'string', pattern: '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$' };

export const eventSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['type', 'classification', 'payload'],
  properties: {
    type: { const: 'claim.filed' },
    claim_id: text(200),
    subject_id: text(200),
    classification: { enum: ['identity', 'transactional', 'operational', 'content', 'analytical'] },
    tags: { type: 'array', items: text(40), maxItems: 16 },
    occurred_at: { type: 'string', format: 'date-time' },
    payload: {
      type: 'object',
      properties: {
        policy_number: text(200),
        cause: text(200),
        loss_date: date,
        description: { type: 'string', maxLength: 10000 },
        amount: money,
        currency: { type: 'string', pattern: '^[A-Z]{3}$' },
      },
    },
  },
};

export const receiptSchema = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    seq: { type: 'integer' },
    hash: { type: 'string' },
    prev: { type: 'string' },
    time: { type: 'string' },
  },
};
