-- Organizations, their API keys and event types. Every table of an organization carries `org` and forces row-level security.
CREATE TABLE organizations (
    org uuid PRIMARY KEY,
    name text NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 200),
    kind text NOT NULL DEFAULT 'partner' CHECK (kind IN ('partner', 'system')),
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended', 'closed')),
    created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp()
);

-- A region has one organization of its own.
CREATE UNIQUE INDEX one_system_organization ON organizations (kind) WHERE kind = 'system';

CREATE TABLE api_keys (
    id uuid PRIMARY KEY,
    org uuid NOT NULL REFERENCES organizations,
    mode event_mode NOT NULL,
    secret_sha256 hash NOT NULL UNIQUE,
    name text NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 200),
    scopes text[] NOT NULL,
    region text NOT NULL,
    created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz(3) NOT NULL,
    revoked_at timestamptz(3)
);
CREATE INDEX ON api_keys (org);

CREATE TABLE event_types (
    org uuid NOT NULL REFERENCES organizations,
    name text NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    schema text NOT NULL CHECK (octet_length(schema) <= 65536),
    created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (org, name, version)
);
