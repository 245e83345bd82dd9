//! What is known of the request being served, for its log lines and problem documents.

use std::cell::RefCell;
use std::fmt;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::HeaderMap;
use cloud::random::Random;
use truth_kernel::id::{ApiKeyId, OrgId};

tokio::task_local! {
    static CURRENT: Context;
}

/// The request that this task serves.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) trace: Trace,
    caller: RefCell<Option<(OrgId, ApiKeyId)>>,
}

/// Where a request stands in a distributed trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trace {
    pub(crate) id: TraceId,
    pub(crate) span: Option<u64>,
    pub(crate) sampled: bool,
}

/// 16 bytes, not all zero, written as 32 hex digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct TraceId(u128);

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Runs `work` as the serving of a request.
pub(crate) async fn within<F: Future>(trace: Trace, work: F) -> F::Output {
    CURRENT.scope(Context { trace, caller: RefCell::new(None) }, work).await
}

/// Remembers who calls.
pub(crate) fn note_caller(org: OrgId, key: ApiKeyId) {
    let _ = CURRENT.try_with(|context| context.caller.replace(Some((org, key))));
}

/// Who calls, once it is known.
pub(crate) fn caller() -> Option<(OrgId, ApiKeyId)> {
    CURRENT.try_with(|context| *context.caller.borrow()).ok().flatten()
}

/// The trace of the request that this task serves.
pub(crate) fn current() -> Option<Trace> {
    CURRENT.try_with(|context| context.trace).ok()
}

/// Its id.
pub(crate) fn current_id() -> Option<TraceId> {
    current().map(|trace| trace.id)
}

impl Trace {
    /// From `traceparent` (W3C Trace Context), else `X-Cloud-Trace-Context`, else `X-Amzn-Trace-Id`, else a new one.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        text("traceparent")
            .and_then(from_traceparent)
            .or_else(|| text("x-cloud-trace-context").and_then(from_cloud))
            .or_else(|| text("x-amzn-trace-id").and_then(from_amazon))
            .unwrap_or_else(|| Self { id: new_id(), span: None, sampled: false })
    }
}

/// `00-<32 hex>-<16 hex>-<2 hex>`; later versions may append fields.
fn from_traceparent(text: &str) -> Option<Trace> {
    let mut parts = text.split('-');
    let (version, id, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let known = version.len() == 2 && version != "ff" && (version != "00" || parts.next().is_none());
    let flags = hex(flags, 2).filter(|_| known)?;
    let span = u64::try_from(hex(span, 16)?).ok().filter(|span| *span != 0)?;
    Some(Trace { id: trace_id(id)?, span: Some(span), sampled: flags & 1 == 1 })
}

/// `<32 hex>[/<decimal span>][;o=<0|1>]`, the older header of Google Cloud.
fn from_cloud(text: &str) -> Option<Trace> {
    let (path, options) = text.split_once(';').unwrap_or((text, ""));
    let (id, span) = path.split_once('/').unwrap_or((path, ""));
    Some(Trace { id: trace_id(id)?, span: span.parse().ok(), sampled: options == "o=1" })
}

/// `Root=1-<8 hex>-<24 hex>;Parent=<16 hex>;Sampled=<0|1>`, of AWS X-Ray; all but the root may be missing.
fn from_amazon(text: &str) -> Option<Trace> {
    let part = |name| text.split(';').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='));
    let (time, rest) = part("Root")?.strip_prefix("1-")?.split_once('-')?;
    let id = trace_id(&[time, rest].concat()).filter(|_| time.len() == 8)?;
    let parent = part("Parent").and_then(|span| u64::try_from(hex(span, 16)?).ok()).filter(|span| *span != 0);
    Some(Trace { id, span: parent, sampled: part("Sampled") == Some("1") })
}

fn trace_id(text: &str) -> Option<TraceId> {
    hex(text, 32).filter(|id| *id != 0).map(TraceId)
}

fn hex(text: &str, digits: usize) -> Option<u128> {
    let is_hex = text.len() == digits && text.bytes().all(|b| b.is_ascii_hexdigit());
    is_hex.then(|| u128::from_str_radix(text, 16).ok()).flatten()
}

/// A new id: unique, not secret, so half of it is drawn once per process and half is counted.
fn new_id() -> TraceId {
    static PROCESS: LazyLock<u64> = LazyLock::new(|| u64::from_be_bytes(Random::system().bytes()) | 1);
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    TraceId(u128::from(*PROCESS) << 64 | u128::from(count))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use axum::http::HeaderMap;

    use super::{Trace, new_id};

    const ID: &str = "0af7651916cd43dd8448eb211c80319c";

    fn of(name: &'static str, value: &str) -> Trace {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        Trace::of(&headers)
    }

    #[test]
    fn a_traceparent_is_continued() {
        let trace = of("traceparent", &format!("00-{ID}-b7ad6b7169203331-01"));
        assert_eq!(trace.id.to_string(), ID);
        assert_eq!((trace.span, trace.sampled), (Some(0xb7ad_6b71_6920_3331), true));
        assert!(!of("traceparent", &format!("00-{ID}-b7ad6b7169203331-00")).sampled);
        let later = of("traceparent", &format!("01-{ID}-b7ad6b7169203331-01-more"));
        assert_eq!(later.id.to_string(), ID);
    }

    #[test]
    fn the_header_of_google_cloud_is_continued() {
        let trace = of("x-cloud-trace-context", &format!("{ID}/12345;o=1"));
        assert_eq!((trace.id.to_string().as_str(), trace.span, trace.sampled), (ID, Some(12345), true));
        assert_eq!(of("x-cloud-trace-context", ID).id.to_string(), ID);
    }

    #[test]
    fn the_header_of_aws_is_continued() {
        let trace = of("x-amzn-trace-id", "Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=b7ad6b7169203331;Sampled=1");
        assert_eq!((trace.id.to_string().as_str(), trace.span), (ID, Some(0xb7ad_6b71_6920_3331)));
        assert!(trace.sampled);
        let bare = of("x-amzn-trace-id", "Self=x; Root=1-0af76519-16cd43dd8448eb211c80319c");
        assert_eq!((bare.id.to_string().as_str(), bare.span, bare.sampled), (ID, None, false));
        for broken in ["Root=2-0af76519-16cd43dd8448eb211c80319c", "Root=1-0af765-1916cd43dd8448eb211c80319c", "1-2-3"]
        {
            assert_ne!(of("x-amzn-trace-id", broken).id.to_string(), ID, "{broken}");
        }
    }

    #[test]
    fn whatever_else_starts_a_new_trace() {
        let zeros = "0".repeat(32);
        for value in [
            "",
            "00",
            &format!("00-{zeros}-b7ad6b7169203331-01"),
            &format!("00-{ID}-0000000000000000-01"),
            &format!("ff-{ID}-b7ad6b7169203331-01"),
            &format!("00-{ID}-b7ad6b7169203331-01-more"),
            &format!("00-{ID}-+7ad6b7169203331-01"),
        ] {
            let trace = of("traceparent", value);
            assert!(trace.id.to_string() != ID && trace.span.is_none(), "{value}");
        }
        assert_ne!(new_id(), new_id());
    }
}
