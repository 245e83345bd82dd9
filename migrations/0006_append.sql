-- Group commit: one call appends many events of many chains. See docs/decisions/0001-append.md.
--
-- The arguments are columns: first the distinct chains, sorted (everybody locks in the same order), then the distinct claims, the data
-- keys that are new to the caller, and the rows themselves, which name their chain, claim and key by position.
--
-- Commits asynchronously, so that no chain's lock is held through a flush: an answer must wait for barrier_v1.
CREATE FUNCTION append_v1(
    p_chain_org uuid[], p_chain_mode text[], p_chain_name text[], p_chain_generation bigint[],
    p_claim_chain integer[], p_claim_id text[], p_claim_stream bytea[], p_claim_data_key uuid[], p_claim_sealed_key bytea[],
    p_key_chain integer[], p_key_id uuid[], p_key_subject text[], p_key_generation integer[], p_key_wrapped bytea[],
    p_chain integer[], p_claim integer[], p_id uuid[], p_digest uuid[], p_type text[], p_class text[], p_commitment bytea[],
    p_decision bytea[], p_data_key uuid[], p_subject text[], p_tags text[], p_envelope bytea[], p_receipt_key text
) RETURNS TABLE (
    outcome text, seq bigint, time_ms bigint, log text, prev bytea, hash bytea,
    stream bytea, stream_prev bytea, stream_seq bigint, stream_data_key uuid, stream_sealed_key bytea, replay_of uuid
) LANGUAGE plpgsql
-- The tables may never have been analysed: only index probes are ever right here.
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off SET enable_bitmapscan = off
AS $$
DECLARE
    n constant integer := cardinality(p_id);
    zero constant bytea := decode(repeat('00', 32), 'hex');
    leaf_prefix constant bytea := '\x00';
    now_ms constant timestamptz := date_trunc('milliseconds', clock_timestamp());
    head record; known record;
    head_seq bigint[] := array_fill(NULL::bigint, ARRAY[cardinality(p_chain_org)]);
    head_hash bytea[] := array_fill(zero, ARRAY[cardinality(p_chain_org)]);
    head_time timestamptz[] := array_fill(now_ms, ARRAY[cardinality(p_chain_org)]);
    head_log text[] := array_fill(''::text, ARRAY[cardinality(p_chain_org)]);
    before_prev text[] := head_log; after_seq text[] := head_log;
    claim_new boolean[] := array_fill(false, ARRAY[cardinality(p_claim_id)]);
    claim_seq bigint[] := array_fill(0::bigint, ARRAY[cardinality(p_claim_id)]);
    claim_hash bytea[] := array_fill(zero, ARRAY[cardinality(p_claim_id)]);
    o_outcome text[] := array_fill('appended'::text, ARRAY[n]);
    o_replay uuid[] := array_fill(NULL::uuid, ARRAY[n]);
    o_seq bigint[] := array_fill(NULL::bigint, ARRAY[n]); o_stream_seq bigint[] := o_seq;
    o_hash bytea[] := array_fill(NULL::bytea, ARRAY[n]); o_prev bytea[] := o_hash; o_stream_prev bytea[] := o_hash; o_stream bytea[] := o_hash;
    o_header text[] := array_fill(NULL::text, ARRAY[n]);
    lost_keys uuid[]; refused boolean := false; claimed bigint; c integer; s integer; event_seq bigint; stream_part text;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    PERFORM set_config('app.orgs', array_to_string(p_chain_org, ','), true);

    FOR head IN
        SELECT a.slot, h.* FROM unnest(p_chain_org, p_chain_mode, p_chain_name) WITH ORDINALITY a(org, mode, name, slot),
            LATERAL (SELECT * FROM chain_heads h WHERE h.org = a.org AND h.mode = a.mode AND h.chain = a.name
                     FOR NO KEY UPDATE) h
    LOOP
        c := head.slot;
        -- A stale chain stays at NULL: its rows go back to the caller, who decides again.
        IF head.generation = p_chain_generation[c] THEN
            head_seq[c] := head.seq;
            head_hash[c] := head.hash;
            head_time[c] := greatest(now_ms, head.time);
            head_log[c] := head.log;
            before_prev[c] := ',"log":"' || head.log || '","org":"org_' || replace(head.org::text, '-', '') || '","prev":"';
            after_seq[c] := ',"time":"' || to_char(head_time[c] AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || '","type":"';
        ELSE
            refused := true;
        END IF;
    END LOOP;
    IF refused OR array_position(head_seq, NULL) IS NOT NULL THEN
        refused := true;
        FOR i IN 1..n LOOP
            IF head_seq[p_chain[i]] IS NULL THEN o_outcome[i] := 'stale'; END IF;
        END LOOP;
    END IF;

    IF cardinality(p_key_id) > 0 THEN
        -- A data key is wrapped only under a generation that is open, and stays open until this commits.
        PERFORM 1 FROM wrap_generations g WHERE g.number = ANY (p_key_generation) AND g.state = 'open' FOR SHARE;
        INSERT INTO data_keys (id, org, subject_id, wrap_generation, wrapped_key)
            SELECT k.id, p_chain_org[k.chain], k.subject, k.generation, k.wrapped
            FROM unnest(p_key_chain, p_key_id, p_key_subject, p_key_generation, p_key_wrapped) k(chain, id, subject, generation, wrapped)
            WHERE head_seq[k.chain] IS NOT NULL AND EXISTS (SELECT 1 FROM wrap_generations g WHERE g.number = k.generation AND g.state = 'open')
            ON CONFLICT DO NOTHING;
        GET DIAGNOSTICS claimed = ROW_COUNT;
        IF claimed < cardinality(p_key_id) THEN
            SELECT array_agg(k.id) INTO lost_keys FROM unnest(p_key_id) k(id)
                WHERE NOT EXISTS (SELECT 1 FROM data_keys d WHERE d.id = k.id);
            refused := true;
            FOR i IN 1..n LOOP
                IF p_data_key[i] = ANY (lost_keys) OR p_claim_data_key[p_claim[i]] = ANY (lost_keys) THEN o_outcome[i] := 'stale'; END IF;
            END LOOP;
        END IF;
    END IF;

    INSERT INTO idempotency_keys (org, mode, digest, event_id)
        SELECT p_chain_org[r.chain], p_chain_mode[r.chain], r.digest, r.id
        FROM unnest(p_chain, p_digest, p_id, o_outcome) r(chain, digest, id, outcome)
        WHERE NOT refused OR r.outcome = 'appended'
        ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS claimed = ROW_COUNT;
    IF claimed < n THEN
        refused := true;
        FOR known IN
            SELECT r.row, k.event_id FROM unnest(p_chain, p_digest, p_id, o_outcome) WITH ORDINALITY r(chain, digest, id, outcome, row),
                LATERAL (SELECT i.event_id FROM idempotency_keys i WHERE i.org = p_chain_org[r.chain]
                         AND i.mode = p_chain_mode[r.chain] AND i.digest = r.digest) k
            WHERE r.outcome = 'appended' AND k.event_id <> r.id
        LOOP
            o_outcome[known.row] := 'replayed';
            o_replay[known.row] := known.event_id;
        END LOOP;
    END IF;

    IF cardinality(p_claim_id) > 0 THEN
        FOR known IN
            SELECT a.slot, k.* FROM unnest(p_claim_chain, p_claim_id) WITH ORDINALITY a(chain, claim_id, slot)
                LEFT JOIN LATERAL (SELECT * FROM streams t WHERE t.org = p_chain_org[a.chain]
                     AND t.mode = p_chain_mode[a.chain] AND t.claim_id = a.claim_id) k ON true
        LOOP
            s := known.slot;
            claim_new[s] := known.stream IS NULL;
            IF NOT claim_new[s] THEN
                claim_seq[s] := known.seq;
                claim_hash[s] := known.hash;
                p_claim_stream[s] := known.stream;
                p_claim_data_key[s] := known.data_key;
                p_claim_sealed_key[s] := known.sealed_key;
            END IF;
        END LOOP;
    END IF;

    FOR i IN 1..n LOOP
        CONTINUE WHEN refused AND o_outcome[i] <> 'appended';
        c := p_chain[i];
        s := p_claim[i];
        event_seq := head_seq[c] + 1;
        stream_part := '';
        IF s IS NOT NULL THEN
            claim_seq[s] := claim_seq[s] + 1;
            o_stream_seq[i] := claim_seq[s];
            o_stream_prev[i] := claim_hash[s];
            o_stream[i] := p_claim_stream[s];
            stream_part := ',"stream":"' || encode(p_claim_stream[s], 'hex') || '","stream_prev":"' || encode(claim_hash[s], 'hex')
                || '","stream_seq":' || claim_seq[s];
        END IF;
        o_seq[i] := event_seq;
        o_prev[i] := head_hash[c];
        o_header[i] := '{"chain":"' || p_chain_name[c] || '","class":"' || p_class[i] || '","commitment":"' || encode(p_commitment[i], 'hex')
            || CASE WHEN p_decision[i] IS NULL THEN '' ELSE '","decision":"' || encode(p_decision[i], 'hex') END
            || '","id":"evt_' || replace(p_id[i]::text, '-', '') || '"' || before_prev[c] || encode(head_hash[c], 'hex')
            || '","seq":' || event_seq || stream_part || after_seq[c] || p_type[i] || '","v":1}';
        o_hash[i] := sha256(leaf_prefix || convert_to(o_header[i], 'UTF8'));
        head_seq[c] := event_seq;
        head_hash[c] := o_hash[i];
        IF s IS NOT NULL THEN
            claim_hash[s] := o_hash[i];
        END IF;
    END LOOP;

    INSERT INTO ledger_events (org, mode, chain, seq, id, hash, time, class, type, stream, stream_seq, header)
        SELECT p_chain_org[r.chain], p_chain_mode[r.chain], p_chain_name[r.chain], r.seq, r.id, r.hash,
               head_time[r.chain], r.class, r.type, r.stream, r.stream_seq, r.header
        FROM unnest(p_chain, p_id, p_class, p_type, o_seq, o_hash, o_stream, o_stream_seq, o_header)
             r(chain, id, class, type, seq, hash, stream, stream_seq, header)
        WHERE r.seq IS NOT NULL;
    INSERT INTO event_payloads (id, org, data_key, claim_id, subject_id, tags, receipt_key, envelope)
        SELECT r.id, p_chain_org[r.chain], r.data_key, p_claim_id[r.claim], r.subject, string_to_array(r.tags, ','), p_receipt_key, r.envelope
        FROM unnest(p_chain, p_claim, p_id, p_data_key, p_subject, p_tags, p_envelope, o_seq)
             r(chain, claim, id, data_key, subject, tags, envelope, seq)
        WHERE r.seq IS NOT NULL;
    IF cardinality(p_claim_id) > 0 THEN
        INSERT INTO streams (org, mode, claim_id, stream, data_key, sealed_key, seq, hash)
            SELECT p_chain_org[a.chain], p_chain_mode[a.chain], a.claim_id, a.stream, a.data_key, a.sealed_key, a.seq, a.hash
            FROM unnest(p_claim_chain, p_claim_id, p_claim_stream, p_claim_data_key, p_claim_sealed_key, claim_new, claim_seq, claim_hash)
                 a(chain, claim_id, stream, data_key, sealed_key, is_new, seq, hash)
            WHERE a.is_new AND a.seq > 0;
        UPDATE streams t SET seq = a.seq, hash = a.hash
            FROM unnest(p_claim_chain, p_claim_id, claim_new, claim_seq, claim_hash) a(chain, claim_id, is_new, seq, hash)
            WHERE NOT a.is_new AND t.org = p_chain_org[a.chain] AND t.mode = p_chain_mode[a.chain]
                AND t.claim_id = a.claim_id AND t.seq < a.seq;
    END IF;
    UPDATE chain_heads h SET seq = a.seq, hash = a.hash, time = a.time
        FROM unnest(p_chain_org, p_chain_mode, p_chain_name, head_seq, head_hash, head_time) a(org, mode, name, seq, hash, time)
        WHERE h.org = a.org AND h.mode = a.mode AND h.chain = a.name AND h.seq < a.seq;

    RETURN QUERY
        SELECT r.outcome, r.seq, (extract(epoch FROM head_time[r.chain]) * 1000)::bigint, head_log[r.chain], r.prev, r.hash,
               r.stream, r.stream_prev, r.stream_seq, p_claim_data_key[r.claim],
               CASE WHEN claim_new[r.claim] THEN NULL ELSE p_claim_sealed_key[r.claim] END, r.replay
        FROM unnest(o_outcome, o_seq, p_chain, p_claim, o_prev, o_hash, o_stream, o_stream_prev, o_stream_seq, o_replay)
             r(outcome, seq, chain, claim, prev, hash, stream, stream_prev, stream_seq, replay);
END $$;

-- A synchronous commit that covers every append before it, and the proof that they are still there: a backend or server that died
-- between an append and its flush has lost it. Answers with the positions (from 1) of the events that are missing.
CREATE FUNCTION barrier_v1(p_org uuid[], p_mode text[], p_chain text[], p_seq bigint[], p_hash bytea[]) RETURNS integer[]
LANGUAGE plpgsql
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off SET enable_bitmapscan = off
AS $$
BEGIN
    PERFORM set_config('app.orgs', array_to_string(p_org, ','), true);
    PERFORM pg_logical_emit_message(true, 'barrier', '');
    RETURN (SELECT coalesce(array_agg(a.slot::integer), '{}')
        FROM unnest(p_org, p_mode, p_chain, p_seq, p_hash) WITH ORDINALITY a(org, mode, chain, seq, hash, slot)
        WHERE NOT EXISTS (SELECT 1 FROM ledger_events e WHERE e.org = a.org AND e.mode = a.mode
                          AND e.chain = a.chain AND e.seq = a.seq AND e.hash = a.hash));
END $$;

GRANT EXECUTE ON FUNCTION append_v1, barrier_v1 TO fn_ledger_writer;
