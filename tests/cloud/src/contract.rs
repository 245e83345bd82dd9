//! What every backend of a contract does alike, whatever it is made of.

pub mod bucket;
pub mod key_wrapper;
pub mod secret;
pub mod signer;
