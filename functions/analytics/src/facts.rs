//! What is told of an event: what its header and its place in the log say, and of that nothing personal and nothing by which the row leads
//! back to the event.

use cloud::warehouse::{Column, ColumnType, Row, Table, Value};
use store::analytics::Milestones;
use truth_kernel::hash::{Hash, hmac_sha256};
use truth_kernel::header::Header;
use truth_kernel::id::EventId;
use truth_kernel::time::Timestamp;

/// The facts. `analytics.facts` of the schema has the same columns.
pub const FACTS: Table = Table {
    name: "facts",
    columns: &[
        Column::required("fact_id", ColumnType::Text),
        Column::required("region", ColumnType::Text),
        Column::required("log", ColumnType::Text),
        Column::required("mode", ColumnType::Text),
        Column::required("chain", ColumnType::Text),
        Column::required("type", ColumnType::Text),
        Column::required("class", ColumnType::Text),
        Column::required("org", ColumnType::Text),
        Column::required("decided", ColumnType::Boolean),
        Column::required("hour", ColumnType::Time),
        Column::optional("sealed_ms", ColumnType::Integer),
        Column::optional("published_ms", ColumnType::Integer),
    ],
    partitioned_by: "hour",
};

const HOUR: i64 = 3_600_000;

/// Separates these names from everything else that is made with HMAC.
const FACT: &[u8] = b"proveniq/v1/fact\0";

/// The row of an event that is the leaf `leaf` of its log.
pub fn row(header: &Header, leaf: u64, milestones: &Milestones, key: &Hash) -> Row {
    let parts = header.log.parts();
    let text = |text: &str| Value::Text(text.to_owned());
    let mut values = vec![
        ("fact_id", Value::Text(fact_id(key, header.id))),
        ("region", text(parts.region)),
        ("log", text(parts.number)),
        ("mode", text(header.log.mode().as_str())),
        ("chain", text(header.chain.as_str())),
        ("type", text(header.event_type.as_str())),
        ("class", text(header.class.as_str())),
        ("org", Value::Text(header.org.to_string())),
        ("decided", Value::Boolean(header.decision.is_some())),
        ("hour", Value::Time(hour(header.time))),
    ];
    let signed = covering(&milestones.signed, leaf);
    let published = covering(&milestones.published, leaf);
    values.extend(signed.map(|signed| ("sealed_ms", between(header.time, signed))));
    values.extend(signed.zip(published).map(|(signed, published)| ("published_ms", between(signed, published))));
    Row { insert_id: header.id.to_string(), values }
}

/// The event's name among the facts: the same for the same event, and only who has the key knows of which.
fn fact_id(key: &Hash, event: EventId) -> String {
    let mut id = hmac_sha256(key.as_bytes(), &[FACT, event.as_uuid().as_bytes()]).to_string();
    id.truncate(32);
    id
}

/// The beginning of the hour: a moment to the millisecond would name the event.
fn hour(time: Timestamp) -> Timestamp {
    Timestamp::from_millis(time.millis() - time.millis().rem_euclid(HOUR))
}

/// When the first checkpoint that covers the leaf came.
fn covering(milestones: &[(u64, Timestamp)], leaf: u64) -> Option<Timestamp> {
    milestones.get(milestones.partition_point(|(size, _)| *size <= leaf)).map(|(_, at)| *at)
}

/// Milliseconds; none when the machine's clock went back in between.
fn between(from: Timestamp, to: Timestamp) -> Value {
    Value::Integer(to.millis().saturating_sub(from.millis()).max(0))
}

#[cfg(test)]
mod tests;
