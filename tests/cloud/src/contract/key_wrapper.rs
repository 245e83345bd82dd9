//! The contract of [`KeyWrapper`].

use cloud::aead::Key;
use cloud::key_wrapper::{KeyVersion, KeyWrapper, WrapError};
use cloud::random::Random;

fn version(number: u32) -> KeyVersion {
    KeyVersion::new(number).unwrap()
}

/// All of it, for keys without a version.
pub async fn check(keys: &KeyWrapper) {
    the_only_version_is_never_destroyed(keys).await;
    a_wrapped_key_unwraps_under_its_version_and_associated_data_only(keys).await;
    a_destroyed_version_is_gone_for_good_and_its_number_too(keys).await;
}

async fn the_only_version_is_never_destroyed(keys: &KeyWrapper) {
    assert!(matches!(keys.destroy(version(1)).await, Err(WrapError::NoVersion(_))));
    let only = keys.create_version().await.unwrap();
    assert_eq!(only, version(1));
    assert!(matches!(keys.destroy(only).await, Err(WrapError::LastVersion(v)) if v == only));
    assert!(matches!(keys.destroy(version(7)).await, Err(WrapError::NoVersion(_))));
    keys.wrap(only, b"", &Key::generate(Random::system())).await.unwrap();
}

async fn a_wrapped_key_unwraps_under_its_version_and_associated_data_only(keys: &KeyWrapper) {
    let key = Key::generate(Random::system());
    let (first, second) = (version(1), keys.create_version().await.unwrap());
    assert_eq!(second, version(2));
    let wrapped = keys.wrap(first, b"generation 1", &key).await.unwrap();
    let unwrapped = keys.unwrap(first, b"generation 1", &wrapped).await.unwrap();
    assert_eq!(unwrapped.as_bytes(), key.as_bytes());
    for (version, associated) in [(second, &b"generation 1"[..]), (first, b"generation 2"), (first, b"")] {
        let refused = keys.unwrap(version, associated, &wrapped).await;
        assert!(matches!(refused, Err(WrapError::DoesNotOpen(_))), "{version}");
    }
    for place in [0, wrapped.len() / 2, wrapped.len() - 1] {
        let mut changed = wrapped.clone();
        changed[place] ^= 1;
        let refused = keys.unwrap(first, b"generation 1", &changed).await;
        assert!(matches!(refused, Err(WrapError::DoesNotOpen(_))), "byte {place}");
    }
    assert!(matches!(keys.unwrap(first, b"generation 1", b"").await, Err(WrapError::DoesNotOpen(_))));
    assert!(matches!(keys.wrap(version(9), b"", &key).await, Err(WrapError::NoVersion(_))));
    assert!(matches!(keys.unwrap(version(9), b"generation 1", &wrapped).await, Err(WrapError::NoVersion(_))));
}

async fn a_destroyed_version_is_gone_for_good_and_its_number_too(keys: &KeyWrapper) {
    let key = Key::generate(Random::system());
    let (first, second) = (version(1), version(2));
    let wrapped = keys.wrap(first, b"", &key).await.unwrap();
    keys.destroy(second).await.unwrap();
    keys.destroy(second).await.unwrap();
    assert!(matches!(keys.destroy(first).await, Err(WrapError::LastVersion(_))), "two is no longer there");
    assert_eq!(keys.create_version().await.unwrap(), version(3), "2 is not given again");
    keys.destroy(first).await.unwrap();
    assert!(matches!(keys.unwrap(first, b"", &wrapped).await, Err(WrapError::NoVersion(_))));
    assert!(matches!(keys.wrap(first, b"", &key).await, Err(WrapError::NoVersion(_))));
    keys.wrap(version(3), b"", &key).await.unwrap();
}
