//! `GET /api/v1/events`: the organization's events, newest first.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Deserializer, Serialize};
use store::event::{EventFilter, EventPage};
use truth_kernel::body::{ClaimId, EventType};
use truth_kernel::classification::Level;
use truth_kernel::time::Timestamp;
use utoipa::{IntoParams, ToSchema};
use web::caller::{Authorized, Caller};
use web::page::{Limit, List};
use web::parsed::ParsedQuery;
use web::problem::{Problem, ProblemDocument};
use web::scope::EventsRead;

use crate::event_view::EventView;

/// Which events to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct Query {
    /// Only of this type.
    #[serde(rename = "type")]
    #[param(rename = "type", value_type = Option<String>)]
    event_type: Option<EventType>,
    /// Only of this claim.
    #[param(value_type = Option<String>)]
    claim_id: Option<ClaimId>,
    /// Only of this level.
    #[param(value_type = Option<String>)]
    classification: Option<Level>,
    /// Not before this time (RFC 3339).
    #[serde(deserialize_with = "time")]
    #[param(value_type = Option<String>)]
    from: Option<Timestamp>,
    /// Before this time (RFC 3339).
    #[serde(deserialize_with = "time")]
    #[param(value_type = Option<String>)]
    to: Option<Timestamp>,
    /// How many, 1 to 500.
    #[param(value_type = Option<u16>)]
    limit: Option<Limit>,
    /// Where to go on: the `next_cursor` of the page before, under the same filters.
    cursor: Option<String>,
}

/// A page of events. It may hold fewer than asked for, or none, and yet not be the last.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page {
    /// The events, newest first.
    events: Vec<EventView>,
    /// Where the next page begins; null after the last.
    next_cursor: Option<String>,
}

/// The organization's events, newest first.
#[utoipa::path(get, path = "/api/v1/events", params(Query), tag = "events", responses(
    (status = 200, body = Page),
    (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub async fn list_events(
    State(state): State<crate::State>,
    Authorized { caller, .. }: Authorized<EventsRead>,
    ParsedQuery(query): ParsedQuery<Query>,
) -> Result<Json<Page>, Problem> {
    let list = query.list(&caller);
    let before = query.cursor.as_deref().map(|cursor| position(&list, cursor)).transpose()?;
    let Some(page) = read(&state, &caller, &query, before).await? else {
        return Ok(Json(Page { events: Vec::new(), next_cursor: None }));
    };
    let next_cursor = page.next_before.map(|before| list.cursor(before.into()));
    let mut events = Vec::with_capacity(page.events.len());
    for event in page.events {
        events.push(EventView::open(&state.vault, event).await?);
    }
    Ok(Json(Page { events, next_cursor }))
}

/// None where there is no such claim, as the primary knows it. No transaction is open any more.
async fn read(
    state: &crate::State,
    caller: &Caller,
    query: &Query,
    before: Option<u64>,
) -> Result<Option<EventPage>, Problem> {
    let mut filter = query.filter();
    if let Some(claim) = &query.claim_id {
        let Some(stream) = state.store.begin(caller.org).await?.stream(caller.mode, claim).await? else {
            return Ok(None);
        };
        filter.stream = Some(stream.stream);
    }
    let limit = query.limit.unwrap_or_default().get();
    Ok(Some(state.store.read_page(caller.org, caller.mode, &filter, before, limit.into()).await?))
}

impl Query {
    fn filter(&self) -> EventFilter {
        EventFilter {
            event_type: self.event_type.clone(),
            level: self.classification,
            stream: None,
            from: self.from,
            until: self.to,
        }
    }

    /// The list that a cursor belongs to.
    fn list(&self, caller: &Caller) -> List {
        let [from, to] = [self.from, self.to].map(|time| time.map(|time| time.to_string()));
        let filters = [
            ("type", self.event_type.as_ref().map(EventType::as_str)),
            ("claim_id", self.claim_id.as_ref().map(ClaimId::as_str)),
            ("classification", self.classification.map(Level::as_str)),
            ("from", from.as_deref()),
            ("to", to.as_deref()),
        ];
        let given = filters.iter().filter_map(|(name, value)| Some((*name, (*value)?)));
        List::new(caller, "events", &given.collect::<Vec<_>>())
    }
}

fn position(list: &List, cursor: &str) -> Result<u64, Problem> {
    u64::try_from(list.position(cursor)?).map_err(|_| Problem::invalid_cursor())
}

fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    let text = String::deserialize(from)?;
    let time = Timestamp::parse_rfc3339(&text);
    time.map(Some).map_err(serde::de::Error::custom)
}
