-- Who may do what: row-level security, forced, and the narrowest grants. System access is by role, never by a setting.
-- The policy is a hashed IN and not = ANY: an array would become an index condition of every probe, searched 256 times.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['organizations', 'api_keys', 'event_types', 'chain_heads', 'ledger_events', 'event_payloads', 'streams',
                                'idempotency_keys', 'data_keys', 'chain_seals', 'segments'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own_rows ON %I TO fn_ledger_writer, fn_proof_generator, fn_query, fn_admin
                        USING (org IN (SELECT unnest(app_orgs())))', name);
        EXECUTE format('CREATE POLICY audited ON %I FOR SELECT TO fn_auditor USING (true)', name);
        EXECUTE format('GRANT SELECT ON %I TO fn_auditor', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['chain_heads', 'ledger_events', 'chain_seals', 'segments'] LOOP
        EXECUTE format('CREATE POLICY sealed ON %I TO fn_proof_batcher USING (true)', name);
        EXECUTE format('CREATE POLICY swept ON %I FOR SELECT TO fn_timekeeper USING (true)', name);
        EXECUTE format('GRANT SELECT ON %I TO fn_proof_batcher', name);
    END LOOP;
END $$;

GRANT SELECT ON logs, tiles, checkpoints, cursors, wrap_generations TO fn_auditor;

GRANT SELECT ON organizations, event_types, chain_heads, ledger_events, event_payloads, streams, idempotency_keys, data_keys, segments,
                wrap_generations, logs, checkpoints, tiles TO fn_ledger_writer;
GRANT INSERT ON ledger_events, event_payloads, streams, idempotency_keys, data_keys TO fn_ledger_writer;
GRANT UPDATE (seq, hash, time) ON chain_heads TO fn_ledger_writer;
GRANT UPDATE (seq, hash) ON streams TO fn_ledger_writer;
GRANT UPDATE (share_lock) ON wrap_generations TO fn_ledger_writer;

GRANT INSERT ON segments, chain_seals, tiles, checkpoints TO fn_proof_batcher;
GRANT UPDATE (seq) ON chain_seals TO fn_proof_batcher;
GRANT UPDATE (hashes) ON tiles TO fn_proof_batcher;
GRANT SELECT ON logs, tiles, checkpoints TO fn_proof_batcher;
GRANT UPDATE (size, root, published_size) ON logs TO fn_proof_batcher;

GRANT SELECT ON ledger_events, event_payloads, streams, data_keys, wrap_generations, segments, logs, tiles, checkpoints
    TO fn_proof_generator, fn_query;
GRANT SELECT ON event_types TO fn_query;

GRANT SELECT, INSERT ON organizations, event_types, api_keys, chain_heads TO fn_admin;
GRANT UPDATE (name, status) ON organizations TO fn_admin;
GRANT UPDATE (expires_at, revoked_at) ON api_keys TO fn_admin;
GRANT UPDATE (generation) ON chain_heads TO fn_admin;
GRANT SELECT ON logs TO fn_admin;

GRANT SELECT ON chain_heads, chain_seals, logs TO fn_timekeeper;
GRANT SELECT (org, mode, chain, seq, time) ON ledger_events TO fn_timekeeper;

-- An organization is made before anybody may speak for it, and only the operator's function makes one.
CREATE POLICY makes_organizations ON organizations FOR INSERT TO fn_admin WITH CHECK (true);
CREATE POLICY lists_organizations ON organizations FOR SELECT TO fn_admin USING (true);

-- Who is calling, by the hash of the secret: the one look-up that happens before an organization is known. Answers with the head
-- generation of the key's mode, read in the same snapshot, so that an append can tell whether the answer has aged.
CREATE FUNCTION authenticate_v1(p_secret_sha256 bytea) RETURNS TABLE (
    id uuid, org uuid, mode text, scopes text[], region text, expires_ms bigint, revoked boolean, status text, kind text,
    generation bigint
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT k.id, k.org, k.mode::text, k.scopes, k.region, (extract(epoch FROM k.expires_at) * 1000)::bigint, k.revoked_at IS NOT NULL,
           o.status, o.kind, h.generation
    FROM api_keys k JOIN organizations o USING (org) JOIN chain_heads h ON h.org = k.org AND h.mode = k.mode AND h.chain = 'ledger'
    WHERE k.secret_sha256 = p_secret_sha256
$$;
CREATE POLICY looked_up ON api_keys FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY looked_up ON chain_heads FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY looked_up ON organizations FOR SELECT TO CURRENT_USER USING (true);
GRANT EXECUTE ON FUNCTION authenticate_v1 TO fn_ledger_writer, fn_proof_generator, fn_query, fn_admin;
