//! A partner is told: a signed notification of each event, by which it fetches the proof.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::routing::post;
use serde_json::{Value, json};
use stories::{Client, Region, tell};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use truth_kernel::classification::Mode;
use truth_kernel::encoding::decode_base64;
use truth_kernel::verify::{Verdict, verify};
use webhooks::Secret;
use zeroize::Zeroizing;

const ENDPOINTS: &str = "/api/v1/webhooks/endpoints";

/// A partner's server.
#[derive(Clone, Default)]
struct Partner(Arc<Inner>);

#[derive(Default)]
struct Inner {
    told: Mutex<Vec<Told>>,
    arrived: Notify,
}

/// A notification as it arrived.
#[derive(Clone)]
struct Told {
    headers: HeaderMap,
    body: Bytes,
}

impl Partner {
    /// Listens; the URL to be told at.
    async fn listen(&self) -> String {
        let partner = self.clone();
        let take = move |headers: HeaderMap, body: Bytes| {
            partner.0.told.lock().unwrap().push(Told { headers, body });
            partner.0.arrived.notify_waiters();
            async {}
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hooks", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, Router::new().route("/hooks", post(take))).await });
        url
    }

    async fn until(&self, count: usize) -> Vec<Told> {
        loop {
            let arrived = self.0.arrived.notified();
            let told = self.0.told.lock().unwrap().clone();
            if told.len() >= count {
                return told;
            }
            arrived.await;
        }
    }
}

#[test]
fn a_partner_is_told_of_an_event_and_fetches_its_proof() {
    tell(async |regions| {
        for (region, mode) in [(&regions.eu, Mode::Live), (&regions.us, Mode::Test)] {
            let (org, partner) = (region.organization(mode).await, Partner::default());
            let wanted = json!({ "url": partner.listen().await, "event_types": ["claim.filed"] });
            let made = org.client.post(ENDPOINTS, wanted.to_string()).await;
            assert_eq!(made.status, 201, "{}", made.text());
            let secret = made.json()["secret"].as_str().unwrap().to_owned();

            let claim = org.claim();
            let event = org.append(&org.filed(&claim)).await;
            org.append(&org.paid(&claim, "700")).await;
            let Told { headers, body } = partner.until(1).await.remove(0);
            is_signed(&secret, &headers, &body);
            let told: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!((&told["id"], &told["data"]["event_type"]), (&json!(event), &json!("claim.filed")));
            let text = String::from_utf8_lossy(&body);
            assert!(!text.contains(&region.mark), "nothing that could be personal: {text}");

            let proof = follow(region, &org.client, &told, "proof_url").await;
            assert_eq!(verify(proof.as_bytes(), &region.trust).verdict, Verdict::Valid);
            let event: Value = serde_json::from_str(&follow(region, &org.client, &told, "url").await).unwrap();
            assert_eq!(event["id"], told["id"]);
            told_once_and_logged(&org.client, &partner, &headers).await;
        }
    });
}

fn is_signed(secret: &str, headers: &HeaderMap, body: &[u8]) {
    let header = |name: &str| headers[name].to_str().unwrap();
    let secret = Secret::from_bytes(Zeroizing::new(decode_base64(secret.strip_prefix("whsec_").unwrap()).unwrap()));
    let signature = secret.sign(header("webhook-id"), header("webhook-timestamp").parse().unwrap(), body);
    assert_eq!(header("webhook-signature"), signature);
}

/// What stands at a URL of the notification, which is the region's own.
async fn follow(region: &Region, client: &Client, told: &Value, member: &str) -> String {
    let url = told["data"][member].as_str().unwrap();
    let path = url.strip_prefix(&region.local.url).unwrap_or_else(|| panic!("{url} is not of {}", region.code()));
    let answer = client.get(path).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.text().to_owned()
}

async fn told_once_and_logged(client: &Client, partner: &Partner, headers: &HeaderMap) {
    let id = headers["webhook-id"].to_str().unwrap();
    for _ in 0..100 {
        let log = client.get("/api/v1/webhooks/deliveries").await.json()["deliveries"].clone();
        assert_eq!(log.as_array().unwrap().len(), 1);
        assert_eq!(log[0]["id"], id);
        if log[0]["status"] == "delivered" {
            assert_eq!(partner.until(1).await.len(), 1);
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the delivery is never recorded")
}
