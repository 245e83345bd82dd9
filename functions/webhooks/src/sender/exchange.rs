//! One request over one connection.

use http::{Method, Request, header};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;

use super::Failure;
use crate::destination::Destination;
use crate::notification::MEDIA_TYPE;

/// What is sent: a body with the headers of Standard Webhooks.
#[derive(Clone, Debug)]
pub struct Notification {
    /// `webhook-id`: the same for every attempt.
    pub id: String,
    /// `webhook-timestamp`: seconds since 1970, of this attempt.
    pub timestamp: i64,
    /// `webhook-signature`.
    pub signature: String,
    /// The body that was signed.
    pub body: Vec<u8>,
}

pub(super) async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    destination: &Destination,
    notification: Notification,
) -> Result<u16, Failure> {
    let request = request(destination, notification).map_err(|_| Failure::Broken)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|_| Failure::Broken)?;
    // Ends with this call: a set of tasks aborts them when it is dropped, and with it the connection is closed.
    let mut driving = JoinSet::new();
    driving.spawn(connection);
    let answer = sender.send_request(request).await.map_err(|_| Failure::Broken)?;
    Ok(answer.status().as_u16())
}

fn request(destination: &Destination, notification: Notification) -> http::Result<Request<Full<Bytes>>> {
    Request::builder()
        .method(Method::POST)
        .uri(&destination.path)
        .header(header::HOST, &destination.authority)
        .header(header::USER_AGENT, "Proveniq-Webhooks/1")
        .header(header::CONTENT_TYPE, MEDIA_TYPE)
        .header(header::CONNECTION, "close")
        .header("webhook-id", notification.id)
        .header("webhook-timestamp", notification.timestamp)
        .header("webhook-signature", notification.signature)
        .body(Full::new(notification.body.into()))
}
