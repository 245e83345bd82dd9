//! A log that grows, one that shrinks, and one that forks.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::fs;

use truth_kernel::checkpoint::Checkpoint;
use truth_kernel::hash::{Hash, sha256};
use truth_kernel::note::NoteSigner;
use truth_kernel::signature::SigningKey;
use truth_kernel::tree::{node_hash, reference_root};

use super::{Failure, Memory, Observed, StateFolder};
use crate::client::Client;
use crate::client::tests::serve;
use crate::test_folder::test_folder;

const ORIGIN: &str = "ledger.example/europe-west1/test-1";

fn leaves(count: u8) -> Vec<Hash> {
    (0..count).map(|leaf| sha256(&[&[leaf]])).collect()
}

fn signer() -> NoteSigner {
    NoteSigner::new(ORIGIN, SigningKey::from_seed(&[3; 32])).unwrap()
}

fn note(leaves: &[Hash]) -> String {
    let (size, root) = (leaves.len() as u64, reference_root(leaves));
    Checkpoint::new(&ORIGIN.parse().unwrap(), size, root).sign(&signer())
}

/// The answer that proves that the first two leaves are the beginning of four.
fn two_to_four() -> (u16, String) {
    let leaves = leaves(4);
    let right = node_hash(&leaves[2], &leaves[3]).base64();
    (200, format!(r#"{{"log":"{ORIGIN}","from":2,"to":4,"hashes":["{right}"],"checkpoint":null}}"#))
}

fn observe(client: &Client, folder: &StateFolder, note: &str) -> Result<Observed, Failure> {
    let trust = vec![signer().verifier().clone()];
    Memory { folder: folder.clone(), client, trust }.observe(note)
}

fn remembered(folder: &StateFolder) -> String {
    fs::read_to_string(folder.path(&ORIGIN.parse().unwrap())).unwrap()
}

#[test]
fn a_log_that_grows_is_remembered_at_its_newest() {
    let folder = StateFolder::at(test_folder("grows"));
    let (client, asked) = serve(vec![two_to_four()]);
    let first = observe(&client, &folder, &note(&leaves(2))).unwrap();
    assert!(first.to_string().contains("first seen"), "{first}");
    observe(&client, &folder, &note(&leaves(2))).unwrap();
    let then = observe(&client, &folder, &note(&leaves(4))).unwrap();
    assert!(then.to_string().contains("contains the 2 seen before; signed"), "{then}");
    assert_eq!(asked.recv().unwrap().0, "get /api/v1/consistency?from=2&to=4&log=test-1 http/1.1");
    assert_eq!(remembered(&folder), note(&leaves(4)));
}

#[test]
fn an_old_proof_is_no_alarm_while_the_log_itself_stands() {
    let folder = StateFolder::at(test_folder("old-proof"));
    let (client, _asked) = serve(vec![(200, note(&leaves(4))), two_to_four()]);
    observe(&client, &folder, &note(&leaves(4))).unwrap();
    let old = observe(&client, &folder, &note(&leaves(2))).unwrap();
    assert!(old.to_string().contains("contained in the 4 seen before"), "{old}");
    assert_eq!(remembered(&folder), note(&leaves(4)));
}

#[test]
fn a_log_that_shrank_raises_an_alarm_and_both_notes_are_kept() {
    let folder = StateFolder::at(test_folder("shrank"));
    let (client, _asked) = serve(vec![(200, note(&leaves(2)))]);
    observe(&client, &folder, &note(&leaves(4))).unwrap();
    let Err(Failure::Alarm(alarm)) = observe(&client, &folder, &note(&leaves(2))) else { panic!("no alarm") };
    let kept = alarm.kept.each_ref().map(|path| fs::read_to_string(path).unwrap());
    assert_eq!(kept, [note(&leaves(4)), note(&leaves(2))]);
    let text = alarm.to_string();
    assert!(alarm.kept.iter().all(|path| text.contains(path.to_str().unwrap())), "{text}");
    assert_eq!(remembered(&folder), note(&leaves(4)), "what was seen stays remembered");
}

#[test]
fn a_log_that_forks_raises_an_alarm_whatever_it_answers() {
    let folder = StateFolder::at(test_folder("forks"));
    let (client, _asked) = serve(vec![two_to_four()]);
    observe(&client, &folder, &note(&leaves(2))).unwrap();
    let mut forked = leaves(4);
    forked[1] = Hash::ZERO;
    let larger = observe(&client, &folder, &note(&forked));
    assert!(matches!(larger, Err(Failure::Alarm(_))), "another tree of a larger size");
    let same = observe(&client, &folder, &note(&forked[..2]));
    assert!(matches!(same, Err(Failure::Alarm(_))), "another tree of the same size");
    assert_eq!(remembered(&folder), note(&leaves(2)));
}

#[test]
fn what_no_trusted_key_signed_is_not_remembered() {
    let folder = StateFolder::at(test_folder("unsigned"));
    let (client, _asked) = serve(Vec::new());
    let forger = NoteSigner::new(ORIGIN, SigningKey::from_seed(&[4; 32])).unwrap();
    let forged = Checkpoint::claimed(&note(&leaves(2))).unwrap().sign(&forger);
    assert!(observe(&client, &folder, &forged).is_err());
    assert!(!folder.path(&ORIGIN.parse().unwrap()).exists());
    let unchecked = Memory { folder: folder.clone(), client: &client, trust: Vec::new() }.observe(&forged).unwrap();
    assert!(unchecked.to_string().contains("signature not checked"), "{unchecked}");
}
