-- One least-privilege role per function. Roles belong to the cluster, so another database may have made them already.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['fn_ledger_writer', 'fn_proof_batcher', 'fn_proof_generator', 'fn_query', 'fn_admin',
                                'fn_timekeeper', 'fn_auditor'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I LOGIN', name);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
        -- A request that takes minutes, or a transaction that somebody forgot, holds every vacuum back.
        EXECUTE format('ALTER ROLE %I SET statement_timeout = ''60s''', name);
        EXECUTE format('ALTER ROLE %I SET idle_in_transaction_session_timeout = ''30s''', name);
        EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', name);
    END LOOP;
END $$;

-- PostgreSQL 15 lets the owner of the database own this schema (pg_database_owner).
REVOKE ALL ON SCHEMA public FROM PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

-- Domains over text and not enums: the equality of text is leakproof, so row-level security does not keep it out of index conditions.
CREATE DOMAIN event_mode AS text CHECK (VALUE IN ('live', 'test'));
CREATE DOMAIN event_chain AS text CHECK (VALUE IN ('ledger', 'audit'));
CREATE DOMAIN event_class AS text CHECK (VALUE IN ('identity', 'transactional', 'operational', 'content', 'analytical'));

-- A 256-bit hash or key.
CREATE DOMAIN hash AS bytea CHECK (octet_length(VALUE) = 32);

-- The organizations for which the transaction speaks. Evaluated once per statement by the policies that use it; an
-- unset setting on a reused connection reads '' and not NULL.
CREATE FUNCTION app_orgs() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE
RETURN string_to_array(NULLIF(current_setting('app.orgs', true), ''), ',')::uuid[];
GRANT EXECUTE ON FUNCTION app_orgs TO PUBLIC;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: the table is append-only', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

-- Which code may serve this schema: `version` is the newest migration, `oldest_code` the oldest code version that still works with it.
CREATE TABLE schema_version (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version integer NOT NULL,
    oldest_code integer NOT NULL CHECK (oldest_code <= version)
);
INSERT INTO schema_version (version, oldest_code) VALUES (1, 1);

-- Where this database is. `home` is the region whose law binds the data, `serving` the region that runs it now (another one
-- only after a declared failover), `fence` grows with every promotion or restore. Written once by `proveniq migrate`.
CREATE TABLE region_identity (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    domain text NOT NULL,
    home text NOT NULL,
    serving text NOT NULL,
    fence bigint NOT NULL DEFAULT 1
);
GRANT SELECT ON schema_version, region_identity TO PUBLIC;
