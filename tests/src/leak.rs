//! Looking for a text where it must not be: in every table, every file, whatever it was encoded as.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use sqlx::PgConnection;
use truth_kernel::encoding::{base64, hex};

use crate::log_output::log_output;
use crate::region::Region;

/// A text in every form in which it could have been written: as it is, in hex, and in base64 at each of the three places at which it
/// can stand within a longer text.
#[derive(Clone, Debug)]
pub struct Needles(Vec<String>);

impl Needles {
    /// The forms of a text of ASCII characters.
    pub fn of(text: &str) -> Self {
        let mut forms: BTreeSet<String> =
            [text.to_owned(), hex(text.as_bytes()), hex(text.as_bytes()).to_uppercase()].into();
        for skipped in [0, 2, 1] {
            let inner = &text.as_bytes()[skipped..];
            let whole = base64(&inner[..inner.len() - inner.len() % 3]);
            forms.insert(whole.replace('+', "-").replace('/', "_"));
            // As the text of a binary column would show it.
            forms.insert(hex(whole.as_bytes()));
            forms.insert(whole);
        }
        Self(forms.into_iter().collect())
    }

    /// Whether bytes hold one of the forms.
    pub fn are_in(&self, bytes: &[u8]) -> bool {
        // What is no UTF-8 cannot be part of a form.
        let text = String::from_utf8_lossy(bytes);
        self.0.iter().any(|form| text.contains(form.as_str()))
    }
}

/// The tables of a database that hold one of the forms, in any column, with how many rows.
pub async fn mentions_in_database(connection: &mut PgConnection, needles: &Needles) -> Vec<(String, i64)> {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') ORDER BY 1",
    )
    .fetch_all(&mut *connection)
    .await
    .expect("the list of tables");
    assert!(tables.iter().any(|table| table == "ledger_events"), "the scan sees the tables");
    let mut found = Vec::new();
    for table in tables {
        let sql = format!(
            "SELECT count(*) FROM (SELECT t::text AS line FROM {table} t OFFSET 0) lines
             WHERE EXISTS (SELECT 1 FROM unnest($1::text[]) form WHERE strpos(line, form) > 0)"
        );
        let rows = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(&needles.0).fetch_one(&mut *connection).await;
        match rows.expect("a scan") {
            0 => {}
            rows => found.push((table, rows)),
        }
    }
    found
}

/// The files below a folder that hold one of the forms, in their bytes or in their names.
pub fn mentions_in_folder(folder: &Path, needles: &Needles) -> Vec<PathBuf> {
    let holds = |path: &PathBuf| {
        let name = path.to_string_lossy();
        // A file may be renamed or deleted while we look: what is published is looked at under its final name.
        needles.are_in(name.as_bytes()) || fs::read(path).is_ok_and(|bytes| needles.are_in(&bytes))
    };
    files(folder).into_iter().filter(holds).collect()
}

/// Every file below a folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let below = |entry: fs::DirEntry| if entry.path().is_dir() { files(&entry.path()) } else { vec![entry.path()] };
    entries.flat_map(below).collect()
}

impl Region {
    /// Whatever the organizations of another region wrote is in no table, object, key, dead letter or log line of this one; the
    /// functions' log holds nothing of either.
    pub async fn knows_nothing_of(&self, other: &Self) {
        let needles = Needles::of(&other.mark);
        let mut superuser = self.superuser().await;
        assert_eq!(mentions_in_database(&mut superuser, &needles).await, []);
        let nowhere: [PathBuf; 0] = [];
        assert_eq!(mentions_in_folder(&self.folder(), &needles), nowhere);
        assert_eq!(mentions_in_folder(&self.folder(), &Needles::of(&self.mark)), nowhere);
        let server = self.local.cluster.data_dir().join("server.log");
        let server = fs::read(&server).unwrap_or_else(|error| panic!("{}: {error}", server.display()));
        assert!(!needles.are_in(&server), "PostgreSQL's log");
        assert!(!needles.are_in(&log_output()), "the functions' log");
    }

    /// The folder of the region's bucket, keys and dead letters.
    fn folder(&self) -> PathBuf {
        let keys = self.local.folder.keys();
        keys.parent().expect("the region's folder").to_owned()
    }
}
