//! Hash tiles of C2SP tlog-tiles: naming, reading, appending and proving, as pure functions.
//!
//! Each question has two halves: `*_tiles()` names the tiles it needs, so that a caller fetches them
//! at once, and the question itself is then answered from those tiles alone. A stored tile may be
//! wider than the asked size needs; one that is missing or too short is an error that names it.

mod append;
mod id;
mod nodes;
mod proof;
mod range;
mod tiles;

pub use append::{AppendError, Appended, append, edge_tiles};
pub use id::{PathError, TileId, entries_path, parse_entries_path};
pub(crate) use nodes::Nodes;
pub use proof::{consistency_proof, consistency_tiles, inclusion_proof, inclusion_tiles, root, root_tiles};
pub(crate) use range::Range;
pub use tiles::{TileError, Tiles};

/// Levels of the tree that one tile spans (tlog-tiles: height 8).
pub const HEIGHT: u8 = 8;

/// Hashes in a full tile: two to the power of [`HEIGHT`].
pub const WIDTH: usize = 256;
