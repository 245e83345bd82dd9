//! Auditing a stored ledger: whether rows, segments, tiles and checkpoints are what the events say.
//!
//! Whoever reads the database feeds what he reads in order (leaf order first, what is not sealed yet
//! after it), and the first divergence is named with its place. Everything is computed anew from the
//! headers; nothing of it is shared with the code that wrote them.

mod chain;
mod divergence;
mod growth;
mod stream;

pub use chain::{ChainName, ChainTail, EventRow};
pub use divergence::{Divergence, Fault, Place};
pub use growth::{FullTile, Growth, compare_tile};
pub use stream::{StreamTail, StreamTails};
