//! What is known of the request being served, for its log lines and problem documents.

use std::cell::Cell;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::http::HeaderMap;
use cloud::clock::Clock;
use cloud::random::Random;
use truth_kernel::id::{ApiKeyId, EventId, OrgId, RequestId};

tokio::task_local! {
    static CURRENT: Context;
}

/// The request that this task serves.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    trace: Cell<Trace>,
    known: Cell<Known>,
}

/// Whom and what a request is about, as far as it is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    /// The request itself.
    pub(crate) request: RequestId,
    /// The organization and the API key that it calls with.
    pub(crate) caller: Option<(OrgId, ApiKeyId)>,
    /// The one event that it writes or reads.
    pub(crate) event: Option<EventId>,
}

/// Where a request stands in a distributed trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trace {
    pub(crate) id: TraceId,
    /// The span of whoever sent it.
    pub(crate) parent: Option<u64>,
    /// The span of this request; not zero.
    pub(crate) span: u64,
    pub(crate) sampled: bool,
}

/// 16 bytes, not all zero, written as 32 hex digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct TraceId(u128);

#[cfg(feature = "otlp")]
impl TraceId {
    pub(crate) const fn bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }
}

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

/// Whether traces that begin here are sampled: where spans are exported.
static SAMPLED: AtomicBool = AtomicBool::new(false);

/// From now on traces that begin here are sampled.
#[cfg(feature = "otlp")]
pub(crate) fn sample() {
    SAMPLED.store(true, Ordering::Relaxed);
}

/// Runs `work` as the serving of a request.
pub(crate) async fn within<F: Future>(trace: Trace, work: F) -> F::Output {
    let request = RequestId::from_parts(Clock::System.now().millis().unsigned_abs(), Random::system().bytes());
    let known = Known { request, caller: None, event: None };
    CURRENT.scope(Context { trace: Cell::new(trace), known: Cell::new(known) }, work).await
}

/// `work` as a part of this task's request, to be done by another task.
pub(crate) fn carried<F: Future>(work: F) -> impl Future<Output = F::Output> {
    let context = CURRENT.try_with(Context::clone).ok();
    async {
        match context {
            Some(context) => CURRENT.scope(context, work).await,
            None => work.await,
        }
    }
}

/// Remembers who calls.
pub(crate) fn note_caller(org: OrgId, key: ApiKeyId) {
    note(|known| Known { caller: Some((org, key)), ..known });
}

/// Remembers the event that the request is about.
pub(crate) fn note_event(event: EventId) {
    note(|known| Known { event: Some(event), ..known });
}

fn note(add: impl FnOnce(Known) -> Known) {
    // Outside of a request there is nobody to tell.
    let _ = CURRENT.try_with(|context| context.known.set(add(context.known.get())));
}

/// What is known of the request that this task serves.
pub(crate) fn known() -> Option<Known> {
    CURRENT.try_with(|context| context.known.get()).ok()
}

/// The trace of the request that this task serves.
pub(crate) fn current() -> Option<Trace> {
    CURRENT.try_with(|context| context.trace.get()).ok()
}

/// Its id.
pub(crate) fn current_id() -> Option<TraceId> {
    current().map(|trace| trace.id)
}

/// Goes on with the trace in which a message was sent, whose `traceparent` this is.
pub(crate) fn follow(traceparent: &str) {
    let _ = CURRENT.try_with(|context| {
        let Sender { id, parent, sampled } = from_traceparent(traceparent)?;
        context.trace.set(Trace { id, parent, sampled, ..context.trace.get() });
        Some(())
    });
}

/// Where the sender of a request or message stood.
#[derive(Clone, Copy)]
struct Sender {
    id: TraceId,
    parent: Option<u64>,
    sampled: bool,
}

impl Trace {
    /// From `traceparent` (W3C Trace Context), else `X-Cloud-Trace-Context`, else `X-Amzn-Trace-Id`, else a new one.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let sender = text("traceparent")
            .and_then(from_traceparent)
            .or_else(|| text("x-cloud-trace-context").and_then(from_cloud))
            .or_else(|| text("x-amzn-trace-id").and_then(from_amazon));
        let span = u64::from_be_bytes(Random::system().bytes()).max(1);
        let Sender { id, parent, sampled } = sender.unwrap_or_else(|| {
            let id = u128::from_be_bytes(Random::system().bytes()).max(1);
            Sender { id: TraceId(id), parent: None, sampled: SAMPLED.load(Ordering::Relaxed) }
        });
        Self { id, parent, span, sampled }
    }
}

/// As `traceparent` (W3C Trace Context, version 00), with this request as the parent.
impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{}-{:016x}-{:02x}", self.id, self.span, u8::from(self.sampled))
    }
}

/// `00-<32 hex>-<16 hex>-<2 hex>`; later versions may append fields.
fn from_traceparent(text: &str) -> Option<Sender> {
    let mut parts = text.split('-');
    let (version, id, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let known = version.len() == 2 && version != "ff" && (version != "00" || parts.next().is_none());
    let flags = hex(flags, 2).filter(|_| known)?;
    let span = u64::try_from(hex(span, 16)?).ok().filter(|span| *span != 0)?;
    Some(Sender { id: trace_id(id)?, parent: Some(span), sampled: flags & 1 == 1 })
}

/// `<32 hex>[/<decimal span>][;o=<0|1>]`, the older header of Google Cloud.
fn from_cloud(text: &str) -> Option<Sender> {
    let (path, options) = text.split_once(';').unwrap_or((text, ""));
    let (id, span) = path.split_once('/').unwrap_or((path, ""));
    let parent = span.parse().ok().filter(|span| *span != 0);
    Some(Sender { id: trace_id(id)?, parent, sampled: options == "o=1" })
}

/// `Root=1-<8 hex>-<24 hex>;Parent=<16 hex>;Sampled=<0|1>`, of AWS X-Ray; all but the root may be missing.
fn from_amazon(text: &str) -> Option<Sender> {
    let part = |name| text.split(';').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='));
    let (time, rest) = part("Root")?.strip_prefix("1-")?.split_once('-')?;
    let id = trace_id(&[time, rest].concat()).filter(|_| time.len() == 8)?;
    let parent = part("Parent").and_then(|span| u64::try_from(hex(span, 16)?).ok()).filter(|span| *span != 0);
    Some(Sender { id, parent, sampled: part("Sampled") == Some("1") })
}

fn trace_id(text: &str) -> Option<TraceId> {
    hex(text, 32).filter(|id| *id != 0).map(TraceId)
}

fn hex(text: &str, digits: usize) -> Option<u128> {
    let is_hex = text.len() == digits && text.bytes().all(|b| b.is_ascii_hexdigit());
    is_hex.then(|| u128::from_str_radix(text, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use axum::http::HeaderMap;

    use super::{Trace, carried, current, follow, within};

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
        assert_eq!((trace.parent, trace.sampled), (Some(0xb7ad_6b71_6920_3331), true));
        assert!(!of("traceparent", &format!("00-{ID}-b7ad6b7169203331-00")).sampled);
        let later = of("traceparent", &format!("01-{ID}-b7ad6b7169203331-01-more"));
        assert_eq!(later.id.to_string(), ID);
    }

    #[test]
    fn the_header_of_google_cloud_is_continued() {
        let trace = of("x-cloud-trace-context", &format!("{ID}/12345;o=1"));
        assert_eq!((trace.id.to_string().as_str(), trace.parent, trace.sampled), (ID, Some(12345), true));
        assert_eq!(of("x-cloud-trace-context", ID).id.to_string(), ID);
    }

    #[test]
    fn the_header_of_aws_is_continued() {
        let trace = of("x-amzn-trace-id", "Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=b7ad6b7169203331;Sampled=1");
        assert_eq!((trace.id.to_string().as_str(), trace.parent), (ID, Some(0xb7ad_6b71_6920_3331)));
        assert!(trace.sampled);
        let bare = of("x-amzn-trace-id", "Self=x; Root=1-0af76519-16cd43dd8448eb211c80319c");
        assert_eq!((bare.id.to_string().as_str(), bare.parent, bare.sampled), (ID, None, false));
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
            assert!(trace.id.to_string() != ID && trace.parent.is_none(), "{value}");
        }
        let [one, other] = [(); 2].map(|()| Trace::of(&HeaderMap::new()));
        assert!(one.id != other.id && one.span != other.span);
    }

    #[tokio::test]
    async fn a_message_goes_on_with_the_trace_of_its_sender() {
        let sender = of("traceparent", &format!("00-{ID}-b7ad6b7169203331-01"));
        assert_eq!(sender.to_string(), format!("00-{ID}-{:016x}-01", sender.span));
        let receiver = Trace::of(&HeaderMap::new());
        let followed = within(receiver, async {
            follow("nonsense");
            assert_eq!(current(), Some(receiver));
            follow(&sender.to_string());
            current().unwrap()
        });
        let expected = Trace { id: sender.id, parent: Some(sender.span), span: receiver.span, sampled: true };
        assert_eq!(followed.await, expected);
        follow(&sender.to_string());
        assert_eq!(current(), None);
    }

    #[tokio::test]
    async fn a_task_of_its_own_is_told_what_it_belongs_to() {
        let trace = Trace::of(&HeaderMap::new());
        let spawned = within(trace, async { tokio::spawn(carried(async { current() })).await.unwrap() });
        assert_eq!(spawned.await, Some(trace));
        assert_eq!(tokio::spawn(carried(async { current() })).await.unwrap(), None);
    }
}
