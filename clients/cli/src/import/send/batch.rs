//! One batch: sent again until each of its events is settled.

use std::fmt::Display;
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::failure::{Exit, Failure};
use crate::http::{Client, problem_text};
use crate::import::events::Event;

use super::Sent;

const PATH: &str = "/api/v1/events/batch";

/// How often events whose outcome is unknown are sent: with the pauses between, a restart of a database is outlasted.
const ATTEMPTS: u32 = 8;

/// The first pause; each is twice as long as the one before. Together half a minute.
const PAUSE: Duration = Duration::from_millis(250);

#[derive(Serialize)]
struct Batch<'a> {
    events: &'a [Event],
}

#[derive(Deserialize)]
struct Results<'a> {
    #[serde(borrow)]
    results: Vec<ItemResult<'a>>,
}

#[derive(Deserialize)]
struct ItemResult<'a> {
    status: u16,
    #[serde(default)]
    replayed: bool,
    #[serde(borrow)]
    problem: Option<&'a RawValue>,
}

/// Sends the events, and those whose outcome is unknown again: their keys keep them from being written twice.
pub fn send(client: &Client, mut events: Vec<Event>) -> Result<Sent, Failure> {
    let mut sent = Sent::default();
    let mut pause = PAUSE;
    for attempt in 1.. {
        let unknown = attempt_once(client, &mut events, &mut sent)?;
        match unknown {
            None => return Ok(sent),
            Some(failure) if attempt == ATTEMPTS => return Err(failure),
            Some(_) => {}
        }
        thread::sleep(pause);
        pause *= 2;
    }
    Ok(sent)
}

/// Sends the events once and keeps those that may be sent again; the first of them says why.
fn attempt_once(client: &Client, events: &mut Vec<Event>, sent: &mut Sent) -> Result<Option<Failure>, Failure> {
    let foreign =
        |error: &dyn Display| Failure::new(Exit::Unavailable, format!("{PATH} answers what makes no sense: {error}"));
    let body = serde_json::to_vec(&Batch { events }).map_err(|error| foreign(&error))?;
    let answer = client.post(PATH, None, &body)?.success()?;
    let Results { results } = serde_json::from_slice(&answer).map_err(|error| foreign(&error))?;
    if results.len() != events.len() {
        return Err(foreign(&"another number of results than there were events"));
    }
    let (mut again, mut why) = (Vec::new(), None);
    for (event, result) in events.drain(..).zip(results) {
        match result.status {
            201 if result.replayed => sent.repeated += 1,
            201 => sent.new += 1,
            429 | 503 => {
                why.get_or_insert_with(|| refused(&event, &result));
                again.push(event);
            }
            _ => return Err(refused(&event, &result)),
        }
    }
    *events = again;
    Ok(why)
}

fn refused(event: &Event, result: &ItemResult<'_>) -> Failure {
    let exit = if result.status >= 500 { Exit::Unavailable } else { Exit::Refused };
    let problem = problem_text(result.problem.map_or("", RawValue::get).as_bytes());
    let (key, status) = (&event.idempotency_key, result.status);
    Failure::new(exit, format!("{key}: the server answers {status}: {problem}; the same command goes on from there"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::{Event, Sent, send};
    use crate::import::tests::{sample, serve};

    const NEW: &str = r#"{"status":201,"evidence":{}}"#;
    const REPEATED: &str = r#"{"status":201,"replayed":true,"evidence":{}}"#;
    const AWAY: &str = r#"{"status":503,"problem":{"title":"away","status":503}}"#;

    fn events() -> Vec<Event> {
        sample().iter().take(1).flat_map(crate::import::events::of).collect()
    }

    fn results(items: &[&str]) -> (u16, String) {
        (200, format!(r#"{{"results":[{}]}}"#, items.join(",")))
    }

    #[test]
    fn only_what_is_not_settled_is_sent_again() {
        let away = (503, r#"{"title":"away","status":503}"#.to_owned());
        let (client, asked) = serve(vec![away, results(&[NEW, AWAY, REPEATED]), results(&[REPEATED])]);
        assert_eq!(send(&client, events()).unwrap(), Sent { new: 1, repeated: 2 });
        let bodies: Vec<_> = asked.iter().map(|body| body.matches("idempotency_key").count()).collect();
        assert_eq!(bodies, [3, 3, 1]);
    }

    #[test]
    fn a_refused_event_is_named_and_nothing_is_sent_again() {
        let refused = r#"{"status":422,"problem":{"title":"It does not fit","status":422}}"#;
        let (client, _asked) = serve(vec![results(&[NEW, refused, NEW])]);
        let error = format!("{:?}", send(&client, events()).unwrap_err());
        assert!(error.contains("prism/1/claim.decided") && error.contains("It does not fit"), "{error}");
    }

    #[test]
    fn an_answer_for_other_events_is_not_believed() {
        let (client, _asked) = serve(vec![results(&[NEW])]);
        assert!(send(&client, events()).is_err());
    }
}
