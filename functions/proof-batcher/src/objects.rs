//! What the bucket holds of a log, as C2SP tlog-tiles names and fills it, below `log/<number>/`.

use cloud::bucket::{NotAnObjectPath, ObjectPath};
use truth_kernel::region::LogOrigin;
use truth_kernel::tile::entries_path;

use crate::range::SizedTile;

/// The path of the log's checkpoint.
pub fn checkpoint_path(origin: &LogOrigin) -> Result<ObjectPath, NotAnObjectPath> {
    path(origin, "checkpoint")
}

/// The path of a hash tile, `tile/…` and `.p/<width>` while it is not full.
pub fn tile_path(origin: &LogOrigin, tile: SizedTile) -> Result<ObjectPath, NotAnObjectPath> {
    path(origin, &tile.id.path(tile.width))
}

/// The path of the entries of a tile of level 0.
pub fn bundle_path(origin: &LogOrigin, tile: SizedTile) -> Result<ObjectPath, NotAnObjectPath> {
    path(origin, &entries_path(tile.id.index, tile.width))
}

/// An entry bundle: each entry after its length in two bytes, big-endian; none when one is longer than 65,535 bytes.
pub fn bundle<'e>(entries: impl IntoIterator<Item = &'e str>) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for entry in entries {
        bytes.extend_from_slice(&u16::try_from(entry.len()).ok()?.to_be_bytes());
        bytes.extend_from_slice(entry.as_bytes());
    }
    Some(bytes)
}

fn path(origin: &LogOrigin, name: &str) -> Result<ObjectPath, NotAnObjectPath> {
    format!("log/{}/{name}", origin.parts().number).parse()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use truth_kernel::tile::TileId;

    use super::*;

    #[test]
    fn objects_are_named_as_they_are_served() {
        let origin = "ledger.example/us-east1/test-1".parse().unwrap();
        let tile = SizedTile { id: TileId { level: 0, index: 1234 }, width: 12 };
        assert_eq!(checkpoint_path(&origin).unwrap().as_str(), "log/test-1/checkpoint");
        assert_eq!(tile_path(&origin, tile).unwrap().as_str(), "log/test-1/tile/0/x001/234.p/12");
        assert_eq!(bundle_path(&origin, tile).unwrap().as_str(), "log/test-1/tile/entries/x001/234.p/12");
        let full = SizedTile { width: 256, ..tile };
        assert_eq!(bundle_path(&origin, full).unwrap().as_str(), "log/test-1/tile/entries/x001/234");
    }

    #[test]
    fn entries_follow_their_lengths() {
        assert_eq!(bundle(["ab", ""]).unwrap(), b"\0\x02ab\0\0");
        let longest = "x".repeat(65_535);
        assert_eq!(bundle([longest.as_str()]).unwrap().len(), 65_537);
        assert_eq!(bundle(["x", &"x".repeat(65_536)]), None);
    }
}
