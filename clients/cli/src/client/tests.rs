//! The client before a server that says what the test wants.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use super::{Client, ClientError, Server, is_local};

/// Answers the requests, one a connection, with these statuses and bodies, and tells each request's first line and body.
pub fn serve(answers: Vec<(u16, String)>) -> (Client, Receiver<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (told, asked) = channel();
    thread::spawn(move || {
        for answer in answers {
            respond(&listener.accept().unwrap().0, &answer, &told);
        }
    });
    (Client::new(&Server { url, key: "k".to_owned() }), asked)
}

fn respond(mut stream: &TcpStream, (status, body): &(u16, String), told: &Sender<(String, String)>) {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        lines.push(line.trim().to_ascii_lowercase());
    }
    let length = lines.iter().find_map(|line| line.strip_prefix("content-length: "));
    let mut sent = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    reader.read_exact(&mut sent).unwrap();
    assert!(lines.contains(&"authorization: bearer k".to_owned()), "{lines:?}");
    let length = body.len();
    write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}").unwrap();
    // A test that does not care may have dropped the other end.
    let _ = told.send((lines[0].clone(), String::from_utf8(sent).unwrap()));
}

#[test]
fn a_problem_is_told_with_all_that_helps() {
    let body = r#"{"type":"https://proveniq.dev/problems/payload-does-not-fit","title":"It does not fit","status":422,
        "errors":[{"pointer":"/payload/amount","detail":"not a string"}],"instance":"urn:proveniq:trace:1","new":true}"#;
    let (client, asked) = serve(vec![(422, body.to_owned())]);
    let error = client.post("/api/v1/events", "{}", Some("a")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "It does not fit (status 422)\n  /payload/amount: not a string\n  to quote when asking for help: urn:proveniq:trace:1"
    );
    assert_eq!(asked.recv().unwrap(), ("post /api/v1/events http/1.1".to_owned(), "{}".to_owned()));
}

#[test]
fn what_is_no_ledger_is_told_from_one_that_is_away() {
    for (status, body) in [(404, "<html>"), (302, ""), (500, r#"{"status":404,"title":"x"}"#)] {
        let (client, _asked) = serve(vec![(status, body.to_owned())]);
        let error = client.get("/api/v1/checkpoint", "*/*").unwrap_err();
        assert!(matches!(error, ClientError::Foreign { .. }), "{error}");
    }
    let (client, _asked) = serve(vec![(200, "{".to_owned())]);
    let answer: Result<Vec<u8>, _> = client.get_json("/");
    assert!(matches!(answer, Err(ClientError::Foreign { .. })));
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let away = Client::new(&Server { url: format!("http://{port}"), key: String::new() });
    let error = away.get("/", "*/*").unwrap_err();
    assert!(matches!(error, ClientError::Unreachable { .. }), "{error}");
}

#[test]
fn a_log_without_a_checkpoint_is_no_failure() {
    let problem = r#"{"title":"There is nothing here","status":404}"#;
    let (client, asked) = serve(vec![(404, problem.to_owned()), (200, "note".to_owned())]);
    assert_eq!(client.checkpoint(Some("test-1")).unwrap(), None);
    assert_eq!(client.checkpoint(None).unwrap().as_deref(), Some("note"));
    assert_eq!(asked.recv().unwrap().0, "get /api/v1/checkpoint?log=test-1 http/1.1");
}

#[test]
fn only_this_machine_is_local() {
    for (url, local) in [
        ("http://127.0.0.1:7701", true),
        ("http://localhost/x", true),
        ("http://[::1]:80", true),
        ("http://127.0.0.1.example.com", false),
        ("https://ledger.example", false),
    ] {
        assert_eq!(is_local(url), local, "{url}");
    }
}
