-- Envelope encryption: data keys per subject (or organization), wrapped by a generation key, wrapped by a KMS key version of its own.
CREATE TABLE wrap_generations (
    number integer PRIMARY KEY CHECK (number > 0),
    state text NOT NULL CHECK (state IN ('open', 'closing', 'empty', 'destroyed')),
    kms_version bigint NOT NULL UNIQUE,
    wrapped_key bytea,
    created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
    -- Never written: the right to update it is the right to take the row FOR SHARE, which a new data key must.
    share_lock boolean,
    CHECK ((state = 'destroyed') = (wrapped_key IS NULL))
);

CREATE TABLE data_keys (
    id uuid PRIMARY KEY,
    org uuid NOT NULL REFERENCES organizations,
    subject_id text,
    wrap_generation integer NOT NULL REFERENCES wrap_generations,
    wrapped_key bytea NOT NULL,
    created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
    UNIQUE NULLS NOT DISTINCT (org, subject_id)
);
