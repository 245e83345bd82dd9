//! Event types: what a payload must look like, as JSON Schema (draft 2020-12).
//!
//! A schema comes from a customer and runs on every append, so it is bounded: it refers to nothing outside of
//! itself and never back to itself, its patterns run in linear time, and unfolded it has a limited size.

mod built_in;
mod schema;
mod unfold;

pub use built_in::{CLAIM_VERIFIED, built_in};
pub use schema::{Misfit, Schema, SchemaFault};
