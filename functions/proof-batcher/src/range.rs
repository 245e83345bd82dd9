//! Which tiles a log gains between two sizes, and how wide they are at the later one.

use truth_kernel::tile::{HEIGHT, TileId, WIDTH};

/// A tile at a size: its name and the number of hashes that it holds then (1 to 256).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SizedTile {
    /// The tile.
    pub id: TileId,
    /// Hashes in it.
    pub width: usize,
}

/// The tiles that are new or wider at size `to` than at size `from`, level by level and from the left.
pub fn grown_tiles(from: u64, to: u64) -> Vec<SizedTile> {
    let levels = (0..u8::MAX).map_while(|level| {
        let held = |size: u64| size.checked_shr(u32::from(level) * u32::from(HEIGHT)).unwrap_or(0);
        (held(from) < held(to)).then(|| grown(level, held(from), held(to)))
    });
    levels.flatten().collect()
}

/// The same within one level, in hashes of that level.
fn grown(level: u8, from: u64, to: u64) -> impl Iterator<Item = SizedTile> {
    let first = from >> HEIGHT;
    let last = (to - 1) >> HEIGHT;
    (first..=last).map(move |index| {
        let width = usize::try_from(to - (index << HEIGHT)).map_or(WIDTH, |held| held.min(WIDTH));
        SizedTile { id: TileId { level, index }, width }
    })
}

#[cfg(test)]
mod tests {
    use truth_kernel::hash::Hash;
    use truth_kernel::tile::{Tiles, append};

    use super::*;

    #[test]
    fn they_are_the_tiles_that_an_append_changes() {
        let leaf = Hash::from_bytes([7; 32]);
        for from in [0, 1, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537] {
            let mut before = Tiles::new();
            assert!(append(&mut before, 0, &vec![leaf; from]).is_ok());
            for more in [1, 2, 255, 256, 257, 1000, 66_000] {
                let (from, mut tiles) = (from as u64, before.clone());
                let appended = append(&mut tiles, from, &vec![leaf; more]).ok();
                let grown = grown_tiles(from, from + more as u64);
                let ids = grown.iter().map(|tile| tile.id).collect();
                assert_eq!(appended.map(|appended| appended.changed), Some(ids), "{from} + {more}");
                for SizedTile { id, width } in grown {
                    assert_eq!(tiles.get(id).map(<[Hash]>::len), Some(width), "{id:?} at {from} + {more}");
                }
            }
        }
    }

    #[test]
    fn nothing_grows_between_equal_sizes() {
        for size in [0, 1, 256, u64::MAX] {
            assert_eq!(grown_tiles(size, size), []);
        }
    }
}
