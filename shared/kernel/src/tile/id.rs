//! What a tile is called, and its path (C2SP tlog-tiles, "Merkle Tree" and "Log entries").

use std::fmt::Write as _;

use super::WIDTH;

/// The highest level a tile of a tree with fewer than 2^64 leaves can have.
const TOP_LEVEL: u8 = 7;

/// A tile: its level (0 holds leaf hashes, each next one roots of full tiles below) and its place
/// in that level, counted from the left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    /// 0 for leaf hashes; level n holds roots of full tiles of level n − 1.
    pub level: u8,
    /// The tile's place within its level, from 0.
    pub index: u64,
}

/// A path that does not name a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the path of a tile")]
pub struct PathError;

impl TileId {
    /// The path of this tile holding `width` hashes: `tile/0/x001/234`, and `tile/0/x001/234.p/12`
    /// while it has fewer than 256.
    pub fn path(self, width: usize) -> String {
        format!("tile/{}/{}", self.level, place(self.index, width))
    }

    /// The tile that a path names, and the number of hashes it holds there (1 to 256).
    pub fn parse_path(path: &str) -> Result<(Self, usize), PathError> {
        let rest = path.strip_prefix("tile/").ok_or(PathError)?;
        let (level, rest) = rest.split_once('/').ok_or(PathError)?;
        let level = decimal(level)?;
        let level = u8::try_from(level).map_err(|_| PathError)?;
        if level > TOP_LEVEL {
            return Err(PathError);
        }
        let (index, width) = parse_place(rest)?;
        Ok((Self { level, index }, width))
    }
}

/// The path of the entry bundle beside the tile of level 0 with this index: `tile/entries/…`.
pub fn entries_path(index: u64, width: usize) -> String {
    format!("tile/entries/{}", place(index, width))
}

/// The index and the number of entries (1 to 256) of the bundle that a path names.
pub fn parse_entries_path(path: &str) -> Result<(u64, usize), PathError> {
    parse_place(path.strip_prefix("tile/entries/").ok_or(PathError)?)
}

/// Groups of three digits, all but the last marked with an `x`, and the width of a partial tile.
fn place(index: u64, width: usize) -> String {
    let mut path = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    if width < WIDTH {
        // Writing to a String cannot fail.
        let _ = write!(path, ".p/{width}");
    }
    path
}

fn parse_place(text: &str) -> Result<(u64, usize), PathError> {
    let (number, width) = match text.split_once(".p/") {
        None => (text, WIDTH),
        Some((number, width)) => (number, partial_width(width)?),
    };
    let mut index = 0_u64;
    let mut groups = number.split('/').peekable();
    while let Some(group) = groups.next() {
        let digits = match groups.peek() {
            Some(_) => group.strip_prefix('x').ok_or(PathError)?,
            None => group,
        };
        if digits.len() != 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(PathError);
        }
        let digits: u64 = digits.parse().map_err(|_| PathError)?;
        index = index.checked_mul(1000).and_then(|index| index.checked_add(digits)).ok_or(PathError)?;
    }
    // `x000/001` would be a second name for `001`.
    if place(index, WIDTH) == number { Ok((index, width)) } else { Err(PathError) }
}

fn partial_width(text: &str) -> Result<usize, PathError> {
    let width = usize::try_from(decimal(text)?).map_err(|_| PathError)?;
    if (1..WIDTH).contains(&width) { Ok(width) } else { Err(PathError) }
}

/// A decimal number without sign or leading zero.
fn decimal(text: &str) -> Result<u64, PathError> {
    let number: u64 = text.parse().map_err(|_| PathError)?;
    if number.to_string() == text { Ok(number) } else { Err(PathError) }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        let tile = |level, index| TileId { level, index };
        for (id, width, path) in [
            (tile(0, 0), 256, "tile/0/000"),
            (tile(0, 1_234_067), 256, "tile/0/x001/x234/067"),
            (tile(3, 999), 12, "tile/3/999.p/12"),
            (tile(1, 1000), 255, "tile/1/x001/000.p/255"),
        ] {
            assert_eq!(id.path(width), path);
            assert_eq!(TileId::parse_path(path), Ok((id, width)));
        }
        assert_eq!(entries_path(1_234_067, 7), "tile/entries/x001/x234/067.p/7");
    }

    #[test]
    fn a_tile_has_only_one_path() {
        for path in [
            "",
            "tile",
            "tile/0",
            "tile/0/",
            "tile/0/0",
            "tile/0/0000",
            "tile/0/x000/001",
            "tile/0/001/002",
            "tile/0/x001",
            "tile/00/001",
            "tile/+0/001",
            "tile/8/000",
            "tile/0/001.p/0",
            "tile/0/001.p/256",
            "tile/0/001.p/01",
            "tile/0/001.p/",
            "/tile/0/001",
            "tile/0/001/",
            "tile/0/x018/x446/x744/x073/x709/x551/616",
            "tile/-1/000",
            "tile/0/+01",
        ] {
            assert_eq!(TileId::parse_path(path), Err(PathError), "{path}");
        }
        assert_eq!(parse_entries_path("tile/0/001"), Err(PathError));
    }

    proptest! {
        #[test]
        fn every_path_leads_back_to_its_tile(level in 0_u8..=7, index: u64, width in 1_usize..=256) {
            let id = TileId { level, index };
            prop_assert_eq!(TileId::parse_path(&id.path(width)).unwrap(), (id, width));
            let entries = parse_entries_path(&entries_path(index, width)).unwrap();
            prop_assert_eq!(entries, (index, width));
        }

        #[test]
        fn arbitrary_paths_never_panic(path in ".*") {
            let _ = TileId::parse_path(&path);
            let _ = parse_entries_path(&path);
            let _ = TileId::parse_path(&format!("tile/0/{path}"));
        }
    }
}
