//! The part of *publish* that moves data: hash tiles and entry bundles, create-only, in chunks.

use cloud::bucket::{Bucket, BucketError, ObjectPath};
use tokio::task::JoinSet;
use truth_kernel::hash::Hash;
use truth_kernel::header::event_hash;
use truth_kernel::region::LogOrigin;
use truth_kernel::tile::{HEIGHT, Tiles};

use crate::error::SealError;
use crate::objects;
use crate::publish::Publication;
use crate::range::{SizedTile, grown_tiles};
use crate::sealer::Sealer;

/// Tiles read at once: with their 16,384 entries of some 400 bytes, 7 MB.
const CHUNK: usize = 64;
/// Objects written at once: what hides the latency of a flush or of a network.
const WRITERS: usize = 16;

/// An object to create.
type Object = (ObjectPath, Vec<u8>);

impl Sealer {
    /// Writes everything that the checkpoint commits to and the bucket does not have.
    pub async fn copy(&self, publication: &Publication) -> Result<(), SealError> {
        let tiles = grown_tiles(publication.from(), publication.checkpoint.size);
        for level in tiles.chunk_by(|left, right| left.id.level == right.id.level) {
            for chunk in level.chunks(CHUNK) {
                let objects = self.read(&publication.origin, chunk).await?;
                create_all(&self.bucket, objects).await?;
            }
        }
        Ok(())
    }

    /// The objects of neighbouring tiles of one level, read in one short transaction.
    async fn read(&self, origin: &LogOrigin, chunk: &[SizedTile]) -> Result<Vec<Object>, SealError> {
        let mut tx = self.store.begin_system().await?;
        let ids: Vec<_> = chunk.iter().map(|tile| tile.id).collect();
        let tiles = tx.logs().tiles(origin, &ids).await?;
        let mut objects = Vec::with_capacity(2 * chunk.len());
        for tile in chunk {
            let bytes = hashes(&tiles, *tile)?.iter().flat_map(|hash| *hash.as_bytes());
            objects.push((objects::tile_path(origin, *tile)?, bytes.collect()));
        }
        if let Some(first) = chunk.first().filter(|tile| tile.id.level == 0) {
            let count: usize = chunk.iter().map(|tile| tile.width).sum();
            let headers = tx.entries(origin, first.id.index << HEIGHT, count as u64).await?;
            add_bundles(origin, &tiles, chunk, &headers, &mut objects)?;
        }
        Ok(objects)
    }
}

/// The bundles beside tiles of level 0, each entry held against its leaf.
fn add_bundles(
    origin: &LogOrigin,
    tiles: &Tiles,
    chunk: &[SizedTile],
    headers: &[String],
    objects: &mut Vec<Object>,
) -> Result<(), SealError> {
    let mut rest = headers;
    for tile in chunk {
        let (entries, others) = rest.split_at_checked(tile.width).ok_or(TOO_FEW)?;
        let leaves = hashes(tiles, *tile)?;
        if let Some(place) =
            entries.iter().zip(leaves).position(|(header, leaf)| event_hash(header.as_bytes()) != *leaf)
        {
            let leaf = (tile.id.index << HEIGHT) + place as u64;
            return Err(SealError::OtherHeader { origin: origin.clone(), leaf });
        }
        let bundle = objects::bundle(entries.iter().map(String::as_str)).ok_or(TOO_LONG)?;
        objects.push((objects::bundle_path(origin, *tile)?, bundle));
        rest = others;
    }
    Ok(())
}

const TOO_FEW: store::Error = store::Error::Inconsistent { table: "segments", fault: "leaves without an event" };
const TOO_LONG: store::Error =
    store::Error::Inconsistent { table: "ledger_events", fault: "a header longer than 65,535 bytes" };
const SHORT_TILE: store::Error =
    store::Error::Inconsistent { table: "tiles", fault: "a tile that is missing or too short" };

fn hashes(tiles: &Tiles, tile: SizedTile) -> Result<&[Hash], SealError> {
    Ok(tiles.get(tile.id).and_then(|hashes| hashes.get(..tile.width)).ok_or(SHORT_TILE)?)
}

/// Creates the objects, several at a time.
async fn create_all(bucket: &Bucket, objects: Vec<Object>) -> Result<(), SealError> {
    let mut objects = objects.into_iter().peekable();
    while objects.peek().is_some() {
        let some = objects.by_ref().take(WRITERS);
        let writing: JoinSet<_> = some.map(|(path, bytes)| create(bucket.clone(), path, bytes)).collect();
        writing.join_all().await.into_iter().collect::<Result<(), _>>()?;
    }
    Ok(())
}

/// Creates an object, or finds exactly it: an earlier run, or another batcher, has put it there.
async fn create(bucket: Bucket, path: ObjectPath, bytes: Vec<u8>) -> Result<(), SealError> {
    match bucket.create(&path, bytes.clone()).await {
        Ok(_) => Ok(()),
        Err(BucketError::Exists) => match bucket.get(&path).await? {
            Some(object) if object.bytes == bytes => Ok(()),
            _ => Err(SealError::OtherBytes(path)),
        },
        Err(error) => Err(error.into()),
    }
}
