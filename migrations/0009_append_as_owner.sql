-- Appending runs as the schema's owner: the writer's role can no longer insert, update or link anything by itself, only call append_v1.
-- And row-level security costs nothing there: a policy that is always true, instead of the list of organizations read by each statement.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['ledger_events', 'event_payloads', 'streams', 'idempotency_keys', 'data_keys'] LOOP
        EXECUTE format('CREATE POLICY appended ON %I FOR INSERT TO CURRENT_USER WITH CHECK (true)', name);
        EXECUTE format('CREATE POLICY read_to_append ON %I FOR SELECT TO CURRENT_USER USING (true)', name);
        EXECUTE format('REVOKE INSERT ON %I FROM fn_ledger_writer', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['chain_heads', 'streams'] LOOP
        EXECUTE format('CREATE POLICY linked ON %I FOR UPDATE TO CURRENT_USER USING (true)', name);
    END LOOP;
END $$;
REVOKE UPDATE (seq, hash, time) ON chain_heads FROM fn_ledger_writer;
REVOKE UPDATE (seq, hash) ON streams FROM fn_ledger_writer;
REVOKE UPDATE (share_lock) ON wrap_generations FROM fn_ledger_writer;

-- As in 0006_append.sql, where its arguments are explained; what changes is who it runs as and that it writes in one statement.
CREATE OR REPLACE FUNCTION append_v1(
    p_chain_org uuid[], p_chain_mode text[], p_chain_name text[], p_chain_generation bigint[],
    p_claim_chain integer[], p_claim_id text[], p_claim_stream bytea[], p_claim_data_key uuid[], p_claim_sealed_key bytea[],
    p_key_chain integer[], p_key_id uuid[], p_key_subject text[], p_key_generation integer[], p_key_wrapped bytea[],
    p_chain integer[], p_claim integer[], p_id uuid[], p_digest uuid[], p_type text[], p_class text[], p_commitment bytea[],
    p_decision bytea[], p_data_key uuid[], p_subject text[], p_tags text[], p_envelope bytea[], p_receipt_key text,
    -- Of each row.
    OUT o_seq bigint[], OUT o_hash bytea[], OUT o_replay uuid[],
    -- Of each chain: the time of its new events, its log, and its hash before.
    OUT o_chain_time_ms bigint[], OUT o_chain_log text[], OUT o_chain_hash bytea[],
    -- Of each claim: its stream before, or the proposed one with neither sealed key nor events.
    OUT o_claim_stream bytea[], OUT o_claim_data_key uuid[], OUT o_claim_sealed_key bytea[], OUT o_claim_seq bigint[], OUT o_claim_hash bytea[]
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- The tables may never have been analysed: only index probes are ever right here, and one plan for all batches.
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off SET enable_bitmapscan = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    rows constant integer := cardinality(p_id);
    chains constant integer := cardinality(p_chain_org);
    claims constant integer := cardinality(p_claim_id);
    zero constant bytea := decode(repeat('00', 32), 'hex');
    leaf_prefix constant bytea := '\x00';
    now_ms constant timestamptz := date_trunc('milliseconds', clock_timestamp());
    -- The rows that still stand. Arrays are read by subscript and not by unnest, which would first copy each of them.
    standing integer[];
    -- Row addresses, so that an update needs no second probe: they hold while the chain's head is locked.
    head_tid tid[]; claim_tid tid[];
    head_seq bigint[]; head_hash bytea[]; head_time timestamptz[]; before_prev text[]; before_type text[];
    claim_seq bigint[]; claim_hash bytea[];
    header text[] := array_fill(NULL::text, ARRAY[rows]); stream_seq bigint[] := array_fill(NULL::bigint, ARRAY[rows]);
    event_header text; event_hash bytea; lost_keys uuid[]; known record; written bigint; i integer; c integer; s integer;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    o_seq := stream_seq;
    o_hash := array_fill(NULL::bytea, ARRAY[rows]);
    o_replay := array_fill(NULL::uuid, ARRAY[rows]);
    standing := array_positions(o_replay, NULL);

    -- A chain that is unknown or of another generation stays NULL.
    SELECT array_agg(h.tid), array_agg(h.seq), array_agg(h.hash), array_agg(h.time), array_agg((extract(epoch FROM h.time) * 1000)::bigint),
           array_agg(h.log), array_agg(',"log":"' || h.log || '","org":"org_' || encode(uuid_send(h.org), 'hex') || '","prev":"'),
           array_agg(',"time":"' || to_char(h.time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || '","type":"')
        INTO head_tid, head_seq, head_hash, head_time, o_chain_time_ms, o_chain_log, before_prev, before_type
        FROM generate_series(1, chains) a(slot) LEFT JOIN LATERAL (
            SELECT h.ctid AS tid, h.org, h.seq, h.hash, h.log, greatest(h.time, now_ms) AS time FROM chain_heads h
            WHERE h.org = p_chain_org[a.slot] AND h.mode = p_chain_mode[a.slot] AND h.chain = p_chain_name[a.slot]
                AND h.generation = p_chain_generation[a.slot]
            FOR NO KEY UPDATE) h ON true;
    o_chain_hash := head_hash;
    IF array_position(head_seq, NULL) IS NOT NULL THEN
        standing := ARRAY(SELECT r FROM unnest(standing) r WHERE head_seq[p_chain[r]] IS NOT NULL);
    END IF;

    IF cardinality(p_key_id) > 0 THEN
        -- A data key is wrapped only under a generation that is open, and stays open until this commits.
        PERFORM 1 FROM wrap_generations g WHERE g.number = ANY (p_key_generation) AND g.state = 'open' FOR SHARE;
        INSERT INTO data_keys (id, org, subject_id, wrap_generation, wrapped_key)
            SELECT k.id, p_chain_org[k.chain], k.subject, k.generation, k.wrapped
            FROM unnest(p_key_chain, p_key_id, p_key_subject, p_key_generation, p_key_wrapped) k(chain, id, subject, generation, wrapped)
            WHERE head_seq[k.chain] IS NOT NULL AND EXISTS (SELECT 1 FROM wrap_generations g WHERE g.number = k.generation AND g.state = 'open')
            ON CONFLICT DO NOTHING;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written < cardinality(p_key_id) THEN
            lost_keys := ARRAY(SELECT k FROM unnest(p_key_id) k WHERE NOT EXISTS (SELECT 1 FROM data_keys d WHERE d.id = k));
            standing := ARRAY(SELECT r FROM unnest(standing) r WHERE p_data_key[r] <> ALL (lost_keys)
                              AND (p_claim[r] IS NULL OR p_claim_data_key[p_claim[r]] <> ALL (lost_keys)));
        END IF;
    END IF;

    BEGIN
        INSERT INTO idempotency_keys (org, mode, digest, event_id)
            SELECT p_chain_org[p_chain[r]], p_chain_mode[p_chain[r]], p_digest[r], p_id[r] FROM unnest(standing) r;
    EXCEPTION WHEN unique_violation THEN
        -- There are replays. To look for them always (ON CONFLICT) would cost each row a second probe.
        INSERT INTO idempotency_keys (org, mode, digest, event_id)
            SELECT p_chain_org[p_chain[r]], p_chain_mode[p_chain[r]], p_digest[r], p_id[r] FROM unnest(standing) r
            ON CONFLICT DO NOTHING;
        FOR known IN
            SELECT r, k.event_id FROM unnest(standing) r, LATERAL (
                SELECT k.event_id FROM idempotency_keys k
                WHERE k.org = p_chain_org[p_chain[r]] AND k.mode = p_chain_mode[p_chain[r]] AND k.digest = p_digest[r]) k
            WHERE k.event_id <> p_id[r]
        LOOP
            o_replay[known.r] := known.event_id;
        END LOOP;
        standing := ARRAY(SELECT r FROM unnest(standing) r WHERE o_replay[r] IS NULL);
    END;

    IF claims > 0 THEN
        SELECT array_agg(t.tid), array_agg(coalesce(t.stream, p_claim_stream[a.slot])), array_agg(coalesce(t.data_key, p_claim_data_key[a.slot])),
               array_agg(t.sealed_key), array_agg(coalesce(t.seq, 0)), array_agg(coalesce(t.hash, zero))
            INTO claim_tid, o_claim_stream, o_claim_data_key, o_claim_sealed_key, o_claim_seq, o_claim_hash
            FROM generate_series(1, claims) a(slot) LEFT JOIN LATERAL (
                SELECT t.ctid AS tid, t.* FROM streams t
                WHERE t.org = p_chain_org[p_claim_chain[a.slot]] AND t.mode = p_chain_mode[p_claim_chain[a.slot]]
                    AND t.claim_id = p_claim_id[a.slot]) t ON true;
        claim_seq := o_claim_seq;
        claim_hash := o_claim_hash;
    END IF;

    FOREACH i IN ARRAY standing LOOP
        c := p_chain[i];
        s := p_claim[i];
        head_seq[c] := head_seq[c] + 1;
        event_header := '{"chain":"' || p_chain_name[c] || '","class":"' || p_class[i] || '","commitment":"' || encode(p_commitment[i], 'hex')
            || CASE WHEN p_decision[i] IS NULL THEN '' ELSE '","decision":"' || encode(p_decision[i], 'hex') END
            || '","id":"evt_' || encode(uuid_send(p_id[i]), 'hex') || '"' || before_prev[c] || encode(head_hash[c], 'hex')
            || '","seq":' || head_seq[c];
        IF s IS NOT NULL THEN
            claim_seq[s] := claim_seq[s] + 1;
            stream_seq[i] := claim_seq[s];
            event_header := event_header || ',"stream":"' || encode(o_claim_stream[s], 'hex') || '","stream_prev":"'
                || encode(claim_hash[s], 'hex') || '","stream_seq":' || claim_seq[s];
        END IF;
        event_header := event_header || before_type[c] || p_type[i] || '","v":1}';
        event_hash := sha256(leaf_prefix || convert_to(event_header, 'UTF8'));
        o_seq[i] := head_seq[c];
        o_hash[i] := event_hash;
        header[i] := event_header;
        head_hash[c] := event_hash;
        IF s IS NOT NULL THEN
            claim_hash[s] := event_hash;
        END IF;
    END LOOP;

    -- One statement, because starting each of these alone costs more than its work when a batch is small.
    WITH r AS MATERIALIZED (SELECT r FROM unnest(standing) r), n AS MATERIALIZED (SELECT n FROM generate_series(1, claims) n),
    events AS (
        INSERT INTO ledger_events (org, mode, chain, seq, id, hash, time, class, type, stream, stream_seq, header)
        SELECT p_chain_org[p_chain[r]], p_chain_mode[p_chain[r]], p_chain_name[p_chain[r]], o_seq[r], p_id[r], o_hash[r],
               head_time[p_chain[r]], p_class[r], p_type[r], o_claim_stream[p_claim[r]], stream_seq[r], header[r] FROM r),
    payloads AS (
        INSERT INTO event_payloads (id, org, data_key, claim_id, subject_id, tags, receipt_key, envelope)
        SELECT p_id[r], p_chain_org[p_chain[r]], p_data_key[r], p_claim_id[p_claim[r]], p_subject[r], string_to_array(p_tags[r], ','),
               p_receipt_key, p_envelope[r] FROM r),
    new_streams AS (
        INSERT INTO streams (org, mode, claim_id, stream, data_key, sealed_key, seq, hash)
        SELECT p_chain_org[p_claim_chain[n]], p_chain_mode[p_claim_chain[n]], p_claim_id[n], p_claim_stream[n], p_claim_data_key[n],
               p_claim_sealed_key[n], claim_seq[n], claim_hash[n] FROM n WHERE claim_tid[n] IS NULL AND claim_seq[n] > 0),
    old_streams AS (
        UPDATE streams t SET seq = claim_seq[n], hash = claim_hash[n] FROM n WHERE t.ctid = claim_tid[n] AND t.seq < claim_seq[n])
    UPDATE chain_heads h SET seq = head_seq[n], hash = head_hash[n], time = head_time[n] FROM generate_series(1, chains) n
        WHERE h.ctid = head_tid[n] AND h.seq < head_seq[n];
END $$;

-- As in 0006_append.sql.
CREATE OR REPLACE FUNCTION barrier_v1(p_org uuid[], p_id uuid[], p_hash bytea[]) RETURNS integer[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off SET enable_bitmapscan = off
SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
    PERFORM pg_logical_emit_message(true, 'barrier', '');
    RETURN ARRAY(SELECT n FROM generate_series(1, cardinality(p_id)) n
        WHERE NOT EXISTS (SELECT 1 FROM ledger_events e WHERE e.id = p_id[n] AND e.org = p_org[n] AND e.hash = coalesce(p_hash[n], e.hash)));
END $$;
