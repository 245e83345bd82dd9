//! The operations of the running region's own document, each with a request to call it by.

use http::Method;
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};
use stories::{Client, Organization, Region};
use test_support::http::Answer;
use truth_kernel::classification::Mode;

/// One operation of the document, with a request that would succeed for the organization whose things it names.
pub struct Operation {
    pub id: String,
    method: Method,
    pub path: String,
    body: String,
    security: Value,
}

/// What the requests name: things of one organization.
pub struct Things {
    pub org: String,
    pub event: String,
    pub claim: String,
    pub key: String,
    /// An endpoint of webhooks, and a delivery that there is not.
    pub endpoint: String,
    pub delivery: String,
    /// The log that the event is in, and its first tile.
    log: String,
    tile: String,
}

impl Things {
    pub async fn of(region: &Region, org: &Organization) -> Self {
        let claim = org.claim();
        let event = org.append(&org.filed(&claim)).await;
        assert_eq!(org.client.get_proof(&event).await.status, 200);
        let key = region.api_key(&org.id, Mode::Live, &["events:read"]).await.id;
        let endpoint = json!({ "url": "http://127.0.0.1:9/" }).to_string();
        let endpoint = org.client.post("/api/v1/webhooks/endpoints", endpoint).await.json();
        let endpoint = endpoint["id"].as_str().unwrap().to_owned();
        let checkpoint = org.client.get_checkpoint().await.json();
        let log = checkpoint["origin"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        let tile = match checkpoint["size"].as_u64().unwrap() {
            size @ 0..256 => format!("000.p/{size}"),
            _ => "000".to_owned(),
        };
        let delivery = endpoint.replace("whe_", "whd_");
        Self { org: org.id.clone(), event, claim, key, endpoint, delivery, log, tile }
    }

    /// Things of the same form that nobody has.
    pub fn of_nobody(&self) -> Self {
        let other = |id: &str| format!("{}{}", &id[..id.len() - 4], "0000");
        let (log, tile) = (self.log.clone(), self.tile.clone());
        Self {
            org: other(&self.org),
            event: other(&self.event),
            claim: other(&self.claim),
            key: other(&self.key),
            endpoint: other(&self.endpoint),
            delivery: other(&self.delivery),
            log,
            tile,
        }
    }

    fn path(&self, template: &str) -> String {
        let id = match template {
            path if path.contains("/partners/") => &self.org,
            path if path.contains("/api-keys/") => &self.key,
            path if path.contains("/claims/") => &self.claim,
            path if path.contains("/webhooks/endpoints/") => &self.endpoint,
            path if path.contains("/webhooks/deliveries/") => &self.delivery,
            _ => &self.event,
        };
        let path = template.replace("{id}", id).replace("{event_id}", id).replace("{number}", &self.log);
        let path = path.replace("{level}", "0").replace("{place}", &self.tile);
        match template {
            "/api/v1/admin/api-keys/{id}" | "/api/v1/admin/api-keys" | "/api/v1/admin/event-types" => {
                format!("{path}?org={}", self.org)
            }
            "/api/v1/consistency" => format!("{path}?from=0"),
            _ => path,
        }
    }

    fn body(&self, operation: &str) -> Value {
        let event = json!({ "type": "claim.filed", "classification": "operational", "payload": {} });
        match operation {
            "post_event" => event,
            "post_events_batch" => json!({ "events": [event] }),
            "post_proofs" => json!({ "events": [self.event] }),
            "create_partner" => json!({ "name": "Other Mutual" }),
            "update_partner" => json!({ "status": "suspended" }),
            "create_api_key" => {
                json!({ "org": self.org, "mode": "test", "name": "stolen", "scopes": [], "region": "europe-west1" })
            }
            "create_endpoint" => json!({ "url": "http://127.0.0.1:9/" }),
            "register_event_type" => json!({ "org": self.org, "name": "stolen.type", "schema": {} }),
            _ => json!({}),
        }
    }
}

impl Operation {
    /// Every operation of the document.
    pub async fn all(region: &Region, things: &Things) -> Vec<Self> {
        let document = region.anyone().get("/openapi.json").await.json();
        let mut operations = Vec::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let id = operation["operationId"].as_str().unwrap().to_owned();
                let security = operation.get("security").unwrap_or(&document["security"]).clone();
                let body = things.body(&id).to_string();
                operations.push(Self {
                    id,
                    method: method.to_uppercase().parse().unwrap(),
                    path: things.path(path),
                    body,
                    security,
                });
            }
        }
        assert!(operations.len() > 20, "the document names what the region serves");
        operations
    }

    /// Calls it with the GET's query or the other methods' body.
    pub async fn call(&self, client: &Client) -> Answer {
        let body = if self.method == Method::GET { String::new() } else { self.body.clone() };
        client.with_header(CONTENT_TYPE, "application/json").send(self.method.clone(), &self.path, body).await
    }

    pub fn is_open(&self) -> bool {
        self.security == json!([{}])
    }

    pub fn is_push(&self) -> bool {
        self.security == json!([{ "push": [] }])
    }
}
