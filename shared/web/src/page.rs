//! Pages of a list: how many, and where to go on.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use thiserror::Error;
use truth_kernel::hash::sha256;

use crate::caller::Caller;
use crate::problem::Problem;

/// How many items a page holds: 1 to 500, 50 if not said.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "u16")]
pub struct Limit(u16);

/// A number that is not a [`Limit`].
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("limit must be between 1 and 500")]
pub struct NotALimit;

impl Limit {
    /// The number of items.
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(50)
    }
}

impl TryFrom<u16> for Limit {
    type Error = NotALimit;

    fn try_from(number: u16) -> Result<Self, NotALimit> {
        if (1..=500).contains(&number) { Ok(Self(number)) } else { Err(NotALimit) }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

const FORMAT: u8 = 1;
const BINDING: usize = 16;

/// One list as one caller sees it: organization, mode, route and filters. A cursor belongs to its list
/// and is refused in every other; it is no secret and no permission, since every page is read under the
/// caller's own rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct List([u8; BINDING]);

impl List {
    /// The list of `route` under these filters (name and value; the order matters).
    pub fn new(caller: &Caller, route: &str, filters: &[(&str, &str)]) -> Self {
        let who = (caller.org.to_string(), caller.mode.as_str());
        // JSON, because its strings cannot run into each other.
        let bytes = serde_json::to_vec(&(who, route, filters)).unwrap_or_default();
        let mut binding = [0; BINDING];
        binding.copy_from_slice(&sha256(&[&bytes]).as_bytes()[..BINDING]);
        Self(binding)
    }

    /// The cursor after the item at `position`: a sequence number, or an id as a number.
    pub fn cursor(&self, position: u128) -> String {
        let bytes = [&[FORMAT][..], &self.0, &position.to_be_bytes()].concat();
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The position that a cursor of this list stands for.
    pub fn position(&self, cursor: &str) -> Result<u128, Problem> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| Problem::invalid_cursor())?;
        let position = bytes.strip_prefix(&[FORMAT]).and_then(|rest| rest.strip_prefix(&self.0));
        let position = position.and_then(|position| position.try_into().ok());
        position.map(u128::from_be_bytes).ok_or_else(Problem::invalid_cursor)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use proptest::prelude::{any, proptest};
    use truth_kernel::classification::Mode;
    use truth_kernel::id::{ApiKeyId, OrgId};

    use super::{Caller, List};
    use crate::scope::Scopes;

    fn caller(org: u8, mode: Mode) -> Caller {
        Caller {
            org: OrgId::from_parts(1, [org; 10]),
            mode,
            key: ApiKeyId::from_parts(1, [2; 10]),
            scopes: Scopes::default(),
            region: "europe-west1".parse().unwrap(),
            operator: false,
            generation: 1,
            secret_sha256: truth_kernel::hash::Hash::ZERO,
        }
    }

    #[test]
    fn a_cursor_from_elsewhere_is_refused() {
        let me = caller(1, Mode::Live);
        let here = List::new(&me, "/events", &[("type", "claim.filed")]);
        let cursor = here.cursor(7);
        assert_eq!(here.position(&cursor).unwrap(), 7);
        let mut other_key = me.clone();
        other_key.key = ApiKeyId::from_parts(9, [9; 10]);
        let same = List::new(&other_key, "/events", &[("type", "claim.filed")]);
        assert_eq!(same.position(&cursor).unwrap(), 7, "another key of the same organization goes on");
        for elsewhere in [
            List::new(&caller(2, Mode::Live), "/events", &[("type", "claim.filed")]),
            List::new(&caller(1, Mode::Test), "/events", &[("type", "claim.filed")]),
            List::new(&me, "/keys", &[("type", "claim.filed")]),
            List::new(&me, "/events", &[("type", "claim.closed")]),
            List::new(&me, "/events", &[("typeclaim", ".filed")]),
            List::new(&me, "/events", &[]),
        ] {
            assert_eq!(elsewhere.position(&cursor).unwrap_err().kind().slug, "invalid-cursor");
        }
    }

    proptest! {
        #[test]
        fn a_cursor_gives_its_position_back(position: u128) {
            let list = List::new(&caller(1, Mode::Live), "/events", &[]);
            assert_eq!(list.position(&list.cursor(position)).unwrap(), position);
        }

        #[test]
        fn foreign_text_is_refused_and_never_panics(text in any::<String>()) {
            let list = List::new(&caller(1, Mode::Live), "/events", &[]);
            assert!(list.position(&text).is_err());
        }
    }
}
