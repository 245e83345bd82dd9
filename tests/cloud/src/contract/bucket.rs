//! The contract of [`Bucket`].

use cloud::bucket::{Bucket, BucketError, LARGEST, Object, ObjectPath};
use tokio::task::JoinSet;

/// An object's path.
pub fn path(text: &str) -> ObjectPath {
    text.parse().unwrap()
}

/// All of it, for an empty bucket of `europe-west1`.
pub async fn check(bucket: &Bucket) {
    it_lies_in_its_region(bucket).await;
    a_created_object_is_read_back_and_never_overwritten(bucket).await;
    a_replacement_needs_the_generation_that_was_read(bucket).await;
    of_many_who_replace_the_same_generation_exactly_one_wins(bucket).await;
    of_many_who_create_the_same_object_exactly_one_wins(bucket).await;
    objects_of_any_size_are_whole(bucket).await;
    an_object_that_is_too_large_is_refused(bucket).await;
}

async fn it_lies_in_its_region(bucket: &Bucket) {
    assert_eq!(bucket.location().await.unwrap(), "europe-west1".parse().unwrap());
}

async fn a_created_object_is_read_back_and_never_overwritten(bucket: &Bucket) {
    let tile = path("log/1/tile/0/x001/234.p/12");
    assert_eq!(bucket.get(&tile).await.unwrap(), None);
    let generation = bucket.create(&tile, b"first".to_vec()).await.unwrap();
    assert!(matches!(bucket.create(&tile, b"second".to_vec()).await, Err(BucketError::Exists)));
    assert!(matches!(bucket.create(&tile, b"first".to_vec()).await, Err(BucketError::Exists)));
    let expected = Object { bytes: b"first".to_vec(), generation };
    assert_eq!(bucket.get(&tile).await.unwrap(), Some(expected));
    assert_eq!(bucket.get(&path("log/1")).await.unwrap(), None, "a folder is no object");
}

async fn a_replacement_needs_the_generation_that_was_read(bucket: &Bucket) {
    let name = path("log/1/checkpoint");
    let first = bucket.create(&name, b"1".to_vec()).await.unwrap();
    let absent = bucket.replace(&path("log/2/checkpoint"), b"0".to_vec(), first).await;
    assert!(matches!(absent, Err(BucketError::Changed)));
    let second = bucket.replace(&name, b"2".to_vec(), first).await.unwrap();
    assert!(second > first, "generations grow");
    assert!(matches!(bucket.replace(&name, b"3".to_vec(), first).await, Err(BucketError::Changed)));
    let expected = Object { bytes: b"2".to_vec(), generation: second };
    assert_eq!(bucket.get(&name).await.unwrap(), Some(expected));
}

async fn of_many_who_replace_the_same_generation_exactly_one_wins(bucket: &Bucket) {
    let name = path("counter");
    bucket.create(&name, b"0".to_vec()).await.unwrap();
    let mut adders = JoinSet::new();
    for _ in 0..8 {
        let (bucket, name) = (bucket.clone(), name.clone());
        adders.spawn(async move {
            for _ in 0..5 {
                while !increment(&bucket, &name).await {}
            }
        });
    }
    adders.join_all().await;
    assert_eq!(bucket.get(&name).await.unwrap().unwrap().bytes, b"40");
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

async fn of_many_who_create_the_same_object_exactly_one_wins(bucket: &Bucket) {
    let create = |number: u8| {
        let bucket = bucket.clone();
        async move { (number, bucket.create(&path("race"), vec![number]).await) }
    };
    let done = (0..8).map(create).collect::<JoinSet<_>>().join_all().await;
    let winners: Vec<u8> = done.iter().filter(|(_, outcome)| outcome.is_ok()).map(|(number, _)| *number).collect();
    assert_eq!(winners.len(), 1);
    assert!(done.iter().all(|(_, outcome)| matches!(outcome, Ok(_) | Err(BucketError::Exists))));
    assert_eq!(bucket.get(&path("race")).await.unwrap().unwrap().bytes, winners);
}

/// Empty, small, all bytes, and more than what is uploaded in one request.
async fn objects_of_any_size_are_whole(bucket: &Bucket) {
    let all_bytes: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    let boundary = b"\r\n--\r\n\r\n--x--\r\n".to_vec();
    let large: Vec<u8> = (0..17_000_000_u32).map(|number| number.to_le_bytes()[(number % 4) as usize]).collect();
    for (name, bytes) in [("empty", Vec::new()), ("all", all_bytes), ("boundary", boundary), ("large", large)] {
        bucket.create(&path(name), bytes.clone()).await.unwrap();
        assert!(bucket.get(&path(name)).await.unwrap().unwrap().bytes == bytes, "{name}");
    }
}

async fn an_object_that_is_too_large_is_refused(bucket: &Bucket) {
    let refused = bucket.create(&path("huge"), vec![0; LARGEST + 1]).await;
    assert!(matches!(refused, Err(BucketError::TooLarge(_))));
    assert_eq!(bucket.get(&path("huge")).await.unwrap(), None);
}
