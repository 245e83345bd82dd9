//! Sealing into Cloud Storage with a key in Cloud KMS, while every single call goes wrong in every way: after each, the whole log verifies,
//! and nothing is lost, doubled or changed.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests fail by panicking")]

#[path = "sealing/faults.rs"]
mod faults;
#[expect(dead_code, reason = "the batcher's own tests use all of it")]
#[path = "../../../functions/proof-batcher/tests/sealing/ledger.rs"]
mod ledger;
#[path = "../../../functions/proof-batcher/tests/sealing/verify.rs"]
mod verify;
