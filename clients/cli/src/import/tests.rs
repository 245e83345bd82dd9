//! The sample that the repository carries, as events.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use clap::Parser;
use proptest::prelude::*;
use truth_kernel::canonical::{MAX_DEPTH, parse};
use web::event_type::built_in;

use super::csv_claim::{Claim, read};
use super::{Client, Options, Resume, events, run};

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    options: Options,
}

const SAMPLE: &str = include_str!("../../data/prism-sample.csv");

/// The claims of the sample.
pub fn sample() -> Vec<Claim> {
    read(SAMPLE.as_bytes()).unwrap()
}

fn options(url: &str, more: &[&str]) -> Options {
    let fixed = ["import", "--url", url, "--key", "k"];
    Line::try_parse_from(fixed.iter().chain(more)).unwrap().options
}

/// Answers the requests, one a connection, with these statuses and bodies, and tells each request's body.
pub fn serve(answers: Vec<(u16, String)>) -> (Client, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (told, asked) = channel();
    thread::spawn(move || {
        for (status, body) in answers {
            let stream = listener.accept().unwrap().0;
            // A test that does not care may have dropped the other end.
            let _ = told.send(request(&stream));
            respond(&stream, status, &body);
        }
    });
    (Client::new(&options(&url, &["-"]).server).unwrap(), asked)
}

fn request(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim().to_ascii_lowercase().split_once(": ") {
            Some(("content-length", digits)) => length = digits.parse().unwrap(),
            _ if line.trim().is_empty() => break,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    String::from_utf8(body).unwrap()
}

fn respond(mut stream: &TcpStream, status: u16, body: &str) {
    let length = body.len();
    write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}").unwrap();
}

/// A ledger that has what it was sent: it answers for each event whether it knows the key.
fn ledger() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let mut known = HashSet::new();
        for stream in listener.incoming().map(Result::unwrap) {
            let batch: serde_json::Value = serde_json::from_str(&request(&stream)).unwrap();
            let result = |event: &serde_json::Value| {
                let replayed = !known.insert(event["idempotency_key"].as_str().unwrap().to_owned());
                serde_json::json!({ "status": 201, "replayed": replayed, "evidence": {} })
            };
            let results: Vec<_> = batch["events"].as_array().unwrap().iter().map(result).collect();
            respond(&stream, 200, &serde_json::json!({ "results": results }).to_string());
        }
    });
    url
}

fn test_folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("proveniq-import-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn every_event_of_the_sample_fits_the_built_in_types_and_has_a_key_of_its_own() {
    let mut keys = HashSet::new();
    for claim in sample() {
        let events = events::of(&claim);
        assert!(events.len() == events::MOST && events.is_sorted_by_key(|event| &event.occurred_at));
        for event in events {
            let payload = parse(event.payload.to_string().as_bytes(), MAX_DEPTH).unwrap();
            let schema = &built_in()[&event.kind.parse().unwrap()];
            assert_eq!(schema.check(&payload), Ok(()), "{event:?}");
            assert!(keys.insert(event.idempotency_key));
        }
    }
    assert_eq!(keys.len(), 3 * 1_223);
}

#[test]
fn a_paid_claim_is_filed_paid_and_closed() {
    let claim = sample().into_iter().find(|claim| claim.number == "57").unwrap();
    let [filed, paid, closed] = events::of(&claim).try_into().unwrap();
    assert_eq!(
        serde_json::to_string(&filed).unwrap(),
        r#"{"type":"claim.filed","classification":"transactional","claim_id":"PRISM-57","tags":["claim"],"occurred_at":"2010-01-22T00:00:00.000Z","idempotency_key":"prism/57/claim.filed","payload":{"claim_liability":true,"deductible":"20000","limit":"200000.0","line_of_business":"Home","loss_date":"2008-01-14","reported_date":"2010-01-22","type":"Dwelling"}}"#
    );
    assert_eq!(paid.occurred_at, "2010-06-11T00:00:00.000Z");
    assert_eq!(
        paid.payload.to_string(),
        r#"{"amount":"95714.33221","kind":"indemnity","paid_date":"2010-06-11","source_amount":"95714.33221000001"}"#
    );
    assert_eq!(
        closed.payload.to_string(),
        r#"{"closed_date":"2010-06-11","outcome":"paid","paid":"95714.33221","source_paid":"95714.33221000001"}"#
    );
}

#[test]
fn a_claim_without_a_payment_is_decided() {
    let claim = sample().swap_remove(0);
    let [_, decided, closed] = events::of(&claim).try_into().unwrap();
    assert_eq!(
        decided.payload.to_string(),
        r#"{"amount":"0","decided_date":"2010-10-08","decision":"denied","reason":"not liable"}"#
    );
    assert_eq!(closed.payload["outcome"], "denied");
    let liable = events::of(&Claim { liable: true, ..claim });
    assert_eq!(
        (&liable[1].payload["decision"], &liable[2].payload["outcome"]),
        (&"approved".into(), &"settled".into())
    );
}

#[test]
fn a_file_with_a_fault_is_refused_whole_and_the_place_is_named() {
    let lines: Vec<&str> = SAMPLE.lines().take(3).collect();
    let with = |from: &str, to: &str| read(lines.join("\n").replace(from, to).as_bytes()).unwrap_err();
    assert!(with("10/27/2009", "27.10.2009").starts_with("line 3: ReportDate"));
    assert!(with("106460.3973,2010", "lots,2010").starts_with("line 3: TotalPayment"));
    assert!(with("CLOSED", "OPEN").starts_with("line 2: Status"));
    assert!(with("ReportDate", "Date").contains("no column ReportDate"));
    assert!(with("\n29,", "\n1,").contains("line 3: claim 1 is there twice"));
    assert!(with("\n29,", "\n29,29,").contains("fields"));
    assert!(read(b"").unwrap().is_empty());
    assert!(read(b"a,b\n").unwrap_err().contains("no column ClaimNo"));
}

#[test]
fn an_import_goes_on_only_for_the_same_file_ledger_and_key() {
    let folder = test_folder("resume");
    let client = |url: &str| Client::new(&options(url, &["-"]).server).unwrap();
    let resume = Resume::of(&folder, b"file", &client("http://a"));
    assert_eq!(resume.claims_done(), 0);
    resume.keep(166).unwrap();
    assert_eq!(Resume::of(&folder, b"file", &client("http://a/")).claims_done(), 166);
    assert_eq!(Resume::of(&folder, b"file", &client("http://b")).claims_done(), 0);
    assert_eq!(Resume::of(&folder, b"more", &client("http://a")).claims_done(), 0);
    for entry in std::fs::read_dir(folder.join("imports")).unwrap() {
        std::fs::write(entry.unwrap().path(), "{").unwrap();
    }
    assert_eq!(resume.claims_done(), 0, "a broken note only costs time");
}

#[test]
fn a_ledger_gets_every_claim_once_and_one_that_started_over_gets_all_again() {
    let folder = test_folder("whole");
    let file = folder.join("prism.csv");
    std::fs::write(&file, SAMPLE).unwrap();
    let [file, state] = [&file, &folder].map(|path| path.to_str().unwrap());
    let import = |url: &str, more: &[&str]| {
        let options = options(url, &[&["--state", state, file], more].concat());
        let client = Client::new(&options.server).unwrap();
        run(&options).unwrap();
        (Resume::of(&folder, SAMPLE.as_bytes(), &client), client)
    };
    let url = ledger();
    assert_eq!(import(&url, &["--limit", "200"]).0.claims_done(), 200);
    let (resume, client) = import(&url, &[]);
    assert_eq!(resume.claims_done(), 1_223);
    let all = super::send::all(&client, &sample(), 0, &mut |_| Ok(())).unwrap();
    assert_eq!((all.new, all.repeated), (0, 3 * 1_223));

    let (other, _) = import(&ledger(), &["--limit", "1"]);
    other.keep(1_223).unwrap();
    let again = super::done_before(&Client::new(&options(&ledger(), &["-"]).server).unwrap(), &sample(), &other);
    assert_eq!(again.unwrap(), (0, 3), "the last claim is not there, so none is");
}

proptest! {
    #[test]
    fn arbitrary_files_never_panic(bytes: Vec<u8>, at in 0_usize..400) {
        let _ = read(&bytes);
        let mut sample = SAMPLE.as_bytes()[..400].to_vec();
        sample.splice(at..at, bytes);
        let _ = read(&sample);
    }
}
