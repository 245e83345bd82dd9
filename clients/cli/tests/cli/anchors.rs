//! `proveniq verify --tsa-roots`: timestamps of third parties, checked offline.

use std::path::PathBuf;

use private_authority::{Authority, Plan};
use serde_json::{Value, json};
use timestamp::{Request, token_of_response};
use truth_kernel::encoding::base64;

use crate::support::{Run, Scratch, run};

const VECTORS: &str = include_str!("../../../../shared/kernel/tests/vectors/evidence.json");

/// Evidence with a timestamp over its checkpoint, and whoever stamped it.
struct Scene {
    folder: Scratch,
    evidence: Value,
    trust: Vec<String>,
    authority: Authority,
}

impl Scene {
    /// None where the program is missing, which the test has then said.
    fn new(test: &str) -> Option<Self> {
        if !private_authority::is_installed() {
            private_postgres::skip(test, "openssl");
            return None;
        }
        let folder = Scratch::new();
        let authority = Authority::prepare(&folder.path().join("authority"), &Plan::default()).unwrap();
        let vectors: Value = serde_json::from_str(VECTORS).unwrap();
        let case = vectors["cases"].as_array().unwrap().iter().find(|case| case["verdict"] == "valid").unwrap().clone();
        let keys = case["trusted_keys"].as_array().unwrap().iter().map(|key| key.as_str().unwrap().to_owned());
        let mut scene = Self { folder, evidence: case["evidence"].clone(), trust: keys.collect(), authority };
        let note = scene.evidence["checkpoint"].as_str().unwrap().to_owned();
        scene.anchor_over(note.as_bytes());
        Some(scene)
    }

    fn anchor_over(&mut self, stamped: &[u8]) {
        let query = Request::new(stamped, 7, None).unwrap().to_der().unwrap();
        let token = token_of_response(&self.authority.reply(&query).unwrap()).unwrap();
        self.evidence["anchors"] = json!([{"kind": "rfc3161", "token": base64(token.as_der())}]);
    }

    fn verify(&self, roots: Option<PathBuf>) -> Run {
        self.verify_with(roots, &[])
    }

    fn verify_with(&self, roots: Option<PathBuf>, more: &[&str]) -> Run {
        let document = self.folder.file("evidence.json", self.evidence.to_string());
        let mut arguments = vec!["verify".to_owned(), document.to_str().unwrap().to_owned()];
        arguments.extend(self.trust.iter().flat_map(|key| ["--trust".to_owned(), key.clone()]));
        if let Some(roots) = roots {
            arguments.extend(["--tsa-roots".to_owned(), roots.to_str().unwrap().to_owned()]);
        }
        arguments.extend(more.iter().map(|argument| (*argument).to_owned()));
        run(arguments)
    }
}

/// Outcome and sentence of the step `anchors`.
fn anchors(found: &Run) -> &str {
    found.out.lines().find(|line| line.split_whitespace().nth(1) == Some("anchors")).unwrap()
}

#[test]
fn a_timestamp_says_who_stamped_the_checkpoint_and_when() {
    let Some(scene) = Scene::new("a_timestamp_says_who_stamped_the_checkpoint_and_when") else { return };
    let found = scene.verify(Some(scene.authority.roots()));
    assert_eq!(found.code, 0, "{}{}", found.out, found.err);
    let line = anchors(&found);
    assert!(line.starts_with("passed"), "{line}");
    let who = "CN=Private timestamp authority,O=Proveniq stamped the checkpoint at 2";
    assert!(line.contains(who) && !found.out.contains("not checked"), "{}", found.out);
}

#[test]
fn without_roots_or_with_those_of_others_it_cannot_be_told_and_takes_nothing_away() {
    let test = "without_roots_or_with_those_of_others_it_cannot_be_told_and_takes_nothing_away";
    let Some(scene) = Scene::new(test) else { return };
    let found = scene.verify(None);
    assert_eq!(found.code, 0, "{}", found.out);
    assert!(
        anchors(&found).starts_with("cannot-tell") && found.out.contains("not checked  /anchors/0"),
        "{}",
        found.out
    );
    // The stranger's root has the name of the right one and another key.
    let stranger = Authority::prepare(&scene.folder.path().join("stranger"), &Plan::default()).unwrap();
    let found = scene.verify(Some(stranger.roots()));
    assert_eq!(found.code, 0, "{}", found.out);
    assert!(anchors(&found).starts_with("cannot-tell") && !found.out.contains("not checked"), "{}", found.out);
}

#[test]
fn a_timestamp_over_something_else_makes_evidence_invalid() {
    let Some(mut scene) = Scene::new("a_timestamp_over_something_else_makes_evidence_invalid") else { return };
    scene.anchor_over(b"another note");
    let found = scene.verify(Some(scene.authority.roots()));
    assert_eq!(found.code, 1, "{}", found.out);
    assert!(
        found.out.contains("INVALID: see anchors") && anchors(&found).contains("it stamps other bytes"),
        "{}",
        found.out
    );
}

#[test]
fn whoever_demands_an_anchor_gets_no_verdict_without_one_that_the_roots_vouch_for() {
    let Some(mut scene) = Scene::new("whoever_demands_an_anchor_gets_no_verdict_without_one_that_the_roots_vouch_for")
    else {
        return;
    };
    let stranger = Authority::prepare(&scene.folder.path().join("stranger"), &Plan::default()).unwrap();
    let demand = ["--require-anchor"];
    assert_eq!(scene.verify_with(Some(scene.authority.roots()), &demand).code, 0);
    assert_eq!(scene.verify_with(Some(stranger.roots()), &demand).code, 2, "stamped by somebody else");
    scene.evidence["anchors"] = json!([]);
    assert_eq!(scene.verify_with(Some(scene.authority.roots()), &demand).code, 2, "stamped by nobody");
    assert_eq!(scene.verify(Some(scene.authority.roots())).code, 0, "nobody demands an anchor");
    assert_eq!(scene.verify_with(None, &demand).code, 64, "there are no roots to go by");
}

#[test]
fn a_file_without_roots_is_wrong_usage() {
    let folder = Scratch::new();
    let empty = folder.file("empty.pem", "nothing");
    let verify = |roots: &str| run(["verify", "-", "--tsa-roots", roots]);
    assert_eq!(verify(empty.to_str().unwrap()).code, 64);
    assert_eq!(verify("/nowhere/roots.pem").code, 66);
}
