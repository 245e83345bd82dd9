-- Test and live never mix: each mode has its own event types. Those that were registered before count for both.
ALTER TABLE event_types ADD COLUMN mode event_mode NOT NULL DEFAULT 'test';
ALTER TABLE event_types DROP CONSTRAINT event_types_pkey, ADD PRIMARY KEY (org, mode, name, version);
-- Without a policy of its own, the owner would see none of the rows.
ALTER TABLE event_types ALTER COLUMN mode DROP DEFAULT, NO FORCE ROW LEVEL SECURITY;
INSERT INTO event_types (org, mode, name, version, schema, created_at)
    SELECT org, 'live', name, version, schema, created_at FROM event_types;
ALTER TABLE event_types FORCE ROW LEVEL SECURITY;

-- Code 2 calls append_alone_v1 and names the mode of a type; code 1 cannot register one any more.
UPDATE schema_version SET version = 2, oldest_code = 2;
