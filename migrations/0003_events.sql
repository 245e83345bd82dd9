-- The events. `ledger_events` holds nothing that is not in the header; everything that may be personal lives in the erasable rows.

-- The head of each chain, and the lock of its organization's writes. `generation` grows whenever something that must be effective at
-- commit changes (API keys, suspension, erasure, policy, log): whoever decided under an older generation decides again.
CREATE TABLE chain_heads (
    org uuid NOT NULL REFERENCES organizations,
    mode event_mode NOT NULL,
    chain event_chain NOT NULL,
    seq bigint NOT NULL DEFAULT 0 CHECK (seq >= 0),
    hash hash NOT NULL DEFAULT decode(repeat('00', 32), 'hex'),
    time timestamptz(3) NOT NULL DEFAULT '-infinity',
    generation bigint NOT NULL DEFAULT 1,
    log text NOT NULL,
    PRIMARY KEY (org, mode, chain)
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

CREATE TABLE ledger_events (
    org uuid NOT NULL,
    mode event_mode NOT NULL,
    chain event_chain NOT NULL,
    seq bigint NOT NULL CHECK (seq > 0),
    id uuid NOT NULL,
    hash hash NOT NULL,
    time timestamptz(3) NOT NULL,
    class event_class NOT NULL,
    type text NOT NULL CHECK (octet_length(type) <= 100 AND translate(type, 'abcdefghijklmnopqrstuvwxyz0123456789_.', '') = ''),
    stream hash,
    stream_seq bigint,
    header text NOT NULL,
    PRIMARY KEY (org, mode, chain, seq),
    CHECK ((stream IS NULL) = (stream_seq IS NULL))
);
CREATE UNIQUE INDEX ledger_events_id ON ledger_events (id);
CREATE UNIQUE INDEX ledger_events_stream ON ledger_events (stream, stream_seq) WHERE stream IS NOT NULL;
-- Headers are a few hundred bytes: kept in line, never worth compressing on the write path.
ALTER TABLE ledger_events ALTER COLUMN header SET STORAGE MAIN;

-- Body and salt, sealed; beside them what queries need of the body. Erasable as a row.
CREATE TABLE event_payloads (
    id uuid PRIMARY KEY,
    org uuid NOT NULL,
    data_key uuid NOT NULL,
    claim_id text,
    subject_id text,
    tags text[] NOT NULL,
    receipt_key text NOT NULL,
    envelope bytea NOT NULL
);
ALTER TABLE event_payloads ALTER COLUMN envelope SET STORAGE EXTERNAL;

-- One claim's history: its secret key (sealed), its pseudonym and its head. Erasable; written under the chain head's lock.
CREATE TABLE streams (
    org uuid NOT NULL,
    mode event_mode NOT NULL,
    claim_id text NOT NULL,
    stream hash NOT NULL,
    data_key uuid NOT NULL,
    sealed_key bytea NOT NULL,
    seq bigint NOT NULL,
    hash hash NOT NULL,
    PRIMARY KEY (org, mode, claim_id)
) WITH (fillfactor = 80);

-- Which event an idempotency key made. `digest` is the first half of SHA-256(route ‖ 0 ‖ key), kept with the event.
CREATE TABLE idempotency_keys (
    org uuid NOT NULL,
    mode event_mode NOT NULL,
    digest uuid NOT NULL,
    event_id uuid NOT NULL,
    PRIMARY KEY (org, mode, digest)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger_events FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON ledger_events EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_changed BEFORE UPDATE ON event_payloads FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON event_payloads EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON idempotency_keys FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON idempotency_keys EXECUTE FUNCTION refuse_change();
