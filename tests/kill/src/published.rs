//! A log as a stranger reads it from the bucket, held against the database.

use cloud::bucket::{Bucket, Folder, ObjectPath};
use cloud::clock::Clock;
use proof_batcher::objects::{bundle_path, checkpoint_path, tile_path};
use proof_batcher::range::grown_tiles;
use sqlx::PgConnection;
use test_support::{TestRegion, log_signer};
use truth_kernel::checkpoint::Checkpoint;
use truth_kernel::classification::Mode;
use truth_kernel::hash::Hash;
use truth_kernel::header::event_hash;
use truth_kernel::tile::{Tiles, inclusion_proof};
use truth_kernel::tree::verify_inclusion;

use crate::{Failure, ensure};

/// Checks everything that the published checkpoint commits to, every leaf's inclusion and its event in the database; answers with the
/// checkpoint's size.
pub async fn check(folder: &std::path::Path, superuser: &mut PgConnection) -> Result<u64, Failure> {
    let bucket = Bucket::Folder(Folder::open(folder, Clock::System)?);
    let origin = TestRegion::log(Mode::Test);
    let Some(note) = bucket.get(&checkpoint_path(&origin)?).await? else { return Ok(0) };
    let key = log_signer(&origin).verifier().clone();
    let note = String::from_utf8(note.bytes)?;
    let checkpoint = Checkpoint::open(&note, &[key]).map_err(|error| format!("the checkpoint: {error}"))?;
    let (mut tiles, mut headers) = (Tiles::new(), Vec::new());
    for tile in grown_tiles(0, checkpoint.size) {
        let hashes = object(&bucket, &tile_path(&origin, tile)?).await?;
        tiles.insert_bytes(tile.id, &hashes).map_err(|error| format!("{:?}: {error}", tile.id))?;
        if tile.id.level == 0 {
            entries(&object(&bucket, &bundle_path(&origin, tile)?).await?, &mut headers)?;
        }
    }
    prove_all(&tiles, &headers, &checkpoint)?;
    in_database(superuser, &checkpoint, &headers).await?;
    Ok(checkpoint.size)
}

async fn object(bucket: &Bucket, path: &ObjectPath) -> Result<Vec<u8>, Failure> {
    Ok(bucket.get(path).await?.ok_or_else(|| format!("{path} is not in the bucket"))?.bytes)
}

/// An entry bundle: each entry after its length in two bytes.
fn entries(mut bundle: &[u8], headers: &mut Vec<String>) -> Result<(), Failure> {
    while let Some((length, rest)) = bundle.split_first_chunk::<2>() {
        let entry = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)));
        let (entry, rest) = entry.ok_or("half an entry")?;
        headers.push(std::str::from_utf8(entry)?.to_owned());
        bundle = rest;
    }
    Ok(())
}

fn prove_all(tiles: &Tiles, headers: &[String], checkpoint: &Checkpoint) -> Result<(), Failure> {
    ensure(headers.len() as u64 == checkpoint.size, || format!("{} entries of {}", headers.len(), checkpoint.size))?;
    for (index, header) in (0..).zip(headers) {
        let leaf: Hash = event_hash(header.as_bytes());
        let proof = inclusion_proof(tiles, index, checkpoint.size).map_err(|error| format!("leaf {index}: {error}"))?;
        let verified = verify_inclusion(index, checkpoint.size, &leaf, &checkpoint.root, &proof);
        verified.map_err(|error| format!("leaf {index}: {error}"))?;
    }
    Ok(())
}

/// The checkpoint is one that the database signed, and each entry is an event.
async fn in_database(superuser: &mut PgConnection, checkpoint: &Checkpoint, headers: &[String]) -> Result<(), Failure> {
    let signed: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM checkpoints WHERE log = $1 AND size = $2 AND root = $3)")
            .bind(&checkpoint.origin)
            .bind(i64::try_from(checkpoint.size)?)
            .bind(checkpoint.root.as_bytes().as_slice())
            .fetch_one(&mut *superuser)
            .await?;
    ensure(signed, || format!("the database never signed the published checkpoint at size {}", checkpoint.size))?;
    let unknown: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM unnest($1::text[]) a(header) WHERE NOT EXISTS (SELECT 1 FROM ledger_events e WHERE e.hash = sha256('\\x00' || convert_to(a.header, 'UTF8')) AND e.header = a.header)",
    )
    .bind(headers)
    .fetch_one(superuser)
    .await?;
    ensure(unknown == 0, || format!("{unknown} published events are not in the database"))
}
