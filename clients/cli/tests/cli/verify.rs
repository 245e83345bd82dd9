//! `proveniq verify`, as a stranger runs it: the verdicts of the published vectors, and every exit code.

use crate::support::{Scratch, run, run_with_input};
use serde_json::Value;

const VECTORS: &str = include_str!("../../../../shared/kernel/tests/vectors/evidence.json");

fn cases() -> Vec<Value> {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    vectors["cases"].as_array().unwrap().clone()
}

fn valid() -> Value {
    cases().into_iter().find(|case| case["verdict"] == "valid").unwrap()
}

/// The arguments that trust a case's keys.
fn trust(case: &Value) -> Vec<String> {
    let keys = case["trusted_keys"].as_array().unwrap().iter();
    keys.flat_map(|key| ["--trust".to_owned(), key.as_str().unwrap().to_owned()]).collect()
}

#[test]
fn every_vector_gets_its_exit_code_and_its_failing_step() {
    let folder = Scratch::new();
    let exits = serde_json::from_str::<Value>(VECTORS).unwrap()["verdicts"].clone();
    for case in cases() {
        let file = folder.file("evidence.json", case["evidence"].to_string());
        let found = run(["verify".into(), "--json".into(), file.into_os_string()]
            .into_iter()
            .chain(trust(&case).into_iter().map(Into::into)));
        let verdict = case["verdict"].as_str().unwrap();
        assert_eq!(
            format!("exit {}", found.code),
            exits[verdict].as_str().unwrap(),
            "{}: {}{}",
            case["name"],
            found.out,
            found.err
        );
        let report: Value = serde_json::from_str(&found.out).unwrap();
        assert_eq!(report["verdict"], verdict, "{}", case["name"]);
    }
}

#[test]
fn a_document_is_read_from_standard_input_too() {
    let case = valid();
    let arguments = ["verify".to_owned(), "-".to_owned()].into_iter().chain(trust(&case));
    let found = run_with_input(arguments, case["evidence"].to_string().as_bytes());
    assert_eq!(found.code, 0, "{}", found.err);
    assert!(found.out.ends_with("VALID\n"), "{}", found.out);
}

#[test]
fn every_step_has_its_line_without_colour_where_nobody_looks() {
    let case = valid();
    let arguments = ["verify".to_owned(), "-".to_owned()].into_iter().chain(trust(&case));
    let found = run_with_input(arguments, case["evidence"].to_string().as_bytes());
    for step in ["format", "event", "opening", "checkpoint", "inclusion", "anchors"] {
        assert!(found.out.lines().any(|line| line.split_whitespace().nth(1) == Some(step)), "{step}: {}", found.out);
    }
    assert!(!found.out.contains('\x1b'));
}

#[test]
fn keys_come_from_a_file_with_comments() {
    let (folder, case) = (Scratch::new(), valid());
    let keys: Vec<_> = case["trusted_keys"].as_array().unwrap().iter().map(|key| key.as_str().unwrap()).collect();
    let keys = folder.file("keys.txt", format!("# the log\n\n  {}\n", keys.join("\n")));
    let document = folder.file("evidence.json", case["evidence"].to_string());
    assert_eq!(run(["verify".as_ref(), document.as_os_str(), "--trust".as_ref(), keys.as_os_str()]).code, 0);
    let without = run(["verify".as_ref(), document.as_os_str()]);
    assert_eq!(without.code, 2, "without trust nothing is told");
    assert!(without.out.contains("CANNOT TELL: see checkpoint"), "{}", without.out);
}

#[test]
fn what_is_no_document_is_invalid_and_never_a_crash() {
    for input in [b"".as_slice(), b"{", b"\xff\xfe", b"[]", b"{\"version\":2}", b"null"] {
        let found = run_with_input(["verify", "-"], input);
        assert_eq!(found.code, 1, "{input:?}: {}{}", found.out, found.err);
    }
}

#[test]
fn usage_and_unreadable_files_have_codes_of_their_own() {
    let folder = Scratch::new();
    let empty = folder.file("empty.txt", "# nothing\n");
    let broken = folder.file("broken.txt", "not a key\n");
    let path = |path: &std::path::Path| path.to_str().unwrap().to_owned();
    for (arguments, code) in [
        (vec![], 64),
        (vec!["verify".to_owned()], 64),
        (vec!["verify".into(), "a".into(), "b".into()], 64),
        (vec!["unknown".into()], 64),
        (vec!["verify".into(), "-".into(), "--trust".into(), "a.example/b+00000000+AAAA".into()], 64),
        (vec!["verify".into(), "-".into(), "--trust".into(), path(&empty)], 64),
        (vec!["verify".into(), "-".into(), "--trust".into(), path(&broken)], 64),
        (vec!["verify".into(), "-".into(), "--trust".into(), "/nowhere/keys".into()], 66),
        (vec!["verify".into(), "/nowhere/evidence.json".into()], 66),
        (vec!["verify".into(), path(folder.path())], 66),
        (vec!["--help".into()], 0),
        (vec!["--version".into()], 0),
    ] {
        let found = run(&arguments);
        assert_eq!(found.code, code, "{arguments:?}: {}{}", found.out, found.err);
        assert!(code == 0 || !found.err.is_empty(), "{arguments:?} says why");
    }
}

#[test]
fn a_reader_who_stops_early_gets_no_error() {
    let case = valid();
    let mut child = crate::support::proveniq()
        .args(["verify", "-"].into_iter().map(str::to_owned).chain(trust(&case)))
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), case["evidence"].to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), b"".as_slice()));
}
