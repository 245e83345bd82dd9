//! Messages that are pushed to a function, in the envelope of Pub/Sub push.

mod pusher;

use std::collections::BTreeMap;

use axum::extract::{FromRef, FromRequest, Request};
use cloud::topic::TRACEPARENT;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use truth_kernel::encoding::decode_base64;
use utoipa::Modify;
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

pub use self::pusher::Pusher;
#[cfg(feature = "oidc")]
pub use self::pusher::SignedFor;
use crate::json;
use crate::problem::Problem;
use crate::trace;

/// Pub/Sub's limit on a message, in base64 and with its envelope.
const LIMIT: usize = 14 * 1024 * 1024;

/// A pushed message. Delivered at least once and in no order; an answer of 2xx takes it, any other
/// gets it delivered again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push<T> {
    /// The same for every delivery of a message.
    pub message_id: String,
    /// Counts from 1; not every sender tells it.
    pub delivery_attempt: Option<u32>,
    /// The key by which the sender orders messages, if it does.
    pub ordering_key: Option<String>,
    /// Names and values beside the content.
    pub attributes: BTreeMap<String, String>,
    /// The content, parsed from JSON. A nudge has none and is a `Push<()>`.
    pub body: T,
}

/// Adds to a function's OpenAPI document how a pusher shows who it is: the scheme `push`.
#[derive(Clone, Copy, Debug)]
pub struct PushScheme;

impl Modify for PushScheme {
    fn modify(&self, document: &mut OpenApi) {
        let token = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
        document.components.get_or_insert_default().add_security_scheme("push", token);
    }
}

/// The envelope's members that we use; the others (`publishTime`, …) are ignored.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    message: Wire,
    delivery_attempt: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    message_id: String,
    #[serde(default)]
    data: String,
    ordering_key: Option<String>,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

impl<S, T> FromRequest<S> for Push<T>
where
    S: Sync,
    T: DeserializeOwned,
    Pusher: FromRef<S>,
{
    type Rejection = Problem;

    /// The token first: an envelope of unknown origin is not even read.
    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        Pusher::from_ref(state).check(&parts.headers).await?;
        json::check_headers(&parts.headers)?;
        let bytes = json::read(&parts.headers, body, LIMIT).await?;
        let push = Self::parse(&bytes)?;
        if let Some(traceparent) = push.attributes.get(TRACEPARENT) {
            trace::follow(traceparent);
        }
        Ok(push)
    }
}

impl<T: DeserializeOwned> Push<T> {
    fn parse(bytes: &[u8]) -> Result<Self, Problem> {
        let broken = |detail: String| Problem::invalid_push().with_detail(detail);
        let envelope: Envelope = serde_json::from_slice(bytes).map_err(|error| broken(error.to_string()))?;
        let Wire { message_id, data, ordering_key, attributes } = envelope.message;
        let data = decode_base64(&data).map_err(|error| broken(format!("message.data: {error}")))?;
        let content = if data.is_empty() { b"null" } else { data.as_slice() };
        let body = serde_json::from_slice(content);
        let body = body.map_err(|error| broken(format!("message.data: {error}")))?;
        let delivery_attempt = envelope.delivery_attempt;
        Ok(Self { message_id, delivery_attempt, ordering_key, attributes, body })
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::http::Request;
    use axum::middleware::from_fn_with_state;
    use axum::routing::post;
    use serde::Deserialize;

    use super::{Push, Pusher};
    use crate::config::Secret;
    use crate::edge::observe;
    use crate::metrics::Metrics;
    use crate::problem::Problem;
    use crate::test_http::{ask, slug};

    #[derive(Debug, Deserialize, PartialEq, Eq)]
    struct Order {
        size: u64,
    }

    fn router(pusher: Pusher) -> Router {
        let order = async |push: Push<Order>| push.body.size.to_string();
        let nudge = async |_: Push<()>| -> Result<(), Problem> { Ok(()) };
        Router::new().route("/order", post(order)).route("/nudge", post(nudge)).with_state(pusher)
    }

    fn local() -> Router {
        router(Pusher::new(Some(Secret::new("secret"))))
    }

    async fn push(router: &Router, path: &str, token: &str, body: &'static str) -> (u16, serde_json::Value) {
        let request = Request::post(path).header("content-type", "application/json");
        let (parts, body) = ask(router, request.header("authorization", token), body).await;
        (parts.status.as_u16(), body)
    }

    const ORDER: &str =
        r#"{"message":{"data":"eyJzaXplIjo3fQ==","messageId":"1","publishTime":"…"},"subscription":"s"}"#;

    #[tokio::test]
    async fn a_push_with_the_token_is_parsed() {
        assert_eq!(push(&local(), "/order", "Bearer secret", ORDER).await, (200, 7.into()));
        for nudge in [r#"{"message":{"messageId":"1"}}"#, r#"{"message":{"data":"","messageId":"1"}}"#] {
            assert_eq!(push(&local(), "/nudge", "Bearer secret", nudge).await.0, 200, "{nudge}");
        }
    }

    #[test]
    fn what_the_sender_tells_is_kept() {
        let text = br#"{"deliveryAttempt":3,"message":{"messageId":"m","orderingKey":"k","attributes":{"a":"b"}}}"#;
        let push = Push::<()>::parse(text).ok();
        let attributes = [("a".to_owned(), "b".to_owned())].into();
        let (message_id, ordering_key) = ("m".to_owned(), Some("k".to_owned()));
        let expected = Push { message_id, delivery_attempt: Some(3), ordering_key, attributes, body: () };
        assert_eq!(push, Some(expected));
    }

    #[tokio::test]
    async fn a_push_goes_on_with_the_trace_of_its_sender_once_the_token_was_shown() {
        let id = "0af7651916cd43dd8448eb211c80319c";
        let sent = format!(
            r#"{{"message":{{"messageId":"1","attributes":{{"traceparent":"00-{id}-b7ad6b7169203331-01"}}}}}}"#
        );
        let refuse = async |_: Push<()>| Problem::conflict();
        let router = Router::new()
            .route("/nudge", post(refuse))
            .with_state(Pusher::new(Some(Secret::new("secret"))))
            .layer(from_fn_with_state(Metrics::default(), observe));
        for (token, status, follows) in [("Bearer secret", 409, true), ("Bearer other", 401, false)] {
            let request = Request::post("/nudge").header("content-type", "application/json");
            let (parts, body) = ask(&router, request.header("authorization", token), sent.clone()).await;
            assert_eq!(
                (parts.status.as_u16(), body["instance"] == format!("urn:proveniq:trace:{id}")),
                (status, follows)
            );
        }
    }

    #[tokio::test]
    async fn without_the_token_everything_is_refused() {
        for token in ["", "Bearer ", "Bearer Secret", "Bearer secret2", "secret", "Basic secret"] {
            let (status, body) = push(&local(), "/order", token, ORDER).await;
            assert_eq!((status, slug(&body)), (401, "unauthenticated"), "{token}");
        }
        for token in ["Bearer secret", "Bearer ", ""] {
            let closed = router(Pusher::new(None));
            assert_eq!(push(&closed, "/order", token, ORDER).await.0, 401, "no token is set");
        }
    }

    #[tokio::test]
    async fn a_broken_envelope_is_a_problem() {
        for body in [
            "",
            "{",
            "[]",
            r#"{"message":{}}"#,
            r#"{"message":{"messageId":"1","data":"not base64"}}"#,
            r#"{"message":{"messageId":"1","data":"eyJzaXplIjo3fQ"}}"#,
            r#"{"message":{"messageId":"1","data":"e30="}}"#,
            r#"{"message":{"messageId":"1"}}"#,
        ] {
            let (status, problem) = push(&local(), "/order", "Bearer secret", body).await;
            assert_eq!((status, slug(&problem)), (400, "invalid-push"), "{body}");
        }
    }
}
