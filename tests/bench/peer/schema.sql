-- The tables of the peer: one chain for all, and the same three rows per event as in the ledger.
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
    hash text NOT NULL,
    header text NOT NULL
);

CREATE TABLE payloads (
    id uuid PRIMARY KEY,
    org uuid NOT NULL,
    claim_id text,
    tags text[] NOT NULL,
    body text NOT NULL
);

CREATE TABLE idempotency_keys (
    org uuid NOT NULL,
    key text NOT NULL,
    event_id uuid NOT NULL,
    PRIMARY KEY (org, key)
);
