//! What an endpoint is sent: a `CloudEvents` 1.0 event in structured JSON. Ids and URLs of this region; no claim, subject or payload.

use serde::Serialize;
use store::webhook::Claimed;
use truth_kernel::id::{EventId, OrgId};

/// The media type of structured `CloudEvents` (its JSON event format §3).
pub const MEDIA_TYPE: &str = "application/cloudevents+json; charset=utf-8";

#[derive(Serialize)]
struct CloudEvent<'a> {
    specversion: &'static str,
    id: EventId,
    /// The public URL of the log that holds the event.
    source: String,
    #[serde(rename = "type")]
    kind: &'static str,
    time: String,
    datacontenttype: &'static str,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    event_id: EventId,
    event_type: &'a str,
    organization: OrgId,
    seq: u64,
    url: String,
    proof_url: String,
}

/// The body, the same for every attempt.
pub fn body(base_url: &str, organization: OrgId, claimed: &Claimed) -> Result<Vec<u8>, serde_json::Error> {
    let event = claimed.event;
    serde_json::to_vec(&CloudEvent {
        specversion: "1.0",
        id: event,
        source: format!("{base_url}/log/{}", claimed.log.parts().number),
        kind: "dev.proveniq.event.published",
        time: claimed.time.to_string(),
        datacontenttype: "application/json",
        data: Data {
            event_id: event,
            event_type: claimed.event_type.as_str(),
            organization,
            seq: claimed.seq,
            url: format!("{base_url}/api/v1/events/{event}"),
            proof_url: format!("{base_url}/api/v1/proofs/{event}"),
        },
    })
}
