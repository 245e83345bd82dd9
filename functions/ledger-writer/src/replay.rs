//! Requests that were made before: the same answer again, or the refusal of another one under the same key.

use std::collections::HashMap;

use store::event::StoredEvent;
use truth_kernel::body::commitment;
use truth_kernel::id::EventId;
use web::caller::Caller;
use web::problem::Problem;

use crate::append::{Done, Item, Made, Repeated};
use crate::writer::Writer;

/// The answers for items whose claims had made these events before. They were durable before the appender told us.
pub(crate) async fn answers(
    writer: &Writer,
    caller: &Caller,
    items: &[Item],
    replayed: &[(usize, EventId)],
) -> Vec<(usize, Result<Done, Problem>)> {
    if replayed.is_empty() {
        return Vec::new();
    }
    let events = match read(writer, caller, replayed).await {
        Ok(events) => events,
        Err(error) => {
            let problem = Problem::from(error);
            return replayed.iter().map(|(index, _)| (*index, Err(problem.clone()))).collect();
        }
    };
    let mut answers = Vec::with_capacity(replayed.len());
    for (index, id) in replayed {
        let answer = match events.get(id) {
            Some(event) => answer(writer, &items[*index], event).await,
            None => Err(Problem::internal()),
        };
        answers.push((*index, answer));
    }
    answers
}

async fn read(
    writer: &Writer,
    caller: &Caller,
    replayed: &[(usize, EventId)],
) -> Result<HashMap<EventId, StoredEvent>, store::Error> {
    let ids: Vec<_> = replayed.iter().map(|(_, id)| *id).collect();
    let events = writer.store.begin(caller.org).await?.events_by_id(caller.mode, &ids).await?;
    Ok(events.into_iter().map(|event| (event.header.id, event)).collect())
}

async fn answer(writer: &Writer, item: &Item, event: &StoredEvent) -> Result<Done, Problem> {
    let id = event.header.id;
    let Some(opened) = event.open(&writer.vault).await? else {
        return Err(Problem::conflict().with_detail(format!("the key made {id}, whose content was erased since")));
    };
    let is_same = event.header.event_type == item.event.event_type
        && match item.repeated {
            Repeated::SameType => true,
            // The commitment tells whether the body is the same, without a copy of it.
            Repeated::SameEvent => {
                let again = commitment(&opened.salt, item.event.canonical.as_str());
                event.header.class == item.event.level && event.header.commitment == again
            }
        };
    if !is_same {
        return Err(Problem::idempotency_key_reused());
    }
    let body = opened.body.clone();
    let evidence = writer.witness.receipt_only(event, opened)?;
    Ok(Done { id, evidence: Box::new(evidence), made: Made::Earlier(body) })
}
