//! An authority behind HTTP that can be made to fail.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use cloud::random::Random;
use private_authority::{Authority, Plan};
use timestamp::{REPLY_TYPE, Roots};
use tokio::sync::Mutex;

/// How the authority behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// It stamps.
    Right,
    /// It answers 500 before it has stamped anything.
    Failing,
    /// It stamps, and its answer is lost on the way.
    LosingAnswers,
    /// It stamps an older request instead.
    Repeating,
    /// It says that it is something else.
    OtherType,
    /// It answers with more than anybody wants to read.
    Endless,
    /// It refuses, as RFC 3161 has it.
    Refusing,
}

#[derive(Clone)]
pub struct TestAuthority(Arc<Inner>);

struct Inner {
    authority: Authority,
    folder: PathBuf,
    mood: Mutex<Mood>,
    stamped: AtomicU32,
    last: Mutex<Option<Vec<u8>>>,
    url: String,
}

impl TestAuthority {
    /// None where the program is missing, which the test has then said.
    pub async fn start(test: &str) -> Option<Self> {
        if !private_authority::is_installed() {
            private_postgres::skip(test, "openssl");
            return None;
        }
        let folder = std::env::temp_dir()
            .join(format!("proveniq-authority-{:032x}", u128::from_be_bytes(Random::system().bytes())));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let inner = Inner {
            authority: Authority::prepare(&folder, &Plan::default()).unwrap(),
            folder,
            mood: Mutex::new(Mood::Right),
            stamped: AtomicU32::new(0),
            last: Mutex::new(None),
            url: format!("http://{}/timestamp", listener.local_addr().unwrap()),
        };
        let this = Self(Arc::new(inner));
        let router = Router::new().route("/timestamp", post(answer)).with_state(this.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Some(this)
    }

    pub fn url(&self) -> &str {
        &self.0.url
    }

    pub fn roots_file(&self) -> PathBuf {
        self.0.authority.roots()
    }

    pub fn roots(&self) -> Roots {
        Roots::from_pem(&std::fs::read(self.roots_file()).unwrap()).unwrap()
    }

    /// Tokens issued so far.
    pub fn stamped(&self) -> u32 {
        self.0.stamped.load(Ordering::SeqCst)
    }

    pub async fn be(&self, mood: Mood) {
        *self.0.mood.lock().await = mood;
    }

    async fn reply(&self, query: &[u8]) -> Vec<u8> {
        self.0.stamped.fetch_add(1, Ordering::SeqCst);
        let reply = self.0.authority.reply(query).unwrap();
        *self.0.last.lock().await = Some(reply.clone());
        reply
    }
}

async fn answer(State(authority): State<TestAuthority>, query: Bytes) -> Response {
    let typed = |reply: Vec<u8>| ([(header::CONTENT_TYPE, REPLY_TYPE)], reply).into_response();
    let mood = *authority.0.mood.lock().await;
    match mood {
        Mood::Right => typed(authority.reply(&query).await),
        Mood::Failing => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Mood::LosingAnswers => {
            authority.reply(&query).await;
            StatusCode::BAD_GATEWAY.into_response()
        }
        Mood::Repeating => typed(authority.0.last.lock().await.clone().unwrap()),
        Mood::OtherType => ([(header::CONTENT_TYPE, "text/html")], authority.reply(&query).await).into_response(),
        Mood::Endless => typed(vec![0x30; 1 << 20]),
        Mood::Refusing => typed(authority.0.authority.reply(b"not a query").unwrap()),
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
