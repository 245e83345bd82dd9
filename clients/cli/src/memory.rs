//! The last checkpoint seen of each log, and what is demanded of the next one.
//!
//! A log that shows one history today and another tomorrow cannot pass: every checkpoint must contain
//! the one before. The first is taken as it is; `--trust` makes sure whose it is.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use cloud::clock::Clock;
use serde::Deserialize;
use truth_kernel::checkpoint::Checkpoint;
use truth_kernel::hash::Hash;
use truth_kernel::note::VerifierKey;
use truth_kernel::region::LogOrigin;
use truth_kernel::tree::verify_consistency;

use crate::failure::{Exit, Failure};
use crate::http::Client;
use crate::trust;

/// Where checkpoints are remembered, and whose are believed.
#[derive(Debug, Clone, Args)]
pub(crate) struct Remembered {
    /// The folder that remembers the last checkpoint of each log (default: proveniq in the user's state folder).
    #[arg(long, value_name = "FOLDER")]
    state: Option<PathBuf>,
    /// A key of the log that you trust, or a file of such keys, one a line.
    #[arg(long, value_name = "VKEY|FILE")]
    trust: Vec<String>,
}

/// What was seen of each log before anything was asked.
pub(crate) struct Memory {
    folder: PathBuf,
    trust: Vec<VerifierKey>,
    seen: BTreeMap<LogOrigin, Seen>,
}

#[derive(Clone)]
struct Seen {
    checkpoint: Checkpoint,
    note: String,
}

/// What a new checkpoint is to the one that was remembered.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Growth {
    /// Nothing was remembered.
    First,
    /// It is the same.
    Same,
    /// It contains the remembered one, which had this size.
    From(u64),
}

#[derive(Deserialize)]
struct Proof {
    hashes: Vec<String>,
}

impl Memory {
    /// Reads what earlier commands remembered.
    pub fn open(options: &Remembered) -> Result<Self, Failure> {
        let folder = options.state.clone().unwrap_or_else(private_postgres::default_state_dir);
        let mut memory = Self { folder, trust: trust::read(&options.trust)?, seen: BTreeMap::new() };
        let notes = memory.notes();
        fs::create_dir_all(&notes).map_err(Failure::unwritable(&notes))?;
        for entry in fs::read_dir(&notes).map_err(Failure::unreadable(&notes))?.flatten() {
            if entry.path().extension().is_some_and(|extension| extension == "note") {
                memory.recall(&entry.path())?;
            }
        }
        Ok(memory)
    }

    fn recall(&mut self, path: &Path) -> Result<(), Failure> {
        let note = fs::read_to_string(path).map_err(Failure::unreadable(path))?;
        let broken =
            || Failure::new(Exit::Data, format!("{} is not a checkpoint; move it away to forget it", path.display()));
        let checkpoint = Checkpoint::claimed(&note).map_err(|_| broken())?;
        let origin = checkpoint.origin.parse().map_err(|_| broken())?;
        self.seen.insert(origin, Seen { checkpoint, note });
        Ok(())
    }

    /// Demands that a checkpoint contains the remembered one, and remembers it.
    pub fn admit(&mut self, client: &Client, note: &str) -> Result<(Checkpoint, Growth), Failure> {
        let (origin, checkpoint) = self.read(note)?;
        let seen = Seen { checkpoint: checkpoint.clone(), note: note.to_owned() };
        let growth = match self.seen.get(&origin) {
            None => Growth::First,
            Some(before) => self.compare(client, &origin, before, &seen)?,
        };
        if growth != Growth::Same {
            self.remember(&origin, seen)?;
        }
        Ok((checkpoint, growth))
    }

    /// The same for evidence that a third party has stamped: its checkpoint may be older than the remembered one, but must then be its
    /// beginning.
    pub fn admit_anchored(&mut self, client: &Client, note: &str) -> Result<(), Failure> {
        let (origin, checkpoint) = self.read(note)?;
        match self.seen.get(&origin) {
            Some(newer) if (1..newer.checkpoint.size).contains(&checkpoint.size) => {
                let older = Seen { checkpoint, note: note.to_owned() };
                self.demand_beginning(client, &origin, (&older, newer), (newer, &older))
            }
            _ => self.admit(client, note).map(drop),
        }
    }

    /// What the note says, once its signature was checked as far as keys are trusted.
    fn read(&self, note: &str) -> Result<(LogOrigin, Checkpoint), Failure> {
        let refused = |error| Failure::new(Exit::Refused, format!("the checkpoint is refused: {error}"));
        let checkpoint =
            if self.trust.is_empty() { Checkpoint::claimed(note) } else { Checkpoint::open(note, &self.trust) };
        let checkpoint = checkpoint.map_err(|error| refused(error.to_string()))?;
        let origin = checkpoint.origin.parse().map_err(|_| refused("its origin is not that of a ledger".into()))?;
        Ok((origin, checkpoint))
    }

    fn compare(&self, client: &Client, origin: &LogOrigin, before: &Seen, now: &Seen) -> Result<Growth, Failure> {
        let (old, new) = (&before.checkpoint, &now.checkpoint);
        if old == new {
            return Ok(Growth::Same);
        }
        if new.size <= old.size {
            let reason =
                format!("it has {} leaves with another root than the {} leaves seen before", new.size, old.size);
            return Err(self.alarm(origin, before, now, &reason, b""));
        }
        if old.size > 0 {
            self.demand_beginning(client, origin, (before, now), (before, now))?;
        }
        Ok(Growth::From(old.size))
    }

    /// Demands that the first of two trees is the beginning of the second; `seen` is the remembered one and the one received.
    fn demand_beginning(
        &self,
        client: &Client,
        origin: &LogOrigin,
        (older, newer): (&Seen, &Seen),
        seen: (&Seen, &Seen),
    ) -> Result<(), Failure> {
        let (old, new) = (&older.checkpoint, &newer.checkpoint);
        let (from, to) = (old.size.to_string(), new.size.to_string());
        let query = [("from", from.as_str()), ("to", to.as_str()), ("log", origin.parts().number)];
        let body = client.get("/api/v1/consistency", &query)?.success()?;
        let contained = proof(&body).and_then(|hashes| {
            verify_consistency(old.size, new.size, &old.root, &new.root, &hashes).map_err(|error| error.to_string())
        });
        contained.map_err(|reason| self.alarm(origin, seen.0, seen.1, &reason, &body))
    }

    /// Keeps both notes: together they are the evidence.
    fn alarm(&self, origin: &LogOrigin, before: &Seen, now: &Seen, reason: &str, proof: &[u8]) -> Failure {
        let folder = self.folder.join("alarms").join(format!("{}-{}", file_name(origin), Clock::System.now().millis()));
        let kept = fs::create_dir_all(&folder)
            .and_then(|()| fs::write(folder.join("remembered.note"), &before.note))
            .and_then(|()| fs::write(folder.join("received.note"), &now.note))
            .and_then(|()| fs::write(folder.join("consistency.json"), proof));
        let kept = match kept {
            Ok(()) => format!("both notes are kept in {}", folder.display()),
            Err(error) => format!("the notes could not be kept ({error}):\n{}\n{}", before.note, now.note),
        };
        Failure::new(
            Exit::Refused,
            format!("ALARM: the new checkpoint of {origin} does not contain the one seen before: {reason}; {kept}"),
        )
    }

    /// Only ever a larger one: another command may have seen more in the meantime.
    fn remember(&mut self, origin: &LogOrigin, seen: Seen) -> Result<(), Failure> {
        let path = self.notes().join(format!("{}.note", file_name(origin)));
        let stored = fs::read_to_string(&path).ok().and_then(|note| Checkpoint::claimed(&note).ok());
        if stored.is_none_or(|stored| stored.size <= seen.checkpoint.size) {
            let staged = path.with_extension(format!("{}.new", std::process::id()));
            let written = fs::write(&staged, &seen.note).and_then(|()| fs::rename(&staged, &path));
            written.map_err(Failure::unwritable(&path))?;
        }
        self.seen.insert(origin.clone(), seen);
        Ok(())
    }

    fn notes(&self) -> PathBuf {
        self.folder.join("checkpoints")
    }
}

fn proof(body: &[u8]) -> Result<Vec<Hash>, String> {
    let proof: Proof =
        serde_json::from_slice(body).map_err(|error| format!("the server's proof is not one: {error}"))?;
    let hashes = proof.hashes.iter().map(|hash| Hash::from_base64(hash));
    hashes.collect::<Result<_, _>>().map_err(|_| "a hash of the server's proof is not one".into())
}

/// An origin has no character but letters, digits, dots, hyphens and two slashes.
fn file_name(origin: &LogOrigin) -> String {
    origin.as_str().replace('/', "_")
}
