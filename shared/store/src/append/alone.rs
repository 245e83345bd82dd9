//! One call of `append_alone_v1`: a single event, appended and flushed in one round trip.

use sqlx::postgres::PgConnection;
use truth_kernel::body::SubjectId;

use super::batch::RowOutcome;
use super::draft::Prepared;
use super::places::outcome_alone;
use crate::error::Result;
use crate::row::bigint;

const APPEND: &str = "CALL append_alone_v1($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, \
                      NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)";

/// Whether the row may be appended alone: its data key must be stored.
pub(super) fn is_fit(row: &Prepared) -> bool {
    row.data_key.is_confirmed()
}

/// Appends the row, durably. A violation of a unique index (a replay, a claim that somebody else has begun) has written nothing, and is for
/// a batch to sort out.
pub(super) async fn append(connection: &mut PgConnection, row: &Prepared, receipt_key: &str) -> Result<RowOutcome> {
    let claim = row.stream.as_ref();
    let result = sqlx::query(APPEND)
        .bind(row.org.as_uuid())
        .bind(row.mode.as_str())
        .bind(row.chain.as_str())
        .bind(bigint(row.generation))
        .bind(claim.map(|entry| entry.name.claim.as_str()))
        .bind(claim.map(|entry| entry.stream.as_bytes().as_slice()))
        .bind(claim.map(|entry| *entry.data_key.as_uuid()))
        .bind(claim.map(|entry| entry.sealed_key.as_slice()))
        .bind(row.id.as_uuid())
        .bind(row.digest)
        .bind(row.event_type.as_str())
        .bind(row.level.as_str())
        .bind(row.commitment.as_bytes().as_slice())
        .bind(row.decision.as_ref().map(|decision| decision.as_bytes().as_slice()))
        .bind(row.data_key.id.as_uuid())
        .bind(row.subject.as_ref().map(SubjectId::as_str))
        .bind(row.tags_column())
        .bind(row.envelope.as_slice())
        .bind(receipt_key)
        .fetch_one(connection)
        .await?;
    outcome_alone(&result, row)
}
