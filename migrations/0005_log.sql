-- The transparency log: segments of chains in leaf order, tiles, signed checkpoints.

-- `size` and `root` are what the stored tiles add up to; `published_size` is the largest checkpoint that the bucket serves. The row is the
-- sealing lock.
CREATE TABLE logs (
    origin text PRIMARY KEY,
    mode event_mode NOT NULL,
    size bigint NOT NULL DEFAULT 0 CHECK (size >= 0),
    root hash NOT NULL DEFAULT sha256(''),
    published_size bigint NOT NULL DEFAULT 0 CHECK (published_size BETWEEN 0 AND size),
    created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp()
);

-- How far each chain is in a log: kept apart from chain_heads, so that sealing never waits for a writer.
CREATE TABLE chain_seals (
    org uuid NOT NULL,
    mode event_mode NOT NULL,
    chain event_chain NOT NULL,
    seq bigint NOT NULL CHECK (seq > 0),
    PRIMARY KEY (org, mode, chain)
) WITH (fillfactor = 50);

-- Events first_seq .. first_seq+count-1 of one chain are the leaves first_leaf .. first_leaf+count-1.
CREATE TABLE segments (
    log text NOT NULL REFERENCES logs,
    first_leaf bigint NOT NULL CHECK (first_leaf >= 0),
    org uuid NOT NULL,
    mode event_mode NOT NULL,
    chain event_chain NOT NULL,
    first_seq bigint NOT NULL CHECK (first_seq > 0),
    count bigint NOT NULL CHECK (count > 0),
    PRIMARY KEY (log, first_leaf),
    UNIQUE (org, mode, chain, first_seq)
);

-- C2SP hash tiles of height 8: the concatenated hashes, as many as the log has; a full tile never changes again.
CREATE TABLE tiles (
    log text NOT NULL REFERENCES logs,
    level smallint NOT NULL CHECK (level BETWEEN 0 AND 7),
    index bigint NOT NULL CHECK (index >= 0),
    hashes bytea NOT NULL CHECK (octet_length(hashes) % 32 = 0 AND octet_length(hashes) BETWEEN 32 AND 8192),
    PRIMARY KEY (log, level, index)
);
ALTER TABLE tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;

CREATE TABLE checkpoints (
    log text NOT NULL REFERENCES logs,
    size bigint NOT NULL CHECK (size >= 0),
    root hash NOT NULL,
    note text NOT NULL,
    signed_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (log, size)
);

-- How far a consumer has followed the published log, in leaves.
CREATE TABLE cursors (
    consumer text NOT NULL,
    log text NOT NULL REFERENCES logs,
    next_leaf bigint NOT NULL DEFAULT 0 CHECK (next_leaf >= 0),
    PRIMARY KEY (consumer, log)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON segments FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON segments EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON checkpoints FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON checkpoints EXECUTE FUNCTION refuse_change();

-- A tile only ever grows by whole hashes, until it is full.
CREATE FUNCTION refuse_rewriting_tile() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF substring(NEW.hashes FOR octet_length(OLD.hashes)) IS DISTINCT FROM OLD.hashes THEN
        RAISE EXCEPTION 'tile %/% of % may only grow', OLD.level, OLD.index, OLD.log USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER only_grows BEFORE UPDATE ON tiles FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_tile();
CREATE TRIGGER never_deleted BEFORE DELETE ON tiles FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON tiles EXECUTE FUNCTION refuse_change();
