//! Bodies of requests: typed, without unknown members.

use serde::de::DeserializeOwned;
use truth_kernel::body::EventType;
use truth_kernel::canonical::Value;
use web::problem::Problem;

use crate::destination::Refusal;

/// Bytes of a request at most: a URL, a description and a hundred types.
pub const LIMIT: usize = 32 * 1024;

/// The body as a type, or a problem that names the member.
pub fn typed<T: DeserializeOwned>(value: &Value) -> Result<T, Problem> {
    serde_json::from_value(value.into()).map_err(|error| Problem::invalid_request().with_detail(error.to_string()))
}

/// What people call an endpoint: up to 200 bytes without control characters.
pub fn description(text: String) -> Result<String, Problem> {
    if text.len() <= 200 && !text.chars().any(char::is_control) {
        Ok(text)
    } else {
        Err(Problem::invalid_request().with_error("/description", "at most 200 bytes, without control characters"))
    }
}

/// Names of event types, each once, at most 100. A type that nobody has registered yet may be asked for.
pub fn event_types(names: &[String]) -> Result<Vec<EventType>, Problem> {
    if names.len() > 100 {
        return Err(Problem::invalid_request().with_error("/event_types", "at most 100"));
    }
    let mut types = Vec::with_capacity(names.len());
    for (index, name) in names.iter().enumerate() {
        let wrong = |_| Problem::invalid_request().with_error(format!("/event_types/{index}"), "not an event type");
        let name: EventType = name.parse().map_err(wrong)?;
        if !types.contains(&name) {
            types.push(name);
        }
    }
    Ok(types)
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::invalid_request().with_error("/url", refusal.to_string())
    }
}
