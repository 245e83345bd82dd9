//! Buckets: the folder and Cloud Storage keep one contract.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use cloud::bucket::{Bucket, BucketAddress, BucketError, CloudStorage, Folder};
use cloud::clock::Clock;
use cloud_tests::contract::bucket::{check, path};
use cloud_tests::fake::Fault;
use cloud_tests::fake::storage::{BUCKET, FakeStorage};
use cloud_tests::folder::TestFolder;

const KEY: &str = "projects/ledger-eu/locations/europe-west1/keyRings/ledger/cryptoKeys/bucket";

fn bucket_with(fake: &FakeStorage, key: Option<&str>) -> Bucket {
    let Ok(BucketAddress::CloudStorage(name)) = format!("gs://{BUCKET}").parse() else { panic!("not a bucket") };
    Bucket::Google(CloudStorage::new(name, key.map(|key| key.parse().unwrap()), fake.server.access()))
}

fn bucket(fake: &FakeStorage) -> Bucket {
    bucket_with(fake, None)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_keeps_the_contract() {
    let root = TestFolder::new();
    let folder = Folder::create_in(&root, &"europe-west1".parse().unwrap(), Clock::System).unwrap();
    check(&Bucket::Folder(folder)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cloud_storage_keeps_the_contract() {
    let fake = FakeStorage::start().await;
    check(&bucket(&fake)).await;
}

#[tokio::test]
async fn a_bucket_in_several_regions_or_in_another_is_told_apart() {
    let fake = FakeStorage::start().await;
    let bucket = bucket(&fake);
    for (location, kind) in
        [("EU", "multi-region"), ("EUR4", "dual-region"), ("US", "multi-region"), ("EUROPE-WEST1", "dual-region")]
    {
        fake.lie_in(location, kind);
        assert!(matches!(bucket.location().await, Err(BucketError::NotOneRegion(found)) if found == location));
    }
    fake.lie_in("US-EAST1", "region");
    assert_eq!(bucket.location().await.unwrap(), "us-east1".parse().unwrap());
}

#[tokio::test]
async fn every_object_is_encrypted_with_the_key_that_is_set() {
    let fake = FakeStorage::start().await;
    let bucket = bucket_with(&fake, Some(KEY));
    let generation = bucket.create(&path("a"), b"1".to_vec()).await.unwrap();
    bucket.create(&path("large"), vec![7; 17 << 20]).await.unwrap();
    for name in ["a", "large"] {
        assert_eq!(fake.object(name).unwrap().kms_key.as_deref(), Some(KEY), "{name}");
    }
    bucket.replace(&path("a"), b"2".to_vec(), generation).await.unwrap();
    assert_eq!(fake.object("a").unwrap().kms_key.as_deref(), Some(KEY));
}

#[tokio::test]
async fn an_object_under_retention_is_made_and_never_replaced() {
    let fake = FakeStorage::start().await;
    fake.retain();
    let bucket = bucket(&fake);
    let generation = bucket.create(&path("a"), b"1".to_vec()).await.unwrap();
    assert!(matches!(bucket.replace(&path("a"), b"2".to_vec(), generation).await, Err(BucketError::Retained)));
    assert_eq!(fake.object("a").unwrap().bytes, b"1");
}

#[tokio::test]
async fn bytes_that_change_on_their_way_are_never_handed_out() {
    let fake = FakeStorage::start().await;
    let bucket = bucket(&fake);
    bucket.create(&path("a"), b"content".to_vec()).await.unwrap();
    fake.corrupt_next();
    assert!(matches!(bucket.get(&path("a")).await, Err(BucketError::Io(_))));
    assert_eq!(bucket.get(&path("a")).await.unwrap().unwrap().bytes, b"content");
}

#[tokio::test]
async fn a_call_that_goes_wrong_once_is_repeated() {
    for fault in [Fault::Refuse(503), Fault::Refuse(429), Fault::Hang] {
        let fake = FakeStorage::start().await;
        let bucket = bucket(&fake);
        fake.server.faults.at(0, fault);
        let first = bucket.create(&path("a"), b"1".to_vec()).await.unwrap();
        fake.server.faults.next(&[fault]);
        let second = bucket.replace(&path("a"), b"2".to_vec(), first).await.unwrap();
        fake.server.faults.next(&[fault]);
        assert_eq!(bucket.get(&path("a")).await.unwrap().unwrap().generation, second, "{fault:?}");
        fake.server.faults.next(&[fault]);
        bucket.location().await.unwrap();
        assert_eq!(fake.server.faults.calls().len(), 8, "{fault:?}");
    }
}

#[tokio::test]
async fn a_create_that_was_not_answered_finds_its_own_object() {
    for fault in [Fault::FailAfter, Fault::HangAfter] {
        let fake = FakeStorage::start().await;
        let bucket = bucket(&fake);
        fake.server.faults.at(0, fault);
        let outcome = bucket.create(&path("a"), b"1".to_vec()).await;
        assert!(matches!(outcome, Err(BucketError::Exists)), "{fault:?}");
        assert_eq!(fake.object("a").unwrap().bytes, b"1");
    }
}

#[tokio::test]
async fn a_replacement_that_was_not_answered_is_never_called_overtaken() {
    for fault in [Fault::FailAfter, Fault::HangAfter] {
        let fake = FakeStorage::start().await;
        let bucket = bucket(&fake);
        let first = bucket.create(&path("a"), b"1".to_vec()).await.unwrap();
        fake.server.faults.next(&[fault]);
        let outcome = bucket.replace(&path("a"), b"2".to_vec(), first).await;
        assert!(matches!(outcome, Err(BucketError::Io(_))), "{fault:?}: {outcome:?}");
        assert_eq!(fake.object("a").unwrap().bytes, b"2");
    }
}

#[tokio::test]
async fn a_bucket_that_never_answers_is_given_up() {
    let fake = FakeStorage::start().await;
    fake.server.faults.next(&[Fault::Hang; 3]);
    assert!(matches!(bucket(&fake).get(&path("a")).await, Err(BucketError::Io(_))));
    assert_eq!(fake.server.faults.calls().len(), 3);
}

#[tokio::test]
async fn a_refusal_is_not_repeated() {
    let fake = FakeStorage::start().await;
    fake.server.faults.at(0, Fault::Refuse(403));
    let refused = bucket(&fake).create(&path("a"), b"1".to_vec()).await;
    assert!(matches!(refused, Err(BucketError::Io(error)) if error.kind() == std::io::ErrorKind::PermissionDenied));
    assert_eq!(fake.server.faults.calls().len(), 1);
}

#[tokio::test]
async fn nothing_is_connected_before_the_first_call() {
    let fake = FakeStorage::start().await;
    let _bucket = bucket(&fake);
    assert_eq!(fake.server.faults.calls(), [""; 0]);
}
