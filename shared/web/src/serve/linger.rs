//! Connections that are closed without losing the answer: a socket that is closed with bytes unread is reset, and whoever was still
//! sending (a batch of megabytes under a key that has expired) may never read why he was refused.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, Sleep, sleep};

/// How long the other side may be silent before the connection is closed all the same.
const SILENCE: Duration = Duration::from_secs(1);
/// How long it may send what nobody wants, in all.
const LONGEST: Duration = Duration::from_secs(5);

/// Accepts connections that linger.
#[derive(Debug)]
pub(super) struct Lingering(pub TcpListener);

/// A connection whose end waits until the other side has stopped sending; what it sends meanwhile is thrown away.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    /// Since when it ends, and until when the silence may last.
    ending: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl Listener for Lingering {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        // Answers are small and written at once: waiting for more to send only delays them.
        let _ = stream.set_nodelay(true);
        (Connection { stream, ending: None }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        pin!(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        pin!(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        pin!(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        pin!(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { stream, ending } = &mut *self;
        if ending.is_none() {
            ready!(pin!(&mut *stream).poll_shutdown(cx))?;
        }
        let (since, silence) = ending.get_or_insert_with(|| (Instant::now(), Box::pin(sleep(SILENCE))));
        let mut unwanted = [0; 16 * 1024];
        while since.elapsed() < LONGEST && silence.as_mut().poll(cx).is_pending() {
            let mut buffer = ReadBuf::new(&mut unwanted);
            match pin!(&mut *stream).poll_read(cx, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => silence.as_mut().reset(Instant::now() + SILENCE),
                // The other side has ended, or is gone.
                Poll::Ready(_) => break,
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(Ok(()))
    }
}
