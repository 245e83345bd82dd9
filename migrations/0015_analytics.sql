-- Anonymised facts about the published log, for dashboards: what kind of event, whose, when to the hour, how soon it was provable. Nothing
-- of the event's content, no claim, no subject, and nothing by which a row leads back to its event.
DO $$
BEGIN
    -- Whoever looks at dashboards: sees views, never rows.
    CREATE ROLE dashboards LOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
END $$;
ALTER ROLE dashboards SET statement_timeout = '60s';
ALTER ROLE dashboards SET idle_in_transaction_session_timeout = '30s';

-- When the database learned that the bucket serves a checkpoint: from then on its events can be proved.
CREATE TABLE publications (
    log text NOT NULL REFERENCES logs,
    size bigint NOT NULL CHECK (size > 0),
    published_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (log, size)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON publications FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON publications EXECUTE FUNCTION refuse_change();

CREATE FUNCTION note_publication() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO publications (log, size) VALUES (NEW.origin, NEW.published_size) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER published AFTER UPDATE OF published_size ON logs FOR EACH ROW WHEN (NEW.published_size > OLD.published_size)
    EXECUTE FUNCTION note_publication();
GRANT SELECT ON publications TO fn_analytics, fn_auditor;

CREATE SCHEMA analytics;
GRANT USAGE ON SCHEMA analytics TO fn_analytics, dashboards;

-- The facts, where the region's warehouse is this database. Elsewhere the table is empty, and BigQuery has one of the same columns.
-- `fact_id` is the event's id under `fact_key`: the same event is the same row, and only who has the key knows which event it is.
CREATE TABLE analytics.facts (
    fact_id text PRIMARY KEY CHECK (fact_id ~ '^[0-9a-f]{32}$'),
    region text NOT NULL,
    log text NOT NULL,
    mode event_mode NOT NULL,
    chain event_chain NOT NULL,
    type text NOT NULL CHECK (octet_length(type) <= 100),
    class event_class NOT NULL,
    org text NOT NULL,
    decided boolean NOT NULL,
    hour timestamptz NOT NULL CHECK (extract(epoch FROM hour) % 3600 = 0),
    sealed_ms bigint CHECK (sealed_ms >= 0),
    published_ms bigint CHECK (published_ms >= 0)
);
COMMENT ON COLUMN analytics.facts.decided IS 'whether a residency decision was taken for the event';
COMMENT ON COLUMN analytics.facts.sealed_ms IS 'from the event to the signed checkpoint that covers it, in milliseconds';
COMMENT ON COLUMN analytics.facts.published_ms IS 'from the signed checkpoint to a published one that covers the event, in milliseconds';
ALTER TABLE analytics.facts ENABLE ROW LEVEL SECURITY;
ALTER TABLE analytics.facts FORCE ROW LEVEL SECURITY;
CREATE POLICY inserted ON analytics.facts TO fn_analytics USING (true);
CREATE POLICY summed_up ON analytics.facts FOR SELECT TO CURRENT_USER USING (true);
-- ON CONFLICT needs to see the key.
GRANT INSERT, SELECT (fact_id) ON analytics.facts TO fn_analytics;

-- The columns may grow, and nothing else: the function's role owns nothing here.
CREATE FUNCTION analytics.add_column_v1(p_column text, p_type text) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF p_column !~ '^[a-z][a-z0-9_]{0,62}$' OR p_type NOT IN ('text', 'bigint', 'boolean', 'timestamp with time zone') THEN
        RAISE EXCEPTION 'not a column that facts may have' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    EXECUTE format('ALTER TABLE analytics.facts ADD COLUMN IF NOT EXISTS %I %s', p_column, p_type);
END $$;
GRANT EXECUTE ON FUNCTION analytics.add_column_v1 TO fn_analytics;

CREATE TABLE analytics.fact_key (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    key hash NOT NULL
);
-- Two random UUIDs hold 244 random bits.
INSERT INTO analytics.fact_key (key) VALUES (sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())));
GRANT SELECT ON analytics.fact_key TO fn_analytics;

-- Leaves without a row in the warehouse, wherever that is, because it would never take it. The leaf leads back to the event, for whoever
-- mends the cause: so this is not part of the facts.
CREATE TABLE analytics.dead_letters (
    log text NOT NULL REFERENCES logs,
    leaf bigint NOT NULL CHECK (leaf >= 0),
    reason text NOT NULL CHECK (reason IN ('unreadable', 'invalid', 'too_large')),
    noted_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (log, leaf)
);
-- ON CONFLICT needs to see the key.
GRANT INSERT, SELECT (log, leaf) ON analytics.dead_letters TO fn_analytics;

-- The dashboards. Rule: no group of fewer than k = 10 events is shown, in any view, so that a row never tells about one event or one
-- person. Who compares views of different groupings may learn how many events are hidden in all, but not what they were.
CREATE VIEW analytics.events_per_hour AS
    SELECT hour, region, mode, chain, org, type, count(*) AS events
    FROM analytics.facts GROUP BY hour, region, mode, chain, org, type HAVING count(*) >= 10;

-- From the event to a published checkpoint over it, where both moments are known.
CREATE VIEW analytics.provable_latency_per_hour AS
    SELECT hour, region, mode, type, count(*) AS events,
           percentile_disc(0.5) WITHIN GROUP (ORDER BY sealed_ms) AS sealed_p50_ms,
           percentile_disc(0.95) WITHIN GROUP (ORDER BY sealed_ms) AS sealed_p95_ms,
           percentile_disc(0.99) WITHIN GROUP (ORDER BY sealed_ms) AS sealed_p99_ms,
           percentile_disc(0.5) WITHIN GROUP (ORDER BY sealed_ms + published_ms) AS provable_p50_ms,
           percentile_disc(0.95) WITHIN GROUP (ORDER BY sealed_ms + published_ms) AS provable_p95_ms,
           percentile_disc(0.99) WITHIN GROUP (ORDER BY sealed_ms + published_ms) AS provable_p99_ms
    FROM analytics.facts WHERE sealed_ms IS NOT NULL AND published_ms IS NOT NULL
    GROUP BY hour, region, mode, type HAVING count(*) >= 10;

CREATE VIEW analytics.volume_per_day AS
    SELECT date_trunc('day', hour, 'UTC') AS day, region, mode, class, count(*) AS events
    FROM analytics.facts GROUP BY 1, region, mode, class HAVING count(*) >= 10;

CREATE VIEW analytics.decisions_per_day AS
    SELECT date_trunc('day', hour, 'UTC') AS day, region, mode, class, decided, count(*) AS events
    FROM analytics.facts WHERE chain = 'ledger' GROUP BY 1, region, mode, class, decided HAVING count(*) >= 10;

-- Not about events but about our own faults: every one counts.
CREATE VIEW analytics.dead_letters_per_day AS
    SELECT date_trunc('day', noted_at, 'UTC') AS day, log, reason, count(*) AS leaves
    FROM analytics.dead_letters GROUP BY 1, log, reason;

GRANT SELECT ON analytics.events_per_hour, analytics.provable_latency_per_hour, analytics.volume_per_day, analytics.decisions_per_day,
                analytics.dead_letters_per_day TO dashboards;

UPDATE schema_version SET version = 6;
