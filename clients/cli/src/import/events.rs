//! A claim as the events of its life, in time order.
//!
//! Only what the file says becomes an event: it dates no decision beside a payment, so a paid claim
//! is filed, paid and closed, and one without a payment is filed, decided and closed.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::csv_claim::Claim;
use super::money::Money;

/// Events of one claim at most.
pub const MOST: usize = 3;

/// An item of `POST /api/v1/events/batch`.
#[derive(Clone, Debug, Serialize)]
pub struct Event {
    /// What happened.
    #[serde(rename = "type")]
    pub kind: &'static str,
    classification: &'static str,
    claim_id: String,
    tags: [&'static str; 1],
    /// The day on which it happened.
    pub occurred_at: String,
    /// Made of claim and type, so that the same event is written once, from whatever file it comes.
    pub idempotency_key: String,
    /// What the file says of it.
    pub payload: Value,
}

/// The events of a claim. Those of one day keep this order.
pub fn of(claim: &Claim) -> Vec<Event> {
    let event = |kind, date: &super::date::Date, payload| Event {
        kind,
        classification: "transactional",
        claim_id: format!("PRISM-{}", claim.number),
        tags: ["claim"],
        occurred_at: date.instant(),
        idempotency_key: format!("prism/{}/{kind}", claim.number),
        payload: Value::Object(payload),
    };
    let mut events = vec![event("claim.filed", &claim.reported, filed(claim))];
    match &claim.payment {
        Some((amount, date)) => {
            let mut payload = members(json!({ "paid_date": date, "kind": "indemnity" }));
            insert(&mut payload, "amount", amount);
            events.push(event("payment.made", date, payload));
        }
        None => events.push(event("claim.decided", &claim.closed, decided(claim))),
    }
    events.push(event("claim.closed", &claim.closed, closed(claim)));
    events.sort_by(|a, b| a.occurred_at.cmp(&b.occurred_at));
    events
}

fn filed(claim: &Claim) -> Map<String, Value> {
    let mut payload = members(json!({
        "loss_date": claim.accident,
        "reported_date": claim.reported,
        "line_of_business": claim.line,
        "type": claim.kind,
        "claim_liability": claim.liable,
    }));
    insert(&mut payload, "limit", &claim.limit);
    insert(&mut payload, "deductible", &claim.deductible);
    payload
}

/// Without a payment, it is decided on the day it closes: denied, or approved where nothing was left above the deductible.
fn decided(claim: &Claim) -> Map<String, Value> {
    let (decision, reason) =
        if claim.liable { ("approved", "liable, and nothing to pay") } else { ("denied", "not liable") };
    members(json!({ "decision": decision, "amount": "0", "decided_date": claim.closed, "reason": reason }))
}

fn closed(claim: &Claim) -> Map<String, Value> {
    let outcome = match (&claim.payment, claim.liable) {
        (Some(_), _) => "paid",
        (None, true) => "settled",
        (None, false) => "denied",
    };
    let mut payload = members(json!({ "closed_date": claim.closed, "outcome": outcome }));
    if let Some((amount, _)) = &claim.payment {
        insert(&mut payload, "paid", amount);
    }
    payload
}

/// Under `source_<name>` goes what the file has, where the ledger's amounts have fewer decimals.
fn insert(payload: &mut Map<String, Value>, name: &str, money: &Money) {
    payload.insert(name.to_owned(), money.amount.clone().into());
    if let Some(source) = &money.source {
        payload.insert(format!("source_{name}"), source.clone().into());
    }
}

fn members(object: Value) -> Map<String, Value> {
    match object {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
