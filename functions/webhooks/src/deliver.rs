//! `POST /push/deliver`: one attempt to tell one endpoint of one event.

use axum::extract::State;
use axum::http::StatusCode;
use cloud::random::Random;
use store::webhook::{Claimed, DeliveryStatus, EndpointStatus, Outcome};
use truth_kernel::id::OrgId;
use truth_kernel::time::Timestamp;
use web::problem::{Problem, ProblemDocument};
use web::push::Push;

use crate::notification;
use crate::sender::{Failure, Notification};
use crate::signature::{Secret, signatures};
use crate::state::{Order, Webhooks};

/// Milliseconds for which nobody else attempts the same delivery: longer than an attempt takes at most.
const LEASE: i64 = 60_000;
/// Milliseconds by which the queue's clock may be ahead of ours.
const SKEW: i64 = 5_000;

/// Make one attempt of a delivery, if it is due and nobody else is at it.
#[utoipa::path(post, path = "/push/deliver", tag = "push", security(("push" = [])), request_body(content = Object, content_type = "application/json",
    description = "The envelope of Pub/Sub push around the ids of organization and delivery"), responses(
    (status = 204, description = "The attempt is recorded, or there was nothing to attempt"),
    (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub async fn deliver(State(state): State<Webhooks>, push: Push<Order>) -> Result<StatusCode, Problem> {
    let order = push.body;
    let now = state.clock.now();
    let mut tx = state.store.begin(order.organization).await?;
    let claimed = tx.claim_delivery(order.delivery, now, later(now, SKEW), later(now, LEASE)).await?;
    let Some(claimed) = claimed else { return Ok(StatusCode::NO_CONTENT) };
    tx.commit().await?;

    let outcome = match claimed.status {
        EndpointStatus::Enabled => judge(&state, &claimed, attempt(&state, order.organization, &claimed).await),
        EndpointStatus::Disabled => ended(DeliveryStatus::Dropped, None, Some("endpoint-disabled")),
    };
    record(&state, order, &claimed, &outcome).await?;
    if let Some(due) = outcome.next_attempt {
        state.enqueue(order, claimed.attempt.saturating_add(1), due).await;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Sends once. From here on the endpoint may know of the event, whatever we hear: if we end before recording, the lease runs out and the
/// same `webhook-id` is sent again.
async fn attempt(state: &Webhooks, org: OrgId, claimed: &Claimed) -> Result<u16, Failure> {
    let mut secrets = Vec::with_capacity(claimed.secrets.len());
    for sealed in &claimed.secrets {
        let opened = state.vault.open_webhook_secret(org, claimed.endpoint, sealed).await;
        secrets.push(Secret::from_bytes(opened.map_err(|error| {
            tracing::error!(error = %error, webhook.id = %claimed.endpoint, "a webhook secret cannot be opened");
            Failure::Secret
        })?));
    }
    let body = notification::body(&state.base_url, org, claimed).map_err(|_| Failure::Broken)?;
    let (id, timestamp) = (claimed.id.to_string(), state.clock.now().millis() / 1000);
    let signature = signatures(&secrets, &id, timestamp, &body);
    state.sender.send(&claimed.url, Notification { id, timestamp, signature, body }).await
}

/// What becomes of the delivery after an attempt.
fn judge(state: &Webhooks, claimed: &Claimed, answer: Result<u16, Failure>) -> Outcome {
    let (answer, error) = match answer {
        Ok(status @ 200..300) => return ended(DeliveryStatus::Delivered, Some(status), None),
        // 410: "I am gone for good; never call again" (Standard Webhooks).
        Ok(410) => return Outcome { gone: true, ..ended(DeliveryStatus::Failed, Some(410), Some("gone")) },
        Ok(status @ 300..400) => (Some(status), "redirect"),
        Ok(status) => (Some(status), "refused"),
        Err(failure) => (None, failure.word()),
    };
    let chance = u16::from_be_bytes(Random::system().bytes());
    match state.schedule.pause_after(claimed.attempt, chance) {
        Some(pause) => Outcome {
            status: DeliveryStatus::Pending,
            next_attempt: Some(later(state.clock.now(), pause)),
            answer,
            error: Some(error),
            gone: false,
        },
        None => ended(DeliveryStatus::Failed, answer, Some(error)),
    }
}

fn ended(status: DeliveryStatus, answer: Option<u16>, error: Option<&'static str>) -> Outcome {
    Outcome { answer, error, status, next_attempt: None, gone: false }
}

async fn record(state: &Webhooks, order: Order, claimed: &Claimed, outcome: &Outcome) -> Result<(), Problem> {
    let mut tx = state.store.begin(order.organization).await?;
    let recorded = tx.record_attempt(claimed, outcome, state.clock.now()).await?;
    tx.commit().await?;
    tracing::info!(
        delivery.id = %claimed.id,
        webhook.id = %claimed.endpoint,
        webhook.status = outcome.status.as_str(),
        attempts = claimed.attempt,
        reason = outcome.error,
        "an attempt to deliver"
    );
    if !recorded {
        tracing::warn!(delivery.id = %claimed.id, "an attempt outlived its lease, and another has begun");
    }
    Ok(())
}

fn later(time: Timestamp, millis: i64) -> Timestamp {
    Timestamp::from_millis(time.millis().saturating_add(millis))
}
