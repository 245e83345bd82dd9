//! What a client says, in the words of the standard library.

use std::io;

use google_cloud_gax::error::Error;

/// The error of a client as one of a device, which is what every contract knows. It keeps the client's words.
pub(crate) fn to_io(error: Error) -> io::Error {
    let kind = match error.http_status_code() {
        Some(401 | 403) => io::ErrorKind::PermissionDenied,
        Some(404) => io::ErrorKind::NotFound,
        Some(400) => io::ErrorKind::InvalidInput,
        Some(408 | 429 | 500..) => io::ErrorKind::ResourceBusy,
        _ if error.is_timeout() => io::ErrorKind::TimedOut,
        _ if error.is_connect() => io::ErrorKind::NotConnected,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, error)
}
