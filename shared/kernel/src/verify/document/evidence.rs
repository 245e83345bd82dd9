//! The members of evidence.

use super::{Anchor, Event, FormatError, Inclusion, Log, Members, Opening, Signed, Unchecked};

pub(in crate::verify) struct Evidence {
    pub log: Log,
    pub event: Event,
    pub opening: Option<Opening>,
    pub inclusion: Option<Inclusion>,
    pub checkpoint: Option<String>,
    pub receipt: Option<Signed>,
    pub anchors: Vec<Anchor>,
}

impl Evidence {
    pub(super) fn read(from: &mut Members, unchecked: &mut Unchecked) -> Result<Self, FormatError> {
        let log = Log::read(from, unchecked)?;
        let mut members = from.object("event")?;
        let event = Event::read(&mut members)?;
        members.finish(unchecked);
        let opening = Opening::read(from, unchecked)?;
        let inclusion = from.nullable_object("inclusion")?;
        let inclusion = inclusion.map(|members| Inclusion::read(members, unchecked)).transpose()?;
        let checkpoint = from.nullable_text("checkpoint")?;
        let receipt = receipt(from, unchecked)?;
        let anchors: Vec<_> =
            from.list("anchors")?.map(|(item, path)| Anchor::read(item, path)).collect::<Result<_, _>>()?;
        unchecked.extend(anchors.iter().map(|anchor| anchor.path.clone()));
        Ok(Self { log, event, opening, inclusion, checkpoint, receipt, anchors })
    }
}

fn receipt(from: &mut Members, unchecked: &mut Unchecked) -> Result<Option<Signed>, FormatError> {
    let Some(mut members) = from.optional_object("receipt")? else {
        return Ok(None);
    };
    let receipt = Signed::read(&mut members)?;
    members.finish(unchecked);
    Ok(Some(receipt))
}
