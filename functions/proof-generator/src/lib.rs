//! proof-generator
