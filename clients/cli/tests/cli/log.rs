//! `checkpoint`, `prove` and `tail` against honest logs and lying ones.

use std::sync::{Arc, Mutex};

use crate::support::server::{Request, serve};
use crate::support::{Run, Scratch, run};
use serde_json::json;
use truth_kernel::checkpoint::Checkpoint;
use truth_kernel::hash::{Hash, sha256};
use truth_kernel::note::NoteSigner;
use truth_kernel::region::LogOrigin;
use truth_kernel::signature::SigningKey;
use truth_kernel::tile::{Tiles, append, consistency_proof};

const EVENT: &str = "evt_01a19467ec227e7b9e5d918d33f08169";

/// A log that can be made to lie.
#[derive(Clone)]
struct Log {
    leaves: Vec<Hash>,
    signer: NoteSigner,
}

impl Log {
    fn new(leaves: u64, seed: &[u8]) -> Self {
        let leaves = (0..leaves).map(|leaf| sha256(&[seed, &leaf.to_le_bytes()])).collect();
        let signer = NoteSigner::new("ledger.example/europe-west1/test-1", SigningKey::from_seed(&[1; 32])).unwrap();
        Self { leaves, signer }
    }

    fn origin() -> LogOrigin {
        "ledger.example/europe-west1/test-1".parse().unwrap()
    }

    fn tiles(&self) -> (Tiles, Hash) {
        let mut tiles = Tiles::new();
        let appended = append(&mut tiles, 0, &self.leaves).unwrap();
        (tiles, appended.root)
    }

    fn note(&self) -> String {
        Checkpoint::new(&Self::origin(), self.leaves.len() as u64, self.tiles().1).sign(&self.signer)
    }

    fn answer(&self, request: &Request) -> (u16, String) {
        if request.key.as_deref() != Some("pk_test") {
            return (401, json!({ "title": "Who are you?" }).to_string());
        }
        let Some(path) = request.line.strip_prefix("GET ") else { return (405, "{}".into()) };
        if path.starts_with("/api/v1/checkpoint") {
            (200, json!({ "note": self.note() }).to_string())
        } else if let Some(query) = path.strip_prefix("/api/v1/consistency?") {
            let number = |name: &str| -> u64 {
                query.split('&').find_map(|pair| pair.strip_prefix(name)).unwrap().parse().unwrap()
            };
            let hashes = consistency_proof(&self.tiles().0, number("from="), number("to=")).unwrap();
            (200, json!({ "hashes": hashes.iter().map(Hash::base64).collect::<Vec<_>>() }).to_string())
        } else if path.starts_with("/api/v1/proofs/") {
            (200, json!({ "checkpoint": self.note() }).to_string())
        } else if path.starts_with("/api/v1/events?") {
            (
                200,
                json!({ "events": [{ "id": EVENT, "seq": 1, "type": "claim.filed" }], "next_cursor": null })
                    .to_string(),
            )
        } else {
            (404, json!({ "title": "Not found", "detail": path }).to_string())
        }
    }
}

/// A server whose log can be exchanged, and the state folder of whoever asks it.
struct Scene {
    log: Arc<Mutex<Log>>,
    url: String,
    folder: Scratch,
}

impl Scene {
    fn new(log: Log) -> Self {
        let log = Arc::new(Mutex::new(log));
        let served = Arc::clone(&log);
        let url = serve(move |request| served.lock().unwrap().answer(request));
        Self { log, url, folder: Scratch::new() }
    }

    fn show(&self, log: Log) {
        *self.log.lock().unwrap() = log;
    }

    fn run(&self, command: &[&str]) -> Run {
        let state = self.folder.path().to_str().unwrap();
        run(command.iter().copied().chain(["--url", &self.url, "--key", "pk_test", "--state", state]))
    }

    fn alarms(&self) -> Vec<std::path::PathBuf> {
        let alarms = std::fs::read_dir(self.folder.path().join("alarms")).into_iter().flatten();
        alarms.map(|alarm| alarm.unwrap().path()).collect()
    }
}

#[test]
fn an_honest_log_may_grow() {
    let scene = Scene::new(Log::new(5, b"a"));
    for (leaves, said) in [(5, "first"), (5, "same"), (6, "had 5 leaves"), (700, "had 6 leaves")] {
        scene.show(Log::new(leaves, b"a"));
        let found = scene.run(&["checkpoint"]);
        assert!(found.code == 0 && found.err.contains(said), "{leaves}: {}", found.err);
        assert_eq!(found.out, Log::new(leaves, b"a").note());
    }
    assert!(scene.alarms().is_empty());
}

#[test]
fn a_log_that_forks_or_shrinks_is_an_alarm_and_both_notes_are_kept() {
    for lie in [Log::new(9, b"b"), Log::new(5, b"b"), Log::new(4, b"a"), Log::new(0, b"a")] {
        for command in [&["checkpoint"][..], &["prove", EVENT], &["prove", "--newest"], &["tail", "--no-follow"]] {
            let scene = Scene::new(Log::new(5, b"a"));
            assert_eq!(scene.run(&["checkpoint"]).code, 0);
            scene.show(lie.clone());
            let found = scene.run(command);
            assert!(found.code == 1 && found.err.contains("ALARM"), "{command:?}: {}", found.err);
            let alarm = scene.alarms().pop().unwrap();
            assert_eq!(std::fs::read_to_string(alarm.join("remembered.note")).unwrap(), Log::new(5, b"a").note());
            assert_eq!(std::fs::read_to_string(alarm.join("received.note")).unwrap(), lie.note());
            scene.show(Log::new(5, b"a"));
            assert_eq!(scene.run(&["checkpoint"]).code, 0, "a lie is not remembered");
        }
    }
}

#[test]
fn a_checkpoint_by_another_key_is_refused_where_a_key_is_trusted() {
    let scene = Scene::new(Log::new(5, b"a"));
    let stranger = NoteSigner::new("ledger.example/europe-west1/test-1", SigningKey::from_seed(&[2; 32])).unwrap();
    let trust = |signer: &NoteSigner| signer.verifier().to_string();
    assert_eq!(scene.run(&["checkpoint", "--trust", &trust(&stranger)]).code, 1);
    assert_eq!(scene.run(&["checkpoint", "--trust", &trust(&Log::new(0, b"").signer)]).code, 0);
}

#[test]
fn evidence_goes_to_a_file_or_to_standard_output() {
    let scene = Scene::new(Log::new(5, b"a"));
    let printed = scene.run(&["prove", EVENT]);
    assert_eq!(printed.code, 0, "{}", printed.err);
    let path = scene.folder.path().join("evidence.json");
    assert_eq!(scene.run(&["prove", "--newest", "--output", path.to_str().unwrap()]).code, 0);
    assert_eq!(std::fs::read_to_string(path).unwrap(), printed.out.trim_end());
}

#[test]
fn an_event_that_is_not_sealed_cannot_be_told() {
    let url = serve(|_| (202, "{}".into()));
    let folder = Scratch::new();
    let found = run(["prove", EVENT, "--url", &url, "--key", "k", "--state", folder.path().to_str().unwrap()]);
    assert!(found.code == 2 && found.err.contains("--wait"), "{}", found.err);
}

#[test]
fn what_the_server_refuses_is_told_with_its_reason() {
    let scene = Scene::new(Log::new(5, b"a"));
    let found = scene.run(&["prove", "not-an-event"]);
    assert_eq!(found.code, 64);
    let url = serve(|_| (403, json!({ "title": "Forbidden", "detail": "the key lacks events:read" }).to_string()));
    let found = run(["get", EVENT, "--url", &url, "--key", "k"]);
    assert!(found.code == 1 && found.err.contains("403: Forbidden: the key lacks events:read"), "{}", found.err);
}

#[test]
fn a_server_that_is_not_there_is_unavailable() {
    let found = run(["get", EVENT, "--url", "http://127.0.0.1:1", "--key", "k"]);
    assert!(found.code == 69 && found.err.contains("cannot be reached"), "{}", found.err);
    assert_eq!(run(["get", EVENT, "--url", "ftp://x", "--key", "k"]).code, 64);
    assert_eq!(run(["get", EVENT, "--key", "k"]).code, 64);
}

#[test]
fn stamped_evidence_may_stand_under_an_older_checkpoint_but_only_the_beginning_of_the_remembered_one() {
    for (older, code) in [(Log::new(3, b"a"), 0), (Log::new(3, b"b"), 1)] {
        let (log, note) = (Log::new(5, b"a"), older.note());
        let url = serve(move |request| {
            if request.line.contains("/api/v1/proofs/") {
                (200, json!({ "checkpoint": note, "anchors": [{ "kind": "rfc3161" }] }).to_string())
            } else {
                log.answer(request)
            }
        });
        let folder = Scratch::new();
        let state = folder.path().to_str().unwrap();
        let ask = |command: &[&str]| {
            run(command.iter().copied().chain(["--url", &url, "--key", "pk_test", "--state", state]))
        };
        assert_eq!(ask(&["checkpoint"]).code, 0);
        let found = ask(&["prove", EVENT]);
        assert_eq!((found.code, found.err.contains("ALARM")), (code, code == 1), "{}", found.err);
        assert!(ask(&["checkpoint"]).err.contains("same"), "the older one is not remembered");
    }
}
