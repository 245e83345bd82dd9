-- One event alone, appended and flushed in one call: a function mostly has one request at a time, for which starting append_v1's statements
-- and asking the server twice costs more than the work. See docs/decisions/0001-append.md.

-- As append_v1 of one row whose data key is stored. Answers with NULL for one that was decided under another generation. A replay, or a claim
-- that somebody else has begun meanwhile, violates a unique index, and nothing is written: append_v1 is for those.
CREATE FUNCTION place_alone_v1(
    p_org uuid, p_mode text, p_chain text, p_generation bigint,
    p_claim_id text, p_claim_stream bytea, p_claim_data_key uuid, p_claim_sealed_key bytea,
    p_id uuid, p_digest uuid, p_type text, p_class text, p_commitment bytea, p_decision bytea, p_data_key uuid, p_subject text, p_tags text,
    p_envelope bytea, p_receipt_key text,
    OUT o_seq bigint, OUT o_hash bytea, OUT o_time_ms bigint, OUT o_log text, OUT o_prev bytea,
    -- Of the claim: its stream before, or the proposed one with neither sealed key nor events.
    OUT o_claim_stream bytea, OUT o_claim_data_key uuid, OUT o_claim_sealed_key bytea, OUT o_claim_seq bigint, OUT o_claim_hash bytea
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off SET enable_bitmapscan = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    leaf_prefix constant bytea := '\x00';
    head_tid tid; head_time timestamptz; claim_tid tid; stream_seq bigint; event_header text;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    SELECT h.ctid, h.seq + 1, h.hash, h.log, greatest(h.time, date_trunc('milliseconds', clock_timestamp()))
        INTO head_tid, o_seq, o_prev, o_log, head_time FROM chain_heads h
        WHERE h.org = p_org AND h.mode = p_mode AND h.chain = p_chain AND h.generation = p_generation FOR NO KEY UPDATE;
    IF o_seq IS NULL THEN
        RETURN;
    END IF;
    o_time_ms := (extract(epoch FROM head_time) * 1000)::bigint;
    event_header := '{"chain":"' || p_chain || '","class":"' || p_class || '","commitment":"' || encode(p_commitment, 'hex')
        || CASE WHEN p_decision IS NULL THEN '' ELSE '","decision":"' || encode(p_decision, 'hex') END
        || '","id":"evt_' || encode(uuid_send(p_id), 'hex') || '","log":"' || o_log || '","org":"org_' || encode(uuid_send(p_org), 'hex')
        || '","prev":"' || encode(o_prev, 'hex') || '","seq":' || o_seq;
    IF p_claim_id IS NOT NULL THEN
        SELECT t.ctid, t.stream, t.data_key, t.sealed_key, t.seq, t.hash
            INTO claim_tid, o_claim_stream, o_claim_data_key, o_claim_sealed_key, o_claim_seq, o_claim_hash
            FROM streams t WHERE t.org = p_org AND t.mode = p_mode AND t.claim_id = p_claim_id;
        IF claim_tid IS NULL THEN
            o_claim_stream := p_claim_stream;
            o_claim_data_key := p_claim_data_key;
            o_claim_seq := 0;
            o_claim_hash := decode(repeat('00', 32), 'hex');
        END IF;
        stream_seq := o_claim_seq + 1;
        event_header := event_header || ',"stream":"' || encode(o_claim_stream, 'hex') || '","stream_prev":"' || encode(o_claim_hash, 'hex')
            || '","stream_seq":' || stream_seq;
    END IF;
    event_header := event_header || ',"time":"' || to_char(head_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
        || '","type":"' || p_type || '","v":1}';
    o_hash := sha256(leaf_prefix || convert_to(event_header, 'UTF8'));

    WITH keys AS (
        INSERT INTO idempotency_keys (org, mode, digest, event_id) VALUES (p_org, p_mode, p_digest, p_id)),
    events AS (
        INSERT INTO ledger_events (org, mode, chain, seq, id, hash, time, class, type, stream, stream_seq, header)
        VALUES (p_org, p_mode, p_chain, o_seq, p_id, o_hash, head_time, p_class, p_type, o_claim_stream, stream_seq, event_header)),
    payloads AS (
        INSERT INTO event_payloads (id, org, data_key, claim_id, subject_id, tags, receipt_key, envelope)
        VALUES (p_id, p_org, p_data_key, p_claim_id, p_subject, string_to_array(p_tags, ','), p_receipt_key, p_envelope)),
    new_stream AS (
        INSERT INTO streams (org, mode, claim_id, stream, data_key, sealed_key, seq, hash)
        SELECT p_org, p_mode, p_claim_id, p_claim_stream, p_claim_data_key, p_claim_sealed_key, 1, o_hash
        WHERE claim_tid IS NULL AND p_claim_id IS NOT NULL),
    old_stream AS (
        UPDATE streams t SET seq = stream_seq, hash = o_hash WHERE t.ctid = claim_tid)
    UPDATE chain_heads h SET seq = o_seq, hash = o_hash, time = head_time WHERE h.ctid = head_tid;
END $$;

-- A routine of its own, because one that runs as its owner may not commit. Commits asynchronously, which lets go of the chain, and then flushes in a transaction of its own: the answer is durable. Who dies between
-- the two does not answer, and so nothing has to be read again.
CREATE PROCEDURE append_alone_v1(
    p_org uuid, p_mode text, p_chain text, p_generation bigint,
    p_claim_id text, p_claim_stream bytea, p_claim_data_key uuid, p_claim_sealed_key bytea,
    p_id uuid, p_digest uuid, p_type text, p_class text, p_commitment bytea, p_decision bytea, p_data_key uuid, p_subject text, p_tags text,
    p_envelope bytea, p_receipt_key text,
    OUT o_seq bigint, OUT o_hash bytea, OUT o_time_ms bigint, OUT o_log text, OUT o_prev bytea,
    OUT o_claim_stream bytea, OUT o_claim_data_key uuid, OUT o_claim_sealed_key bytea, OUT o_claim_seq bigint, OUT o_claim_hash bytea
) LANGUAGE plpgsql AS $$
BEGIN
    SELECT * INTO o_seq, o_hash, o_time_ms, o_log, o_prev, o_claim_stream, o_claim_data_key, o_claim_sealed_key, o_claim_seq, o_claim_hash
        FROM place_alone_v1(p_org, p_mode, p_chain, p_generation, p_claim_id, p_claim_stream, p_claim_data_key, p_claim_sealed_key, p_id,
            p_digest, p_type, p_class, p_commitment, p_decision, p_data_key, p_subject, p_tags, p_envelope, p_receipt_key);
    COMMIT;
    PERFORM pg_logical_emit_message(true, 'barrier', '');
END $$;

GRANT EXECUTE ON FUNCTION place_alone_v1 TO fn_ledger_writer;
GRANT EXECUTE ON PROCEDURE append_alone_v1 TO fn_ledger_writer;
