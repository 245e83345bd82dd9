//! A refusal as people read it.

use std::fmt;

use serde::Deserialize;

/// A problem document (RFC 9457) with the members that the ledger adds.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    title: String,
    detail: Option<String>,
    errors: Vec<FieldError>,
    home_url: Option<String>,
    instance: Option<String>,
    offset: Option<u64>,
    /// Seconds to wait before trying again.
    pub retry_after: Option<u64>,
    rule: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct FieldError {
    pointer: String,
    detail: String,
}

impl Problem {
    /// Whether the same request may succeed a little later.
    pub const fn may_pass(&self) -> bool {
        matches!(self.status, 429 | 500 | 502..=504)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (status {})", self.title, self.status)?;
        if let Some(detail) = &self.detail {
            write!(f, "\n  {detail}")?;
        }
        for FieldError { pointer, detail } in &self.errors {
            let place = if pointer.is_empty() { "the whole" } else { pointer };
            write!(f, "\n  {place}: {detail}")?;
        }
        if let Some(offset) = self.offset {
            write!(f, "\n  noticed at byte {offset}")?;
        }
        if let Some(rule) = &self.rule {
            write!(f, "\n  the rule: {rule}")?;
        }
        if let Some(url) = &self.home_url {
            write!(f, "\n  ask {url} instead")?;
        }
        if let Some(seconds) = self.retry_after {
            write!(f, "\n  try again in {seconds} s")?;
        }
        if let Some(instance) = &self.instance {
            write!(f, "\n  to quote when asking for help: {instance}")?;
        }
        Ok(())
    }
}
