//! `GET /api/v1/proofs/{event_id}`: the evidence of one event.

use std::str::FromStr;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Deserializer};
use store::replica::Wanted;
use tokio::time::Instant;
use truth_kernel::evidence::{Anchor, Evidence};
use truth_kernel::id::EventId;
use truth_kernel::region::LogOrigin;
use utoipa::IntoParams;
use web::caller::{Authorized, Caller};
use web::evidence::Document;
use web::metrics::Counted;
use web::parsed::{ParsedPath, ParsedQuery};
use web::problem::{Problem, ProblemDocument};
use web::scope::ProofsRead;
use web::telemetry::about;

use crate::pending::Pending;

/// How long to wait for a proof that does not exist yet.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Query {
    /// `2s` or `500ms`; at most 10 seconds are waited, none without it.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    wait: Wait,
}

/// A time to wait, 10 seconds at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Wait(Duration);

impl FromStr for Wait {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const LONGEST: Duration = Duration::from_secs(10);
        let (digits, unit) = match text.strip_suffix("ms") {
            Some(digits) => (digits, 1),
            None => (text.strip_suffix('s').ok_or(NOT_A_WAIT)?, 1_000),
        };
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        let number: u32 = digits.parse().ok().filter(|_| plain).ok_or(NOT_A_WAIT)?;
        Ok(Self(Duration::from_millis(u64::from(number) * unit).min(LONGEST)))
    }
}

const NOT_A_WAIT: &str = "wait is a number of seconds or milliseconds: 2s, 500ms";

impl<'de> Deserialize<'de> for Wait {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// What there is of a proof.
enum Proof {
    Ready(Box<Evidence>),
    /// The event waits for the log to publish more than this.
    Pending(LogOrigin, u64),
}

/// The evidence of an event: what `proveniq verify` checks offline.
#[utoipa::path(get, path = "/api/v1/proofs/{event_id}", params(("event_id" = String, Path), Query), tag = "proofs", responses(
    (status = 200, content_type = "application/vnd.proveniq.evidence+json", body = Object, description = "The evidence document."),
    (status = 202, body = Pending, description = "Not yet under a published checkpoint."),
    (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub async fn get_proof(
    State(state): State<crate::State>,
    Authorized { caller, .. }: Authorized<ProofsRead>,
    ParsedPath(event): ParsedPath<EventId>,
    ParsedQuery(query): ParsedQuery<Query>,
) -> Result<Response, Problem> {
    about(event);
    let deadline = Instant::now() + query.wait.0;
    loop {
        match prove(&state, &caller, event).await? {
            Proof::Ready(evidence) => {
                return Ok((Extension(Counted::Proof("inclusion")), Document(evidence)).into_response());
            }
            Proof::Pending(log, size) => {
                if !state.publications.beyond(&log, size, deadline).await? {
                    return Ok(Pending::answer());
                }
            }
        }
    }
}

/// Under the first checkpoint over the event that a third party has stamped, and until there is one under the newest. The transaction ends
/// before anything is opened.
async fn prove(state: &crate::State, caller: &Caller, event: EventId) -> Result<Proof, Problem> {
    let wanted = Wanted::ById { mode: caller.mode, ids: &[event] };
    let (mut tx, mut events) = state.store.read(caller.org, wanted).await?;
    let event = events.pop().ok_or_else(Problem::not_found)?;
    let published = tx.logs().published(&event.header.log).await?;
    let size = published.as_ref().map_or(0, |published| published.size);
    let leaf = event.leaf.filter(|leaf| *leaf < size);
    let (Some(newest), Some(leaf)) = (published, leaf) else {
        return Ok(Proof::Pending(event.header.log, size));
    };
    let (checkpoint, token) = match tx.logs().first_anchor_over(&event.header.log, leaf).await? {
        Some(anchor) => (anchor.checkpoint, Some(anchor.token)),
        None => (newest, None),
    };
    let inclusion = state.witness.prover().inclusion(&mut tx, &checkpoint, leaf, &event.hash).await?;
    drop(tx);
    let mut evidence = state.witness.with_inclusion(&event, inclusion, &checkpoint).await?;
    if let Some(token) = token {
        evidence = evidence.with_anchor(Anchor::Rfc3161 { token });
    }
    Ok(Proof::Ready(Box::new(evidence)))
}

#[cfg(test)]
mod tests {
    use super::{Duration, Wait};

    #[test]
    fn a_wait_has_a_unit_and_an_end() {
        for (text, millis) in [("2s", 2_000), ("500ms", 500), ("0s", 0), ("11s", 10_000), ("4000000000s", 10_000)] {
            assert_eq!(text.parse(), Ok(Wait(Duration::from_millis(millis))), "{text}");
        }
        for text in ["", "2", "s", "ms", "-1s", "+1s", "1.5s", "2 s", "2m", "99999999999s"] {
            assert!(text.parse::<Wait>().is_err(), "{text}");
        }
    }
}
