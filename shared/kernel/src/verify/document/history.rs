//! The members of a history.

use super::{Event, FormatError, Inclusion, Log, Members, Opening, Signed, Unchecked};

pub(in crate::verify) struct History {
    pub log: Log,
    pub events: Vec<HistoryEvent>,
    /// What the head says.
    pub statement: String,
    pub head: Signed,
    pub checkpoint: Option<String>,
}

pub(in crate::verify) struct HistoryEvent {
    pub event: Event,
    pub opening: Option<Opening>,
    pub inclusion: Option<Inclusion>,
}

impl History {
    pub(super) fn read(from: &mut Members, unchecked: &mut Unchecked) -> Result<Self, FormatError> {
        let log = Log::read(from, unchecked)?;
        let mut events = Vec::new();
        for (item, path) in from.list("events")? {
            let members = Members::of(item, path)?;
            events.push(HistoryEvent::read(members, unchecked)?);
        }
        let mut members = from.object("head")?;
        let statement = members.text("statement")?;
        let head = Signed::read(&mut members)?;
        members.finish(unchecked);
        let checkpoint = from.nullable_text("checkpoint")?;
        Ok(Self { log, events, statement, head, checkpoint })
    }
}

impl HistoryEvent {
    fn read(mut from: Members, unchecked: &mut Unchecked) -> Result<Self, FormatError> {
        let event = Event::read(&mut from)?;
        let opening = Opening::read(&mut from, unchecked)?;
        let inclusion = from.optional_object("inclusion")?;
        let inclusion = inclusion.map(|members| Inclusion::read(members, unchecked)).transpose()?;
        from.finish(unchecked);
        Ok(Self { event, opening, inclusion })
    }
}
