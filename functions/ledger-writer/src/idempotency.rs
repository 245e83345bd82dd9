//! What an idempotency key claims in the database.

use truth_kernel::hash::sha256;
use uuid::Uuid;
use web::idempotency::IdempotencyKey;

/// The route of appended events. One for `/events` and `/events/batch`: an event keeps its key whichever way it is sent again.
pub(crate) const EVENTS: &str = "/api/v1/events";

/// The first half of SHA-256(route ‖ 0 ‖ key). Routes and keys have no zero byte, so no two pairs collide.
pub(crate) fn digest(route: &str, key: &IdempotencyKey) -> Uuid {
    let hash = sha256(&[route.as_bytes(), &[0], key.as_str().as_bytes()]);
    let [half, _] = hash.as_bytes().as_chunks::<16>().0 else { return Uuid::nil() };
    Uuid::from_bytes(*half)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::{EVENTS, IdempotencyKey, digest, sha256};

    #[test]
    fn a_digest_is_the_first_half_of_the_hash_of_route_and_key() {
        let key = IdempotencyKey::parse("walk-1").unwrap();
        let hash = sha256(&[b"/api/v1/events\0walk-1"]);
        assert_eq!(digest(EVENTS, &key).as_bytes(), &hash.as_bytes()[..16]);
        assert_ne!(digest(EVENTS, &key), digest("/api/v1/claims/1/verify", &key));
    }
}
