//! The ledger's stories: through HTTP, in two regions, and each ends with the verification of everything.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod stories {
    mod anchoring;
    mod bad_input;
    mod bad_requests;
    mod dashboards;
    mod database_gone;
    mod idempotency;
    mod import;
    mod operations;
    mod refusals;
    mod residency;
    mod revocation;
    mod verification;
    mod walk;
    mod webhooks;
}
