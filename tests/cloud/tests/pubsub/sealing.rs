//! From an append to a published checkpoint through Pub/Sub, whose pushes show tokens that an issuer signed.

use std::time::Duration;

use axum::Router;
use cloud::bucket::{Bucket, Folder};
use cloud::clock::Clock;
use cloud::random::Random;
use cloud::signer::Signer;
use cloud::topic::{Message, TopicName};
use cloud_tests::emulator::Emulator;
use cloud_tests::issuer::{ACCOUNT, AUDIENCE, ISSUER, Issuer, serve};
use cloud_tests::receiver::Receiver;
use proof_batcher::{Batcher, Sealer, endpoints};
use store::append::Outcome;
use test_support::draft::claim_filed;
use test_support::{TestRegion, log_signer};
use truth_kernel::classification::Mode;
use web::config::{Environment, Routes, Settings};
use web::metrics::Metrics;
use web::serve::Ready;

/// A batcher of a region's test log behind Pub/Sub.
struct Stage {
    region: TestRegion,
    emulator: Emulator,
    topic: TopicName,
    url: String,
    issuer: Issuer,
    followers: Receiver,
}

impl Stage {
    /// One whose pushes come `copies` times each; none where the emulator is not installed.
    async fn new(test: &str, copies: usize) -> Option<Self> {
        let emulator = Emulator::start(test).await?;
        let (region, issuer) = (TestRegion::new().await, Issuer::start().await);
        let (topic, published) = (emulator.topic().await, emulator.topic().await);
        let followers = Receiver::answering([]).await;
        emulator.subscribe(&published, followers.url(), None).await;
        let folder = std::env::temp_dir()
            .join(format!("proveniq-pubsub-{:032x}", u128::from_be_bytes(Random::system().bytes())));
        let bucket = Folder::create_in(&folder, &TestRegion::founding().region, Clock::System).unwrap();
        let signers = [Mode::Live, Mode::Test].map(|mode| Signer::KeyFile(log_signer(&TestRegion::log(mode))));
        let sealer = Sealer::new(region.store("fn_proof_batcher"), Bucket::Folder(bucket), signers.into())
            .with_followers(Some(emulator.publisher(published)));
        let url = format!("{}/push/seal", serve(router(sealer, &issuer)).await);
        emulator.subscribe(&topic, &issuer.pusher(url.clone(), copies).await, None).await;
        Some(Self { region, emulator, topic, url, issuer, followers })
    }

    async fn append(&self, count: usize) {
        let (org, appender) = (self.region.organization().await, self.region.appender());
        for _ in 0..count {
            let outcome = appender.append(claim_filed(org, 1, None)).await.unwrap();
            assert!(matches!(outcome, Outcome::Appended(_)));
        }
    }

    async fn published(&self) -> u64 {
        let store = self.region.store("fn_query");
        let log = store.begin_system().await.unwrap().logs().state(&TestRegion::log(Mode::Test)).await.unwrap();
        log.unwrap().published_size
    }

    async fn until_published(&self, size: u64) {
        for _ in 0..600 {
            if self.published().await >= size {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{} of {size} are published", self.published().await);
    }
}

/// Configured as its container is: tokens are what lets a pusher in.
fn router(sealer: Sealer, issuer: &Issuer) -> Router {
    let mut environment = Environment::from([
        ("REGION", "europe-west1"),
        ("PUSH_AUDIENCE", AUDIENCE),
        ("PUSH_SERVICE_ACCOUNTS", ACCOUNT),
        ("PUSH_ISSUER", ISSUER),
        ("PUSH_JWKS_URL", issuer.keys_url()),
    ]);
    let pusher = Settings::read(&mut environment).unwrap().pusher;
    let service = endpoints().select(&Routes::All, Batcher { sealer, pusher }).unwrap();
    service.into_router(Ready::when(|| async { true }), Metrics::default())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nudge_through_pub_sub_seals_and_tells_the_followers() {
    let Some(stage) = Stage::new("a_nudge_through_pub_sub_seals_and_tells_the_followers", 1).await else { return };
    stage.append(5).await;
    stage.emulator.publisher(stage.topic.clone()).publish(Message::nudge()).await.unwrap();
    stage.until_published(5).await;
    stage.followers.until(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pushes_that_come_three_times_seal_once() {
    let Some(stage) = Stage::new("pushes_that_come_three_times_seal_once", 3).await else { return };
    let topic = stage.emulator.publisher(stage.topic.clone());
    for round in 1..=4 {
        stage.append(3).await;
        topic.publish(Message::nudge()).await.unwrap();
        stage.until_published(3 * round).await;
    }
    assert_eq!(stage.published().await, 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pusher_needs_a_token_of_the_account_for_this_function() {
    let Some(stage) = Stage::new("a_pusher_needs_a_token_of_the_account_for_this_function", 1).await else { return };
    let client = reqwest::Client::new();
    let push = async |token: &str| {
        let request = client.post(&stage.url).header("content-type", "application/json").bearer_auth(token);
        request.body(r#"{"message":{"messageId":"1"}}"#).send().await.unwrap().status().as_u16()
    };
    assert_eq!(push("").await, 401);
    assert_eq!(push(&stage.issuer.token("somebody@claims-eu.iam.gserviceaccount.com", AUDIENCE)).await, 401);
    assert_eq!(push(&stage.issuer.token(ACCOUNT, "https://query.example")).await, 401);
    assert_eq!(push(&stage.issuer.token(ACCOUNT, AUDIENCE)).await, 204);
}
