-- Read-only views under the names of the source documents.
CREATE VIEW ledger_proofs WITH (security_invoker = true) AS
    SELECT s.org, s.mode, s.chain, s.first_seq, s.count, s.log, s.first_leaf, c.size AS checkpoint_size, c.root AS checkpoint_root,
           c.note AS checkpoint, c.signed_at
    FROM segments s, LATERAL (SELECT * FROM checkpoints c WHERE c.log = s.log AND c.size >= s.first_leaf + s.count ORDER BY c.size LIMIT 1) c;

CREATE VIEW audit_trail WITH (security_invoker = true) AS
    SELECT org, mode, seq, id, time, type, class, hash, header FROM ledger_events WHERE chain = 'audit';

GRANT SELECT ON ledger_proofs, audit_trail TO fn_query, fn_auditor;
