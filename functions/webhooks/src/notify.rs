//! `POST /push/notify`: follows the published log; each event becomes a delivery to every endpoint that asked for it.

use axum::extract::State;
use axum::http::StatusCode;
use store::follow::Consumer;
use store::log::LogState;
use store::webhook::{NewDelivery, Overdue};
use truth_kernel::classification::Chain;
use truth_kernel::header::Header;
use truth_kernel::id::OrgId;
use truth_kernel::time::Timestamp;
use web::problem::{Problem, ProblemDocument};
use web::push::Push;

use crate::state::{Order, Webhooks};

/// Leaves of one transaction.
const RANGE: u64 = 500;
/// Ranges of one push: what is left is for the next nudge, which the timekeeper sends.
const RANGES: usize = 200;
/// Milliseconds after which an attempt that was due, or was queued again, counts as forgotten: longer than any attempt takes.
const PATIENCE: i64 = 60_000;
/// Forgotten deliveries of one push.
const FORGOTTEN: u32 = 500;

/// Follow the log, and queue what was forgotten.
#[utoipa::path(post, path = "/push/notify", tag = "push", security(("push" = [])), request_body(content = Object, content_type = "application/json",
    description = "The envelope of Pub/Sub push around an empty message"), responses(
    (status = 204, description = "Every published event is with its endpoints' deliveries"),
    (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub async fn notify(State(state): State<Webhooks>, _nudge: Push<()>) -> Result<StatusCode, Problem> {
    let logs = state.store.begin_system().await?.logs().all().await?;
    for log in &logs {
        for _ in 0..RANGES {
            let Some(Made { orders, due }) = step(&state, log).await? else { break };
            state.enqueue_all(orders, due, &format!("{}-1", due.millis())).await;
        }
    }
    remember(&state).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The deliveries that a range made, due at once.
struct Made {
    orders: Vec<Order>,
    due: Timestamp,
}

/// One range: its deliveries and the cursor's move commit together, or not at all. None at the end of the log, and when somebody else has
/// moved the cursor meanwhile: then he goes on.
async fn step(state: &Webhooks, log: &LogState) -> Result<Option<Made>, Problem> {
    let mut tx = state.store.begin_system().await?;
    let from = tx.cursor(Consumer::Webhooks, &log.origin).await?;
    let to = log.published_size.min(from.saturating_add(RANGE));
    if from >= to {
        return Ok(None);
    }
    let headers = headers(&tx.entries(&log.origin, from, to - from).await?)?;
    let mut orgs: Vec<OrgId> = headers.iter().map(|header| header.org).collect();
    orgs.sort_unstable();
    orgs.dedup();
    let subscribers = tx.webhook_subscribers(&orgs, log.mode).await?;
    let due = state.clock.now();
    let mut new = Vec::new();
    for header in &headers {
        for subscriber in subscribers.iter().filter(|one| one.org == header.org && one.takes(&header.event_type)) {
            new.push(delivery(state, header, subscriber.endpoint));
        }
    }
    tx.create_deliveries(&log.origin, &new, due).await?;
    if !tx.advance(Consumer::Webhooks, &log.origin, from, to).await? {
        return Ok(None);
    }
    tx.commit().await?;
    let orders = new.iter().map(|delivery| Order { organization: delivery.org, delivery: delivery.id }).collect();
    Ok(Some(Made { orders, due }))
}

/// The headers of business events; what is on audit chains is no news for partners.
fn headers(entries: &[String]) -> Result<Vec<Header>, Problem> {
    let parse = |entry: &String| {
        Header::parse(entry).map_err(|error| {
            tracing::error!(error = %error, "a leaf is no header");
            Problem::internal()
        })
    };
    let headers: Result<Vec<_>, _> = entries.iter().map(parse).collect();
    Ok(headers?.into_iter().filter(|header| header.chain == Chain::Ledger).collect())
}

fn delivery(state: &Webhooks, header: &Header, endpoint: truth_kernel::id::WebhookEndpointId) -> NewDelivery {
    NewDelivery {
        id: state.id(),
        org: header.org,
        endpoint,
        event: header.id,
        event_type: header.event_type.clone(),
        seq: header.seq,
        time: header.time,
    }
}

/// Queues deliveries whose tasks were lost, under names of their own: the service remembers the name of a lost task for a while.
async fn remember(state: &Webhooks) -> Result<(), Problem> {
    let now = state.clock.now();
    let before = Timestamp::from_millis(now.millis() - PATIENCE);
    let mut tx = state.store.begin_system().await?;
    let found = tx.overdue_deliveries(before, FORGOTTEN).await?;
    if found.is_empty() {
        return Ok(());
    }
    let taken = tx.requeue_deliveries(&found, before, now).await?;
    tx.commit().await?;
    let order = |&Overdue { org, id }: &Overdue| Order { organization: org, delivery: id };
    state.enqueue_all(taken.iter().map(order).collect(), now, &format!("{}-again", now.millis())).await;
    Ok(())
}
