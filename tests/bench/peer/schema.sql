-- The tables of the peer: one chain for all.
CREATE TABLE api_keys (
    secret_sha256 bytea PRIMARY KEY,
    org uuid NOT NULL
);

CREATE TABLE chain_head (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    seq bigint NOT NULL,
    hash text NOT NULL
) WITH (fillfactor = 20);
INSERT INTO chain_head (seq, hash) VALUES (0, repeat('0', 64));

CREATE TABLE events (
    seq bigint PRIMARY KEY,
    id uuid NOT NULL UNIQUE,
    org uuid NOT NULL,
    type text NOT NULL,
    claim_id text,
    classification text NOT NULL,
    tags text[] NOT NULL,
    payload text NOT NULL,
    created_at timestamptz NOT NULL,
    previous_hash text NOT NULL,
    hash text NOT NULL
);
CREATE INDEX ON events (org, claim_id, seq);
