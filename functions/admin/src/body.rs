//! Bodies of requests: typed, without unknown members.

use serde::de::DeserializeOwned;
use truth_kernel::canonical::Value;
use web::problem::Problem;

/// Bytes of a request at most: a schema of 64 KiB, escaped, and what stands around it.
pub const LIMIT: usize = 160 * 1024;

/// The body as a type, or a problem that names the member.
pub fn typed<T: DeserializeOwned>(value: &Value) -> Result<T, Problem> {
    serde_json::from_value(value.into()).map_err(|error| Problem::invalid_request().with_detail(error.to_string()))
}

/// A name that people use: 1 to 200 bytes without control characters.
pub fn name(text: &str) -> Result<&str, Problem> {
    let is_name = (1..=200).contains(&text.len()) && !text.chars().any(char::is_control) && text.trim() == text;
    if is_name {
        Ok(text)
    } else {
        Err(Problem::invalid_request()
            .with_error("/name", "1 to 200 bytes, without control characters or outer spaces"))
    }
}
