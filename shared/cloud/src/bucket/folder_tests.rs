#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::path::Path;

use truth_kernel::time::Timestamp;

use super::{BucketError, Clock, Folder, Generation, Object, ObjectPath, fs};
use crate::bucket::Bucket;
use crate::test_folder::TestFolder;

fn bucket(root: &Path) -> Bucket {
    Bucket::Folder(Folder::create_in(root, &region("europe-west1"), Clock::System).unwrap())
}

fn region(code: &str) -> truth_kernel::region::Region {
    code.parse().unwrap()
}

fn path(text: &str) -> ObjectPath {
    text.parse().unwrap()
}

/// The names of all objects and of all unfinished writes.
fn files(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root.join("objects"), root.join("staging")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                found.push(entry.file_name().into_string().unwrap());
            }
        }
    }
    found
}

#[tokio::test]
async fn a_created_object_is_read_back_and_never_overwritten() {
    let root = TestFolder::new();
    let (bucket, tile) = (bucket(&root), path("log/1/tile/0/000"));
    assert_eq!(bucket.get(&tile).await.unwrap(), None);
    let generation = bucket.create(&tile, b"first".to_vec()).await.unwrap();
    assert!(matches!(bucket.create(&tile, b"second".to_vec()).await, Err(BucketError::Exists)));
    let expected = Object { bytes: b"first".to_vec(), generation };
    assert_eq!(bucket.get(&tile).await.unwrap(), Some(expected));
    assert_eq!(bucket.get(&path("log/1")).await.unwrap(), None, "a folder is no object");
    assert_eq!(bucket.get(&path("log/1/tile/0/000/1")).await.unwrap(), None);
    assert_eq!(files(&root), ["000"], "no temporary file stays behind");
}

#[tokio::test]
async fn a_replacement_needs_the_generation_that_was_read() {
    let root = TestFolder::new();
    let (bucket, name) = (bucket(&root), path("checkpoint"));
    let absent = bucket.replace(&name, b"0".to_vec(), Generation(1)).await;
    assert!(matches!(absent, Err(BucketError::Changed)));
    let first = bucket.create(&name, b"1".to_vec()).await.unwrap();
    let second = bucket.replace(&name, b"2".to_vec(), first).await.unwrap();
    assert!(second > first);
    assert!(matches!(bucket.replace(&name, b"3".to_vec(), first).await, Err(BucketError::Changed)));
    assert_eq!(bucket.get(&name).await.unwrap().unwrap().bytes, b"2");
    assert_eq!(files(&root), ["checkpoint"]);
}

#[tokio::test]
async fn generations_grow_even_when_the_clock_runs_backwards() {
    let root = TestFolder::new();
    let (clock, hands) = Clock::manual(Timestamp::from_millis(1_700_000_000_000));
    let folder = Folder::create_in(&root, &region("us-east1"), clock).unwrap();
    let (bucket, name) = (Bucket::Folder(folder), path("checkpoint"));
    let mut last = bucket.create(&name, b"0".to_vec()).await.unwrap();
    for step in [0, -5_000, 1, 5_000] {
        hands.advance(step);
        let next = bucket.replace(&name, b"x".to_vec(), last).await.unwrap();
        assert!(next > last, "step {step}");
        last = next;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_replace_the_same_generation_exactly_one_wins() {
    let root = TestFolder::new();
    let name = path("counter");
    bucket(&root).create(&name, b"0".to_vec()).await.unwrap();
    // Each opens the bucket anew, as another process would: only the file system is shared.
    let mut adders = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (bucket, name) = (bucket(&root), name.clone());
        adders.spawn(async move {
            for _ in 0..10 {
                while !increment(&bucket, &name).await {}
            }
        });
    }
    adders.join_all().await;
    assert_eq!(bucket(&root).get(&name).await.unwrap().unwrap().bytes, b"80");
}

async fn increment(bucket: &Bucket, name: &ObjectPath) -> bool {
    let object = bucket.get(name).await.unwrap().unwrap();
    let next: u32 = str::from_utf8(&object.bytes).unwrap().parse::<u32>().unwrap() + 1;
    match bucket.replace(name, next.to_string().into_bytes(), object.generation).await {
        Ok(_) => true,
        Err(BucketError::Changed) => false,
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn a_bucket_knows_its_region_and_refuses_another() {
    let root = TestFolder::new();
    assert_eq!(bucket(&root).location().await.unwrap(), region("europe-west1"));
    let other = Folder::create_in(&root, &region("us-east1"), Clock::System);
    assert!(matches!(other, Err(BucketError::Elsewhere(found)) if found == region("europe-west1")));
    let nothing = Folder::open(&root.join("nothing"), Clock::System);
    assert!(matches!(nothing, Err(BucketError::NotABucket(_))));
}

#[tokio::test]
async fn a_full_disk_is_a_typed_error() {
    // /dev/full answers every write with "no space left on device".
    let error = std::io::Write::write_all(&mut fs::File::create("/dev/full").unwrap(), b"x").unwrap_err();
    assert!(matches!(BucketError::from(error), BucketError::Full));
}

#[tokio::test]
async fn what_a_killed_writer_left_is_swept_after_an_hour() {
    let root = TestFolder::new();
    let bucket = bucket(&root);
    let left = |name: &str, age_seconds: i64| {
        let file = fs::File::create(root.join("staging").join(name)).unwrap();
        let written = Clock::System.now().millis() - age_seconds * 1_000;
        let since_epoch = std::time::Duration::from_millis(written.try_into().unwrap());
        file.set_modified(std::time::UNIX_EPOCH + since_epoch).unwrap();
    };
    left("old", 3_700);
    left("young", 3_500);
    Folder::open(&root, Clock::System).unwrap();
    assert_eq!(files(&root), ["young"]);
    assert_eq!(bucket.get(&path("young")).await.unwrap(), None, "it is no object");
}
