//! Google's emulator of Pub/Sub, where the Cloud SDK and Java are installed.

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use cloud::google::Access;
use cloud::topic::{GoogleTopic, Topic, TopicName};
use reqwest::Client;
use serde_json::{Value, json};

/// Starts the emulator, and ends it when standard input closes: with its owner, however that ends.
const GUARDED: &str = r#""$@" </dev/null & read -r _; kill "$!""#;

/// A running emulator.
#[derive(Debug)]
pub struct Emulator {
    guard: Child,
    url: String,
    client: Client,
}

impl Emulator {
    /// Starts one of the test's own; none where it is not installed, and then says so.
    pub async fn start(test: &str) -> Option<Self> {
        let Some(jar) = jar() else {
            private_postgres::skip(test, "pubsub-emulator");
            return None;
        };
        let port = free_port();
        let options = ["-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar"];
        let mut command = Command::new("sh");
        command.args(["-c", GUARDED, "pubsub-emulator", "java"]).args(options).arg(jar);
        command.args(["--host=127.0.0.1", &format!("--port={port}")]);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let guard = command.spawn().unwrap();
        let emulator = Self { guard, url: format!("http://127.0.0.1:{port}"), client: Client::new() };
        emulator.until_it_answers().await;
        Some(emulator)
    }

    async fn until_it_answers(&self) {
        for _ in 0..600 {
            if self.client.get(&self.url).send().await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the emulator does not answer on {}", self.url);
    }

    /// Its address, as `PUBSUB_ENDPOINT` wants it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A new topic.
    pub async fn topic(&self) -> TopicName {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("projects/claims-eu/topics/topic-{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let storage = json!({ "messageStoragePolicy": { "allowedPersistenceRegions": ["europe-west1"] } });
        self.put(&name, &storage).await;
        name.parse().unwrap()
    }

    /// A publisher to a topic.
    pub fn publisher(&self, topic: TopicName) -> Topic {
        let endpoint = cloud::google::endpoints::Endpoint::Given(self.url.parse().unwrap());
        Topic::Google(GoogleTopic::new(topic, Access::to(endpoint)))
    }

    /// Pushes a topic's messages to a URL; what is refused five times goes to the topic `dead`.
    pub async fn subscribe(&self, topic: &TopicName, url: &str, dead: Option<&TopicName>) {
        let name = topic.to_string().replace("/topics/", "/subscriptions/");
        let mut subscription = json!({
            "topic": topic.to_string(),
            "pushConfig": { "pushEndpoint": url },
            "ackDeadlineSeconds": 10,
            "retryPolicy": { "minimumBackoff": "0.1s", "maximumBackoff": "1s" },
        });
        if let Some(dead) = dead {
            let policy = json!({ "deadLetterTopic": dead.to_string(), "maxDeliveryAttempts": 5 });
            subscription["deadLetterPolicy"] = policy;
        }
        self.put(&name, &subscription).await;
    }

    async fn put(&self, name: &str, resource: &Value) {
        let request = self.client.put(format!("{}/v1/{name}", self.url)).json(resource);
        let answer = request.send().await.unwrap();
        let status = answer.status();
        assert!(status.is_success(), "{name}: {status} {}", answer.text().await.unwrap_or_default());
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        drop(self.guard.wait());
    }
}

/// The emulator's program: started itself, because the SDK's wrapper leaves it running when it is killed.
fn jar() -> Option<PathBuf> {
    find("java")?;
    let sdk = find("gcloud")?.canonicalize().ok()?.parent()?.parent()?.to_owned();
    let programs = std::fs::read_dir(sdk.join("platform/pubsub-emulator/lib")).ok()?;
    let is_jar = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("cloud-pubsub-emulator"))
    };
    programs.flatten().map(|entry| entry.path()).find(is_jar)
}

fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|path| path.is_file())
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}
