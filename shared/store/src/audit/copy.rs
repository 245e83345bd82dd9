//! Rows of `ledger_events` by binary COPY: the cheapest way out of the server.
//!
//! Format: `PostgreSQL` documentation, COPY, "Binary Format"; the server sends one row per message
//! (frontend/backend protocol, "COPY Operations").

use std::future::poll_fn;

use truth_kernel::audit::EventRow;
use truth_kernel::hash::Hash;
use uuid::Uuid;

use super::Step;
use super::session::Session;
use crate::error::{Error, Result};

/// The columns, in the order in which [`event`] takes them.
pub(super) const COLUMNS: &str =
    "e.org, e.mode, e.chain, e.seq, e.id, e.hash, e.time, e.class, e.type, e.stream, e.stream_seq, e.header";

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";
/// The signature, flags and the length of an extension that no server has.
const HEADER: usize = SIGNATURE.len() + 8;
/// From the Unix epoch to 2000-01-01, where the server counts from, in milliseconds.
const EPOCH: i64 = 946_684_800_000;

const FAULT: Error =
    Error::Inconsistent { table: "ledger_events", fault: "columns of another form than COPY promises" };

/// Hands over each row that a query of [`COLUMNS`] has, in its order. The query is ours: COPY takes no arguments.
pub(super) async fn events(session: &mut Session, query: &str, mut each: impl FnMut(&EventRow<'_>) -> Step) -> Step {
    let statement = format!("COPY ({query}) TO STDOUT (FORMAT binary)");
    let mut messages = session.connection.copy_out_raw(&statement).await?;
    let mut begun = false;
    while let Some(message) = poll_fn(|context| messages.as_mut().poll_next(context)).await {
        let message = message?;
        let rows = if begun { &message[..] } else { after_header(&message)? };
        begun = true;
        let mut reader = Reader(rows);
        while let Some(row) = event(&mut reader)? {
            each(&row)?;
        }
    }
    Ok(())
}

fn after_header(message: &[u8]) -> Result<&[u8]> {
    message.get(HEADER..).filter(|_| message.starts_with(SIGNATURE)).ok_or(FAULT)
}

/// The next row; none at the end of a message or of the data.
fn event<'a>(reader: &mut Reader<'a>) -> Result<Option<EventRow<'a>>> {
    match reader.0.split_first_chunk::<2>() {
        None => return Ok(None),
        Some((count, rest)) => {
            reader.0 = rest;
            match i16::from_be_bytes(*count) {
                -1 => return Ok(None),
                12 => {}
                _ => return Err(FAULT),
            }
        }
    }
    Ok(Some(EventRow {
        org: Uuid::from_bytes(reader.fixed()?),
        mode: reader.text()?,
        chain: reader.text()?,
        seq: i64::from_be_bytes(reader.fixed()?),
        id: Uuid::from_bytes(reader.fixed()?),
        hash: Hash::from_bytes(reader.fixed()?),
        time: EPOCH.saturating_add(i64::from_be_bytes(reader.fixed()?).div_euclid(1000)),
        class: reader.text()?,
        event_type: reader.text()?,
        stream: reader.optional()?.map(|bytes| fixed(bytes).map(Hash::from_bytes)).transpose()?,
        stream_seq: reader.optional()?.map(|bytes| fixed(bytes).map(i64::from_be_bytes)).transpose()?,
        header: reader.text()?,
    }))
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// The next value; none for NULL.
    fn optional(&mut self) -> Result<Option<&'a [u8]>> {
        let (length, rest) = self.0.split_first_chunk().ok_or(FAULT)?;
        let length = i32::from_be_bytes(*length);
        self.0 = rest;
        if length == -1 {
            return Ok(None);
        }
        let (value, rest) =
            usize::try_from(length).ok().and_then(|length| rest.split_at_checked(length)).ok_or(FAULT)?;
        self.0 = rest;
        Ok(Some(value))
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N]> {
        fixed(self.optional()?.ok_or(FAULT)?)
    }

    fn text(&mut self) -> Result<&'a str> {
        std::str::from_utf8(self.optional()?.ok_or(FAULT)?).map_err(|_| FAULT)
    }
}

fn fixed<const N: usize>(bytes: &[u8]) -> Result<[u8; N]> {
    bytes.try_into().map_err(|_| FAULT)
}
