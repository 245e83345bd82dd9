//! Which events a batch proof is asked for.

use std::collections::BTreeSet;

use store::replica::Wanted;
use truth_kernel::canonical::{Object, Value};
use truth_kernel::classification::{Chain, Mode};
use truth_kernel::id::EventId;
use web::problem::Problem;

/// Events of one batch at most.
pub const MAX_EVENTS: u32 = 500;

/// The events to prove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BatchRequest {
    /// These, each once.
    Events(Vec<EventId>),
    /// A piece of one chain of the organization.
    Range {
        /// Which chain.
        chain: Chain,
        /// The first sequence number, from 1.
        first_seq: u64,
        /// How many.
        count: u32,
    },
}

impl BatchRequest {
    /// `{"events": [id…]}` or `{"chain", "first_seq", "count"}`.
    pub fn parse(body: &Value) -> Result<Self, Problem> {
        let members = body.as_object().ok_or_else(|| refused("", "not an object"))?;
        if let Some(events) = members.get("events") {
            only(members, &["events"])?;
            parse_events(events).map(Self::Events)
        } else {
            only(members, &["chain", "first_seq", "count"])?;
            parse_range(members)
        }
    }

    /// The same for the store.
    pub fn wanted(&self, mode: Mode) -> Wanted<'_> {
        match self {
            Self::Events(ids) => Wanted::ById { mode, ids },
            Self::Range { chain, first_seq, count } => {
                Wanted::OfChain { mode, chain: *chain, first: *first_seq, limit: *count }
            }
        }
    }
}

fn parse_events(events: &Value) -> Result<Vec<EventId>, Problem> {
    let items = events.as_array().ok_or_else(|| refused("/events", "not a list"))?;
    if items.is_empty() || items.len() > MAX_EVENTS as usize {
        return Err(refused("/events", "not 1 to 500 events"));
    }
    let (mut ids, mut seen) = (Vec::with_capacity(items.len()), BTreeSet::new());
    for (at, item) in items.iter().enumerate() {
        let pointer = format!("/events/{at}");
        let id = item.as_str().and_then(|text| text.parse::<EventId>().ok());
        let id = id.ok_or_else(|| refused(&pointer, "not an event id"))?;
        if !seen.insert(id) {
            return Err(refused(&pointer, "named twice"));
        }
        ids.push(id);
    }
    Ok(ids)
}

fn parse_range(members: &Object) -> Result<BatchRequest, Problem> {
    let chain = members.get("chain").and_then(Value::as_str);
    let chain = chain.and_then(|chain| chain.parse().ok());
    let number = |name| members.get(name).and_then(Value::as_i64);
    let first_seq = number("first_seq").and_then(|first| u64::try_from(first).ok());
    let count = number("count").and_then(|count| u32::try_from(count).ok());
    Ok(BatchRequest::Range {
        chain: chain.ok_or_else(|| refused("/chain", "not ledger or audit"))?,
        first_seq: first_seq.filter(|first| *first > 0).ok_or_else(|| refused("/first_seq", "not a number from 1"))?,
        count: count
            .filter(|count| (1..=MAX_EVENTS).contains(count))
            .ok_or_else(|| refused("/count", "not a number from 1 to 500"))?,
    })
}

fn only(members: &Object, known: &[&str]) -> Result<(), Problem> {
    let unknown = members.iter().map(|(name, _)| name).find(|name| !known.contains(name));
    unknown.map_or(Ok(()), |name| {
        let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
        Err(refused(&pointer, "not a member of this request"))
    })
}

fn refused(pointer: &str, detail: &str) -> Problem {
    Problem::invalid_request().with_error(pointer, detail)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use serde_json::json;
    use truth_kernel::canonical::{MAX_DEPTH, parse};

    use super::{BatchRequest, Chain, EventId};

    fn request(body: &serde_json::Value) -> Result<BatchRequest, String> {
        let value = parse(body.to_string().as_bytes(), MAX_DEPTH).unwrap();
        BatchRequest::parse(&value).map_err(|problem| {
            let document = serde_json::to_value(&problem).unwrap();
            document["errors"][0]["pointer"].as_str().unwrap().to_owned()
        })
    }

    #[test]
    fn events_or_a_range_are_asked_for() {
        let id = EventId::from_parts(1, [1; 10]);
        assert_eq!(request(&json!({"events": [id]})), Ok(BatchRequest::Events(vec![id])));
        let range = BatchRequest::Range { chain: Chain::Audit, first_seq: 7, count: 500 };
        assert_eq!(request(&json!({"chain": "audit", "first_seq": 7, "count": 500})), Ok(range));
    }

    #[test]
    fn anything_else_is_refused_where_it_stands() {
        let id = EventId::from_parts(1, [1; 10]);
        for (body, pointer) in [
            (json!([]), ""),
            (json!({"events": {}}), "/events"),
            (json!({"events": []}), "/events"),
            (json!({"events": vec![id; 501]}), "/events"),
            (json!({"events": [id, "evt_1"]}), "/events/1"),
            (json!({"events": [id, 1]}), "/events/1"),
            (json!({"events": [id, id]}), "/events/1"),
            (json!({"events": [id], "chain": "ledger"}), "/chain"),
            (json!({"events": [id], "a/b": 1}), "/a~1b"),
            (json!({"first_seq": 1, "count": 1}), "/chain"),
            (json!({"chain": "other", "first_seq": 1, "count": 1}), "/chain"),
            (json!({"chain": "ledger", "first_seq": 0, "count": 1}), "/first_seq"),
            (json!({"chain": "ledger", "first_seq": "1", "count": 1}), "/first_seq"),
            (json!({"chain": "ledger", "first_seq": 1, "count": 0}), "/count"),
            (json!({"chain": "ledger", "first_seq": 1, "count": 501}), "/count"),
            (json!({"chain": "ledger", "first_seq": 1, "count": 1.5}), "/count"),
            (json!({"chain": "ledger", "first_seq": 1}), "/count"),
        ] {
            assert_eq!(request(&body), Err(pointer.to_owned()), "{body}");
        }
    }
}
