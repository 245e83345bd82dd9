//! Organizations of a region, and what they write.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};
use truth_kernel::classification::Mode;

use crate::client::Client;
use crate::region::Region;

/// Everything that an organization's own key may do; reading the log's entries is for auditors.
pub const PARTNER_SCOPES: [&str; 11] = [
    "events:write",
    "events:read",
    "proofs:read",
    "types:read",
    "types:write",
    "keys:read",
    "keys:write",
    "partners:read",
    "partners:write",
    "webhooks:read",
    "webhooks:write",
];

/// An organization with a key that may do everything an organization may.
#[derive(Debug)]
pub struct Organization {
    /// Its id.
    pub id: String,
    /// Its client.
    pub client: Client,
    mark: String,
    next: AtomicU32,
}

/// An API key.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// Its id.
    pub id: String,
    /// Its text.
    pub text: String,
}

impl Region {
    /// A new organization that writes to the log of a mode.
    pub async fn organization(&self, mode: Mode) -> Organization {
        let answer = self.operator().create_partner("Story Mutual").await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let id = answer.json()["id"].as_str().expect("an id").to_owned();
        let key = self.api_key(&id, mode, &PARTNER_SCOPES).await;
        let client = self.anyone().with_key(&key.text);
        Organization { id, client, mark: self.mark.clone(), next: AtomicU32::new(1) }
    }

    /// A new key of an organization.
    pub async fn api_key(&self, org: &str, mode: Mode, scopes: &[&str]) -> ApiKey {
        let wanted = json!({ "org": org, "mode": mode, "name": "story", "scopes": scopes, "region": self.code() });
        let answer = self.operator().create_api_key(&wanted).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let key = answer.json();
        let text = |member: &str| key[member].as_str().expect("a text").to_owned();
        ApiKey { id: text("id"), text: text("key") }
    }
}

impl Organization {
    /// A claim's id that nobody has used.
    pub fn claim(&self) -> String {
        format!("claim-{}-{}-{}", &self.id[self.id.len() - 6..], self.next.fetch_add(1, Ordering::Relaxed), self.mark)
    }

    /// `claim.filed` of a claim, with the region's mark wherever something may be personal.
    pub fn filed(&self, claim: &str) -> Value {
        json!({
            "type": "claim.filed", "classification": "transactional", "claim_id": claim, "subject_id": format!("subject-{}", self.mark),
            "tags": ["claim", "pii"], "occurred_at": "2026-11-20T22:44:05.123+01:00",
            "payload": { "amount": "1200.50", "description": format!("hail on {}", self.mark), "line_of_business": "home" },
        })
    }

    /// `payment.made` for a claim.
    pub fn paid(&self, claim: &str, amount: &str) -> Value {
        let payload = json!({ "amount": amount, "reference": self.mark });
        json!({ "type": "payment.made", "classification": "transactional", "claim_id": claim, "payload": payload })
    }

    /// Appends an event; answers with its id.
    pub async fn append(&self, event: &Value) -> String {
        let answer = self.client.post_event(event).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        event_id(&answer.json())
    }
}

/// The id of the event in an evidence document.
pub fn event_id(document: &Value) -> String {
    let header: Value =
        serde_json::from_str(document["event"]["header"].as_str().expect("a header")).expect("a header in JSON");
    header["id"].as_str().expect("an id").to_owned()
}
