//! A server that answers what a test tells it to: honest logs and lying ones.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What a request asks, and what the server answers.
type Answers = dyn FnMut(&Request) -> (u16, String) + Send;

/// A request, parsed as far as tests look at it.
#[derive(Debug)]
pub struct Request {
    /// Method and target, such as `GET /x?y=1`.
    pub line: String,
    pub key: Option<String>,
    pub idempotency_key: Option<String>,
    pub body: String,
}

/// Serves until the test ends; answers with its base URL.
pub fn serve(answers: impl FnMut(&Request) -> (u16, String) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let answers: Arc<Mutex<Box<Answers>>> = Arc::new(Mutex::new(Box::new(answers)));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answers = Arc::clone(&answers);
            std::thread::spawn(move || while answer(&stream, &answers).is_some() {});
        }
    });
    url
}

fn answer(stream: &TcpStream, answers: &Mutex<Box<Answers>>) -> Option<()> {
    let request = request(stream)?;
    let (status, body) = answers.lock().ok()?(&request);
    let head =
        format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\ncontent-type: application/json\r\n\r\n", body.len());
    let mut stream = stream;
    stream.write_all(format!("{head}{body}").as_bytes()).ok()
}

fn request(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        if line == "\r\n" {
            break;
        }
        lines.push(line.trim_end().to_owned());
    }
    let header = |name: &str| {
        let line = lines.iter().find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}:")))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let mut body = vec![0; header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some(Request {
        line: lines.first()?.trim_end_matches(" HTTP/1.1").to_owned(),
        key: header("x-api-key"),
        idempotency_key: header("idempotency-key"),
        body: String::from_utf8(body).ok()?,
    })
}
