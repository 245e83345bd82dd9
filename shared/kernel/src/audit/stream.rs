//! Every claim's stream at once: its events linked without a gap, in little memory.

use super::{ChainName, Fault, Place};
use crate::hash::Hash;
use crate::header::StreamPosition;

/// Buckets by the first bits of a stream's name.
const BUCKETS: usize = 1 << 16;

/// The ends of all streams read so far, 40 bytes each.
///
/// A name and a link are kept as their first 128 bits, the owner's being mixed into the name: two
/// streams that agree in them do not occur, and if they did, a divergence would be reported where
/// there is none, never the other way round.
#[derive(Debug)]
pub struct StreamTails {
    buckets: Vec<Vec<Kept>>,
    count: u64,
}

#[derive(Debug, Clone, Copy)]
struct Kept {
    name: [u8; 16],
    link: [u8; 16],
    seq: u64,
}

/// The end of a stream as far as it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamTail {
    /// The place of its last event.
    pub seq: u64,
    link: [u8; 16],
}

impl StreamTail {
    /// Whether this is the hash of the last event.
    pub fn ends_with(&self, hash: &Hash) -> bool {
        self.link == half(hash)
    }
}

impl Default for StreamTails {
    fn default() -> Self {
        let buckets = vec![Vec::new(); BUCKETS];
        Self { buckets, count: 0 }
    }
}

impl StreamTails {
    /// How many streams there are.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The end of a stream.
    pub fn get(&self, owner: &ChainName, stream: &Hash) -> Option<StreamTail> {
        let bucket = &self.buckets[bucket(stream)];
        let at = find(bucket, &name(owner, stream)).ok()?;
        let Kept { link, seq, .. } = bucket[at];
        Some(StreamTail { seq, link })
    }

    /// Takes the next event of a stream; its hash becomes the stream's end.
    pub fn advance(&mut self, owner: &ChainName, position: &StreamPosition, hash: &Hash) -> Result<(), Fault> {
        let bucket = &mut self.buckets[bucket(&position.stream)];
        let name = name(owner, &position.stream);
        let next = |link, seq| Kept { name, link, seq };
        match find(bucket, &name) {
            Ok(at) => {
                follows(position, &bucket[at])?;
                bucket[at] = next(half(hash), position.seq);
            }
            Err(at) => {
                follows(position, &next([0; 16], 0))?;
                if bucket.len() == bucket.capacity() {
                    // A quarter more and not twice as much: that is what bounds the bytes per stream.
                    bucket.reserve_exact(bucket.len() / 4 + 1);
                }
                bucket.insert(at, next(half(hash), position.seq));
                self.count += 1;
            }
        }
        Ok(())
    }
}

impl Place {
    /// The same with the stream's name.
    #[must_use]
    pub fn in_stream(self, stream: Hash) -> Self {
        let stream = Some(stream);
        Self { stream, ..self }
    }
}

fn follows(position: &StreamPosition, before: &Kept) -> Result<(), Fault> {
    Fault::unless_equal("`stream_seq` in the header", &position.seq, &(before.seq + 1))?;
    if half(&position.prev) == before.link {
        return Ok(());
    }
    let prev = position.prev;
    Err(Fault::Other(format!(
        "`stream_prev` in the header is {prev}, which is not the hash of the stream's event before it"
    )))
}

fn find(bucket: &[Kept], name: &[u8; 16]) -> Result<usize, usize> {
    bucket.binary_search_by(|kept| kept.name.cmp(name))
}

fn bucket(stream: &Hash) -> usize {
    let [first, second, ..] = *stream.as_bytes();
    usize::from(u16::from_be_bytes([first, second])) % BUCKETS
}

fn name(owner: &ChainName, stream: &Hash) -> [u8; 16] {
    let mut name = half(stream);
    for (byte, own) in name.iter_mut().zip(owner.org.as_uuid().as_bytes()) {
        *byte ^= own;
    }
    name[0] ^= owner.mode as u8;
    name
}

fn half(hash: &Hash) -> [u8; 16] {
    let (half, _) = hash.as_bytes().split_at(16);
    half.try_into().unwrap_or_default()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;
    use crate::classification::{Chain, Mode};
    use crate::hash::sha256;
    use crate::id::OrgId;
    use proptest::prelude::*;

    fn hash(number: u32) -> Hash {
        sha256(&[&number.to_le_bytes()])
    }

    fn owner(number: u8) -> ChainName {
        let org = OrgId::from_parts(1, [number; 10]);
        ChainName { org, mode: Mode::Test, chain: Chain::Ledger }
    }

    fn position(stream: u32, prev: Hash, seq: u64) -> StreamPosition {
        let stream = hash(stream);
        StreamPosition { stream, prev, seq }
    }

    proptest! {
        #[test]
        fn interleaved_streams_are_followed(order in proptest::collection::vec(0_u32..40, 1..300)) {
            let mut tails = StreamTails::default();
            let mut expected = std::collections::BTreeMap::new();
            for (number, stream) in (1000..).zip(order) {
                let (seq, prev) = expected.get(&stream).copied().unwrap_or((0, Hash::ZERO));
                tails.advance(&owner(1), &position(stream, prev, seq + 1), &hash(number)).unwrap();
                expected.insert(stream, (seq + 1, hash(number)));
            }
            prop_assert_eq!(tails.count(), expected.len() as u64);
            for (stream, (seq, last)) in expected {
                let tail = tails.get(&owner(1), &hash(stream)).unwrap();
                prop_assert!(tail.seq == seq && tail.ends_with(&last) && !tail.ends_with(&hash(stream)));
            }
        }
    }

    #[test]
    fn a_gap_a_fork_and_a_headless_stream_are_named() {
        let mut tails = StreamTails::default();
        tails.advance(&owner(1), &position(1, Hash::ZERO, 1), &hash(9)).unwrap();
        for wrong in [
            position(1, hash(9), 3),
            position(1, hash(8), 2),
            position(1, hash(9), 1),
            position(2, hash(9), 1),
            position(2, Hash::ZERO, 2),
        ] {
            assert!(tails.advance(&owner(1), &wrong, &hash(10)).is_err(), "{wrong:?}");
        }
        tails.advance(&owner(1), &position(1, hash(9), 2), &hash(10)).unwrap();
        assert_eq!(tails.get(&owner(1), &hash(2)), None);
        let live = ChainName { mode: Mode::Live, ..owner(1) };
        assert_eq!([&owner(2), &live].map(|owner| tails.get(owner, &hash(1))), [None; 2]);
    }

    #[test]
    fn a_stream_costs_at_most_64_bytes() {
        let mut tails = StreamTails::default();
        for number in 0..200_000 {
            tails.advance(&owner(1), &position(number, Hash::ZERO, 1), &hash(number)).unwrap();
        }
        let bytes: usize = tails.buckets.iter().map(|bucket| 24 + 16 + bucket.capacity() * size_of::<Kept>()).sum();
        assert!(bytes < 200_000 * 64, "{bytes}");
    }
}
