//! proof-batcher
