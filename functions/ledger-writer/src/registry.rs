//! The event types of each organization: its own, and those that everybody has.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use quick_cache::sync::Cache;
use store::Store;
use truth_kernel::body::EventType;
use truth_kernel::canonical::Value;
use truth_kernel::classification::Mode;
use truth_kernel::id::OrgId;
use web::caller::Caller;
use web::event_type::{Schema, built_in};
use web::problem::Problem;

/// Organizations whose types are kept.
const REMEMBERED: usize = 2_000;

/// Names that an answer to an unknown one suggests.
const SUGGESTED: usize = 5;

/// Knows the types of every organization. What it remembers is used only under the generation that it was read under.
pub struct EventTypes {
    store: Store,
    known: Cache<(OrgId, Mode), Arc<TypeSet>>,
}

impl fmt::Debug for EventTypes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventTypes({} organizations)", self.known.len())
    }
}

impl EventTypes {
    /// Over the store of a role that reads event types.
    pub fn new(store: Store) -> Self {
        Self { store, known: Cache::new(REMEMBERED) }
    }

    /// The types of the caller's organization, as of the caller's generation or later; the append finds out if it is later.
    pub(crate) async fn of(&self, caller: &Caller) -> Result<Arc<TypeSet>, store::Error> {
        let name = (caller.org, caller.mode);
        if let Some(types) = self.known.get(&name).filter(|types| types.generation == caller.generation) {
            return Ok(types);
        }
        let own = self.store.begin(caller.org).await?.event_types(caller.mode).await?;
        let own = own.into_iter().map(|own| (own.name, Own { text: own.schema, schema: OnceLock::new() })).collect();
        let types = Arc::new(TypeSet { generation: caller.generation, own });
        self.known.insert(name, Arc::clone(&types));
        Ok(types)
    }
}

/// The types of one organization.
pub(crate) struct TypeSet {
    generation: u64,
    own: HashMap<EventType, Own>,
}

/// A registered type, compiled when it is first used.
struct Own {
    text: String,
    schema: OnceLock<Option<Schema>>,
}

impl TypeSet {
    /// Holds a payload against its type; `at` is where the event is in the body.
    pub fn check(&self, event_type: &EventType, payload: &Value, at: &str) -> Result<(), Problem> {
        let Some(schema) = self.schema(event_type)? else {
            return Err(self.unknown(event_type, at));
        };
        schema.check(payload).map_err(|misfits| {
            let error = |problem: Problem, misfit: web::event_type::Misfit| {
                problem.with_error(format!("{at}/payload{}", misfit.pointer), misfit.detail)
            };
            misfits.into_iter().fold(Problem::payload_does_not_fit(), error)
        })
    }

    /// An organization's own version of a name counts instead of the one that everybody has.
    fn schema(&self, event_type: &EventType) -> Result<Option<&Schema>, Problem> {
        let Some(own) = self.own.get(event_type) else { return Ok(built_in().get(event_type)) };
        let compiled = own.schema.get_or_init(|| Schema::parse(own.text.as_bytes()).ok());
        compiled.as_ref().map(Some).ok_or_else(|| {
            tracing::error!(event.type = event_type.as_str(), "a registered schema does not compile");
            Problem::internal()
        })
    }

    fn unknown(&self, event_type: &EventType, at: &str) -> Problem {
        let names = self.own.keys().chain(built_in().keys()).map(EventType::as_str);
        let near = nearest(event_type.as_str(), names);
        let detail = if near.is_empty() {
            "not registered".to_owned()
        } else {
            format!("not registered; near it: {}", near.join(", "))
        };
        Problem::unknown_event_type().with_error(format!("{at}/type"), detail)
    }
}

/// The names that differ least, by at most half of the wanted one.
fn nearest<'n>(wanted: &str, names: impl Iterator<Item = &'n str>) -> Vec<&'n str> {
    let mut near: Vec<_> = names.map(|name| (distance(wanted, name), name)).collect();
    near.retain(|(distance, _)| *distance <= wanted.len() / 2);
    near.sort_unstable();
    near.dedup();
    near.into_iter().take(SUGGESTED).map(|(_, name)| name).collect()
}

/// Levenshtein's distance in bytes; names are ASCII and at most 100 long.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.bytes().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn a_misspelt_name_finds_its_neighbours() {
        let names = ["claim.filed", "claim.closed", "payment.made", "claim.filed"];
        assert_eq!(nearest("claim.field", names.into_iter()), ["claim.filed", "claim.closed"]);
        assert_eq!(nearest("x.y", names.into_iter()), [""; 0]);
        assert_eq!((distance("", "abc"), distance("kitten", "sitting"), distance("a", "a")), (3, 3, 0));
    }
}
