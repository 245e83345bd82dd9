//! Webhooks as partners and pushers meet them, against a real database and receivers on the loopback.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod webhooks {
    mod attempts;
    mod crashes;
    mod endpoints;
    mod fixture;
    mod following;
    mod pushes;
    mod receiver;
    mod sending;
    mod standard;
}
