//! Every call of a run, each fault.

use std::time::Duration;

use cloud::bucket::{Bucket, BucketAddress, CloudStorage};
use cloud::google::{Access, Budget, Kms};
use cloud::signer::{KmsSigner, Signer};
use cloud_tests::fake::kms::{FakeKms, RING};
use cloud_tests::fake::storage::{BUCKET, FakeStorage};
use cloud_tests::fake::{Fault, Faults, Server};
use proof_batcher::{Limits, Sealer};
use truth_kernel::classification::Mode;

use crate::ledger::{Ledger, origin, test_log};

const FAULTS: [Fault; 5] = [Fault::Refuse(503), Fault::Refuse(429), Fault::FailAfter, Fault::Hang, Fault::HangAfter];

/// Events of a round: enough for a full tile and a partial one now and then, few enough for many rounds.
const EVENTS: usize = 90;

/// A ledger whose bucket and keys are in Google Cloud.
struct Scene {
    storage: FakeStorage,
    kms: FakeKms,
    ledger: Ledger,
    attempts: u32,
}

impl Scene {
    /// One whose clients try each call this often.
    async fn new(attempts: u32) -> Self {
        let (storage, kms) = (FakeStorage::start().await, FakeKms::start().await);
        let bucket = bucket(access(&storage.server, 3));
        let ledger = Ledger::beside(&bucket).await;
        Self { storage, kms, ledger, attempts }
    }

    /// A batcher that has just started: with connections of its own.
    async fn sealer(&self, attempts: u32) -> Sealer {
        let kms = Kms::new(access(&self.kms.server, attempts));
        let mut signers = Vec::new();
        for mode in [Mode::Live, Mode::Test] {
            let key = format!("{RING}/cryptoKeys/log/cryptoKeyVersions/1").parse().unwrap();
            let signer = KmsSigner::fetch(kms.clone(), key, origin(mode).as_str()).await.unwrap();
            signers.push(Signer::Google(signer));
        }
        let store = self.ledger.region.store("fn_proof_batcher");
        let limits = Limits { pause: Duration::ZERO, ..Limits::default() };
        Sealer::new(store, bucket(access(&self.storage.server, attempts)), signers).with_limits(limits)
    }

    /// One round: events, a run in which one call goes wrong, a run in which none does. Answers whether the call was made at all.
    async fn round(&self, faults: &Faults, call: usize, fault: Fault) -> bool {
        self.ledger.append(EVENTS).await;
        let sealer = self.sealer(self.attempts).await;
        faults.at(faults.calls().len() + call, fault);
        // It may fail: that is what the next run is for.
        let _ = sealer.run().await;
        let happened = faults.cancel() == 0;
        self.sealer(3).await.run().await.unwrap();
        happened
    }
}

fn bucket(access: Access) -> Bucket {
    let Ok(BucketAddress::CloudStorage(name)) = format!("gs://{BUCKET}").parse() else { panic!("not a bucket") };
    Bucket::Google(CloudStorage::new(name, None, access))
}

fn access(server: &Server, attempts: u32) -> Access {
    let attempt = Duration::from_millis(if attempts == 1 { 250 } else { 2_000 });
    server.access().with_budget(Budget { attempt, attempts, ..server.access().budget() })
}

/// Lets every call of a run to one service go wrong, in every way, and checks the log after each.
async fn go_through(attempts: u32, service: fn(&Scene) -> &Faults) {
    for fault in FAULTS {
        let scene = Scene::new(attempts).await;
        let (mut size, mut call) = (0, 0);
        loop {
            let happened = scene.round(service(&scene), call, fault).await;
            size += EVENTS as u64;
            assert_eq!(scene.ledger.verify_log(&test_log(), 37).await, size, "{fault:?} in call {call}");
            if !happened {
                break;
            }
            call += 1;
        }
        assert!(call > 0, "no call went wrong");
    }
}

fn of_storage(scene: &Scene) -> &Faults {
    &scene.storage.server.faults
}

fn of_kms(scene: &Scene) -> &Faults {
    &scene.kms.server.faults
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_when_any_call_to_cloud_storage_is_the_last_of_a_run() {
    go_through(1, of_storage).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_when_any_call_to_cloud_kms_is_the_last_of_a_run() {
    go_through(1, of_kms).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_survives_any_call_that_goes_wrong_once() {
    let scene = Scene::new(3).await;
    let mut size = 0;
    for fault in [Fault::Refuse(503), Fault::Refuse(429), Fault::FailAfter] {
        for call in 0.. {
            scene.ledger.append(EVENTS).await;
            let faults = of_storage(&scene);
            let sealer = scene.sealer(3).await;
            faults.at(faults.calls().len() + call, fault);
            let outcome = sealer.run().await;
            let happened = faults.cancel() == 0;
            size += EVENTS as u64;
            // A replacement of the checkpoint that was carried out and not answered is an unknown outcome: the next run looks.
            if outcome.is_err() {
                assert_eq!(fault, Fault::FailAfter, "call {call}: {outcome:?}");
                scene.sealer(3).await.run().await.unwrap();
            }
            assert_eq!(scene.ledger.verify_log(&test_log(), 37).await, size, "{fault:?} in call {call}");
            if !happened {
                break;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_batchers_share_a_bucket_in_cloud_storage() {
    let scene = Scene::new(3).await;
    for round in 1..=5 {
        scene.ledger.append(EVENTS).await;
        let (one, other) = (scene.sealer(3).await, scene.sealer(3).await);
        let (one, other) = tokio::join!(one.run(), other.run());
        assert!(one.is_ok() && other.is_ok(), "{one:?} {other:?}");
        scene.sealer(3).await.run().await.unwrap();
        assert_eq!(scene.ledger.verify().await, round * EVENTS as u64);
    }
}
