-- Webhooks: who wants to be told (endpoints), with which secrets, and what each was told (deliveries). No row holds a payload, a claim or a
-- subject.
CREATE TABLE webhook_endpoints (
    id uuid PRIMARY KEY,
    org uuid NOT NULL REFERENCES organizations,
    mode event_mode NOT NULL,
    url text NOT NULL CHECK (octet_length(url) BETWEEN 1 AND 2048),
    description text NOT NULL CHECK (octet_length(description) <= 200),
    -- Of which types; of every type when there is none.
    event_types text[] NOT NULL CHECK (cardinality(event_types) <= 100),
    status text NOT NULL CHECK (status IN ('enabled', 'disabled')),
    created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX ON webhook_endpoints (org, mode);

-- The newest secret has no end; the one before it goes on signing until its end. Sealed under a generation key, so that whoever closes a
-- generation must re-wrap these rows too: the reference keeps it from being forgotten.
CREATE TABLE webhook_secrets (
    endpoint uuid NOT NULL REFERENCES webhook_endpoints ON DELETE CASCADE,
    org uuid NOT NULL REFERENCES organizations,
    number integer NOT NULL CHECK (number > 0),
    wrap_generation integer NOT NULL REFERENCES wrap_generations,
    sealed bytea NOT NULL,
    expires_at timestamptz(3),
    PRIMARY KEY (endpoint, number)
);
CREATE UNIQUE INDEX one_newest_webhook_secret ON webhook_secrets (endpoint) WHERE expires_at IS NULL;

-- One row per event and endpoint, whatever happens: the row is the truth, a task that is queued for it is only a hint.
CREATE TABLE webhook_deliveries (
    id uuid PRIMARY KEY,
    org uuid NOT NULL REFERENCES organizations,
    mode event_mode NOT NULL,
    endpoint uuid NOT NULL REFERENCES webhook_endpoints ON DELETE CASCADE,
    event_id uuid NOT NULL,
    event_type text NOT NULL,
    event_seq bigint NOT NULL,
    event_time timestamptz(3) NOT NULL,
    log text NOT NULL REFERENCES logs,
    status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'delivered', 'failed', 'dropped')),
    -- Attempts begun since it was made or replayed.
    attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    next_attempt_at timestamptz(3),
    -- Nobody else sends before this time.
    leased_until timestamptz(3),
    -- When an overdue attempt was last queued again.
    requeued_at timestamptz(3),
    last_status smallint,
    last_error text,
    created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz(3),
    UNIQUE (endpoint, event_id),
    CHECK ((status = 'pending') = (next_attempt_at IS NOT NULL)),
    CHECK ((status = 'pending') = (finished_at IS NULL))
);
CREATE INDEX ON webhook_deliveries (org, mode, id);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_attempt_at) WHERE status = 'pending';

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['webhook_endpoints', 'webhook_secrets', 'webhook_deliveries'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own_rows ON %I TO fn_webhooks USING (org IN (SELECT unnest(app_orgs())))', name);
    END LOOP;
END $$;

GRANT SELECT, INSERT, DELETE, UPDATE (url, description, event_types, status) ON webhook_endpoints TO fn_webhooks;
GRANT SELECT, INSERT, DELETE, UPDATE (expires_at) ON webhook_secrets TO fn_webhooks;
GRANT SELECT, INSERT, UPDATE (status, attempts, next_attempt_at, leased_until, requeued_at, last_status, last_error, finished_at)
    ON webhook_deliveries TO fn_webhooks;
GRANT SELECT, UPDATE (share_lock) ON wrap_generations TO fn_webhooks;
GRANT EXECUTE ON FUNCTION authenticate_v1 TO fn_webhooks;

-- Deliveries that should have been attempted by now, of every organization, by id alone: whose tasks were lost, and not queued again since.
CREATE FUNCTION overdue_webhook_deliveries_v1(p_before_ms bigint, p_limit integer) RETURNS TABLE (org uuid, id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT d.org, d.id FROM webhook_deliveries d
    WHERE d.status = 'pending' AND d.next_attempt_at < to_timestamp(p_before_ms / 1000.0)
        AND (d.leased_until IS NULL OR d.leased_until < to_timestamp(p_before_ms / 1000.0))
        AND (d.requeued_at IS NULL OR d.requeued_at < to_timestamp(p_before_ms / 1000.0))
    ORDER BY d.next_attempt_at LIMIT p_limit
$$;
CREATE POLICY looked_up ON webhook_deliveries FOR SELECT TO CURRENT_USER USING (true);
GRANT EXECUTE ON FUNCTION overdue_webhook_deliveries_v1 TO fn_webhooks, fn_timekeeper;

UPDATE schema_version SET version = 5;
