//! How a problem looks on the wire.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Extensions, Problem};
use crate::trace;

/// A problem document (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDocument<'a> {
    /// `https://proveniq.dev/problems/<slug>`.
    #[serde(rename = "type")]
    #[schema(example = "https://proveniq.dev/problems/not-found")]
    kind: String,
    /// What is wrong in general.
    title: &'a str,
    /// The HTTP status.
    status: u16,
    /// What is wrong in this case.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    /// This occurrence, to quote when asking for help: `urn:proveniq:trace:<trace id>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    /// What exactly makes the body malformed.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    /// The values at fault.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
    /// The base URL of the region that the request belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    home_url: Option<&'a str>,
    /// The byte of the body at which the fault was noticed.
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<usize>,
    /// Seconds to wait before trying again.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u32>,
    /// The rule that said no.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'a str>,
}

/// A value at fault.
#[derive(Clone, Debug, Serialize, ToSchema, PartialEq, Eq)]
pub struct FieldError {
    /// Where in the request's body (RFC 6901); empty for the whole.
    #[schema(example = "/payload/amount")]
    pub pointer: String,
    /// What is wrong with it.
    pub detail: String,
}

impl<'a> From<&'a Problem> for ProblemDocument<'a> {
    fn from(problem: &'a Problem) -> Self {
        const NONE: &Extensions =
            &Extensions { code: None, errors: Vec::new(), home_url: None, offset: None, retry_after: None, rule: None };
        let more = problem.more.as_deref().unwrap_or(NONE);
        Self {
            kind: format!("https://proveniq.dev/problems/{}", problem.kind.slug),
            title: problem.kind.title,
            status: problem.kind.status.as_u16(),
            detail: problem.detail.as_deref(),
            instance: trace::current_id().map(|id| format!("urn:proveniq:trace:{id}")),
            code: more.code,
            errors: &more.errors,
            home_url: more.home_url.as_deref(),
            offset: more.offset,
            retry_after: more.retry_after,
            rule: more.rule.as_deref(),
        }
    }
}
