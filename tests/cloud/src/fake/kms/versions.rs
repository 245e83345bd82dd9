//! Versions of the wrapping key.

use std::collections::BTreeMap;

use cloud::aead::{Cipher, Key};
use cloud::random::Random;
use serde_json::{Value, json};

use super::{ABSENT, Answer, INVALID, Keys, RING, UNFIT, wrap};

/// A version.
pub(super) struct Version {
    pub(super) cipher: Cipher,
    pub(super) state: State,
    /// Looks until it is enabled.
    looks: u32,
}

/// The states that ours can bring about, with their numbers in the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Enabled = 1,
    Disabled = 2,
    DestroyScheduled = 4,
    PendingGeneration = 5,
}

impl State {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Enabled => "ENABLED",
            Self::Disabled => "DISABLED",
            Self::DestroyScheduled => "DESTROY_SCHEDULED",
            Self::PendingGeneration => "PENDING_GENERATION",
        }
    }
}

pub(super) fn name(number: u32) -> String {
    format!("{RING}/cryptoKeys/wrapping/cryptoKeyVersions/{number}")
}

/// A call on `cryptoKeyVersions` with what follows: nothing, `/<number>` or `/<number>:<verb>`. `None` for one that ours does not make.
pub(super) fn call(
    keys: &mut Keys,
    method: &str,
    rest: &str,
    parameters: &BTreeMap<String, String>,
    body: &Value,
) -> Option<Answer> {
    let (number, verb) = rest.trim_start_matches('/').split_once(':').unwrap_or((rest.trim_start_matches('/'), ""));
    let number: u32 = if number.is_empty() { 0 } else { number.parse().ok()? };
    Some(match (method, number, verb) {
        ("GET", 0, "") => Ok(list(keys, parameters)),
        ("POST", 0, "") => Ok(create(keys)),
        ("GET", 1.., "") => look(keys, number),
        ("POST", 1.., "encrypt") => wrap::encrypt(keys, number, body),
        ("POST", 1.., "destroy") => destroy(keys, number),
        ("POST", 1.., "restore") => change(keys, number, State::DestroyScheduled, State::Disabled),
        ("PATCH", 1.., "") if parameters.get("updateMask").is_some_and(|mask| mask == "state") => {
            if body["state"] == json!(1) { change(keys, number, State::Disabled, State::Enabled) } else { Err(INVALID) }
        }
        _ => return None,
    })
}

fn create(keys: &mut Keys) -> Value {
    let number = keys.wrapping.keys().last().map_or(1, |last| last + 1);
    let state = if keys.slow == 0 { State::Enabled } else { State::PendingGeneration };
    let cipher = Key::generate(Random::system()).expand();
    keys.wrapping.insert(number, Version { cipher, state, looks: keys.slow });
    json!({"name": name(number), "state": state as u32})
}

/// Two on a page, so that a client that reads only the first is found out.
fn list(keys: &Keys, parameters: &BTreeMap<String, String>) -> Value {
    let first: usize = parameters.get("pageToken").and_then(|token| token.parse().ok()).unwrap_or(0);
    let all =
        keys.wrapping.iter().map(|(number, version)| json!({"name": name(*number), "state": version.state as u32}));
    let page: Vec<Value> = all.skip(first).take(2).collect();
    let next = first + page.len();
    let token = if next < keys.wrapping.len() { next.to_string() } else { String::new() };
    json!({"cryptoKeyVersions": page, "nextPageToken": token, "totalSize": keys.wrapping.len()})
}

fn look(keys: &mut Keys, number: u32) -> Answer {
    let version = keys.wrapping.get_mut(&number).ok_or(ABSENT)?;
    if version.state == State::PendingGeneration {
        version.looks -= 1;
        if version.looks == 0 {
            version.state = State::Enabled;
        }
    }
    Ok(json!({"name": name(number), "state": version.state as u32}))
}

pub(super) fn destroy(keys: &mut Keys, number: u32) -> Answer {
    let state = keys.wrapping.get(&number).ok_or(ABSENT)?.state;
    if state == State::DestroyScheduled { Err(UNFIT) } else { change(keys, number, state, State::DestroyScheduled) }
}

fn change(keys: &mut Keys, number: u32, from: State, to: State) -> Answer {
    let version = keys.wrapping.get_mut(&number).ok_or(ABSENT)?;
    if version.state != from {
        return Err(UNFIT);
    }
    version.state = to;
    Ok(json!({"name": name(number), "state": to as u32}))
}
