//! Holding the published log, as it lies in the bucket, against the database.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sqlx::PgConnection;
use truth_kernel::checkpoint::Checkpoint;
use truth_kernel::tile::{TileId, WIDTH, entries_path, parse_entries_path};

use crate::leak::files;
use crate::region::{DOMAIN, Region};

/// Objects of one log by name, such as `tile/0/000.p/3`.
type Objects = BTreeMap<String, Vec<u8>>;

impl Region {
    /// Every object of the bucket has the bytes that the database says, and every object of the published trees is there.
    pub(crate) async fn bucket_is_a_copy(&self) {
        let mut superuser = self.superuser().await;
        for log in ["1", "test-1"] {
            let origin = format!("{DOMAIN}/{}/{log}", self.code());
            let folder = self.local.folder.bucket().join("objects/log").join(log);
            // Read first: what it commits to was there before it.
            let Ok(note) = fs::read_to_string(folder.join("checkpoint")) else {
                assert_eq!(
                    published(&mut superuser, &origin).await,
                    0,
                    "{origin} has a checkpoint in the database alone"
                );
                continue;
            };
            let checkpoint = Checkpoint::open(&note, &self.trust).unwrap_or_else(|error| panic!("{origin}: {error}"));
            assert_eq!(stored_note(&mut superuser, &origin, checkpoint.size).await.as_ref(), Some(&note), "{origin}");
            let objects = objects(&folder);
            for name in names(checkpoint.size) {
                assert!(objects.contains_key(&name), "{origin}: {name} was not published");
            }
            for (name, bytes) in &objects {
                let stored = stored(&mut superuser, &origin, name).await;
                assert!(stored == *bytes, "{origin}: {name} is not what the database holds");
            }
        }
    }
}

/// The tiles and entry bundles of a log, without its checkpoint.
fn objects(folder: &Path) -> Objects {
    let named = |path: std::path::PathBuf| {
        let name = path.strip_prefix(folder).expect("a path below").to_string_lossy().into_owned();
        (name != "checkpoint").then(|| (name, fs::read(&path).expect("an object is never deleted")))
    };
    files(folder).into_iter().filter_map(named).collect()
}

/// The names of everything that a tree of this size consists of (C2SP tlog-tiles).
fn names(size: u64) -> Vec<String> {
    let mut names = Vec::new();
    let (mut level, mut nodes) = (0, size);
    while nodes > 0 {
        for index in 0..nodes.div_ceil(WIDTH as u64) {
            let width = WIDTH.min(usize::try_from(nodes - index * WIDTH as u64).expect("a small log"));
            names.push(TileId { level, index }.path(width));
            if level == 0 {
                names.push(entries_path(index, width));
            }
        }
        (level, nodes) = (level + 1, nodes / WIDTH as u64);
    }
    names
}

async fn published(connection: &mut PgConnection, origin: &str) -> i64 {
    let sql = "SELECT published_size FROM logs WHERE origin = $1";
    sqlx::query_scalar(sql).bind(origin).fetch_one(connection).await.expect("the log")
}

async fn stored_note(connection: &mut PgConnection, origin: &str, size: u64) -> Option<String> {
    let sql = "SELECT note FROM checkpoints WHERE log = $1 AND size = $2";
    sqlx::query_scalar(sql).bind(origin).bind(size.cast_signed()).fetch_optional(connection).await.expect("checkpoints")
}

/// What the database holds for an object of this name; panics at a name that no object may have.
async fn stored(connection: &mut PgConnection, origin: &str, name: &str) -> Vec<u8> {
    if let Ok((tile, width)) = TileId::parse_path(name) {
        let sql = "SELECT substr(hashes, 1, $4) FROM tiles WHERE log = $1 AND level = $2 AND index = $3";
        let query = sqlx::query_scalar(sql).bind(origin).bind(i16::from(tile.level)).bind(tile.index.cast_signed());
        return query.bind(i32::try_from(width * 32).expect("a width")).fetch_one(connection).await.expect("the tile");
    }
    let (index, width) = parse_entries_path(name).unwrap_or_else(|_| panic!("{origin}: object {name}"));
    let first = (index * WIDTH as u64).cast_signed();
    let sql = "SELECT e.header FROM segments s JOIN ledger_events e USING (org, mode, chain)
               WHERE s.log = $1 AND e.seq >= s.first_seq AND e.seq < s.first_seq + s.count
                 AND s.first_leaf + e.seq - s.first_seq BETWEEN $2 AND $3
               ORDER BY s.first_leaf + e.seq - s.first_seq";
    let query = sqlx::query_scalar::<_, String>(sql).bind(origin).bind(first);
    let headers = query.bind(first + width.cast_signed() as i64 - 1).fetch_all(connection).await.expect("the entries");
    assert_eq!(headers.len(), width, "{origin}: {name}");
    let entry = |header: &String| {
        [&u16::try_from(header.len()).expect("a short header").to_be_bytes(), header.as_bytes()].concat()
    };
    headers.iter().flat_map(entry).collect()
}
