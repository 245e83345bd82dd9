-- Whoever follows the published log: by leaf, each with a cursor of its own, so that each acts only on what is durable, ordered and signed.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['fn_analytics', 'fn_anchorer', 'fn_webhooks'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I LOGIN', name);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
        EXECUTE format('ALTER ROLE %I SET statement_timeout = ''60s''', name);
        EXECUTE format('ALTER ROLE %I SET idle_in_transaction_session_timeout = ''30s''', name);
        EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', name);
        EXECUTE format('GRANT SELECT ON logs, checkpoints TO %I', name);
        -- A consumer is named like the role that moves its cursor.
        EXECUTE format('GRANT SELECT, INSERT, UPDATE (next_leaf) ON cursors TO %I', name);
        EXECUTE format('CREATE POLICY own_cursor_%s ON cursors TO %I USING (consumer = %L)', name, name, name);
    END LOOP;
    -- Headers hold nothing personal; envelopes stay out of reach.
    FOREACH name IN ARRAY ARRAY['fn_analytics', 'fn_webhooks'] LOOP
        EXECUTE format('GRANT SELECT ON segments, ledger_events TO %I', name);
        EXECUTE format('CREATE POLICY followed_by_%s ON segments FOR SELECT TO %I USING (true)', name, name);
        EXECUTE format('CREATE POLICY followed_by_%s ON ledger_events FOR SELECT TO %I USING (true)', name, name);
    END LOOP;
END $$;

ALTER TABLE cursors ENABLE ROW LEVEL SECURITY;
ALTER TABLE cursors FORCE ROW LEVEL SECURITY;
CREATE POLICY audited ON cursors FOR SELECT TO fn_auditor USING (true);
CREATE POLICY swept ON cursors FOR SELECT TO fn_timekeeper USING (true);
GRANT SELECT ON cursors TO fn_timekeeper;

CREATE FUNCTION refuse_going_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the cursor of % in % does not go back', OLD.consumer, OLD.log USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER only_forwards BEFORE UPDATE ON cursors FOR EACH ROW WHEN (NEW.next_leaf < OLD.next_leaf) EXECUTE FUNCTION refuse_going_back();

UPDATE schema_version SET version = 3;
