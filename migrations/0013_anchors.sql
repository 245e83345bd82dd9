-- Anchors: a third party's timestamp over a published checkpoint. The token stamps the note of exactly this size, byte for byte.
CREATE TABLE anchors (
    log text NOT NULL,
    size bigint NOT NULL CHECK (size > 0),
    stamped_at timestamptz(3) NOT NULL,
    token bytea NOT NULL CHECK (octet_length(token) BETWEEN 1 AND 65536),
    recorded_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (log, size),
    FOREIGN KEY (log, size) REFERENCES checkpoints
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON anchors FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON anchors EXECUTE FUNCTION refuse_change();

-- How the anchorer stands with a log. `size` is the checkpoint that it has begun to anchor, and finishes before any other; until
-- `next_attempt_at` nobody asks the authority for this log: because somebody does just now, it has failed, or the last anchor is young.
CREATE TABLE anchor_states (
    log text PRIMARY KEY REFERENCES logs,
    size bigint,
    next_attempt_at timestamptz(3) NOT NULL,
    failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
    last_error text,
    FOREIGN KEY (log, size) REFERENCES checkpoints
);

GRANT SELECT, INSERT ON anchors TO fn_anchorer;
GRANT SELECT, INSERT, UPDATE (size, next_attempt_at, failures, last_error) ON anchor_states TO fn_anchorer;
GRANT SELECT ON anchors TO fn_proof_generator;
GRANT SELECT ON anchors, anchor_states TO fn_query, fn_auditor;

UPDATE schema_version SET version = 4;
