//! What the samples are held against.

use std::time::Duration;

use super::Kind;
use crate::load::Sample;
use crate::report::{Bar, Figure, in_micros};

/// Processor time that the writer may use per event.
const COST: Duration = Duration::from_micros(60);
/// How much shorter the tail must be than the peer's: a fifth.
const TAIL: Bar = Bar::AtMost(0.2);

/// The samples of everyone who ran.
#[derive(Debug)]
pub struct Measured(pub Vec<(&'static str, Kind, Sample)>);

impl Measured {
    /// With their names.
    pub fn samples(&self) -> impl Iterator<Item = (&str, &Sample)> {
        self.0.iter().map(|(name, _, sample)| (*name, sample))
    }

    fn of(&self, wanted: Kind) -> Option<&Sample> {
        self.0.iter().find(|(_, kind, _)| *kind == wanted).map(|(_, _, sample)| sample)
    }

    fn rate(&self, name: &str, own: Kind, peer: Kind, bar: Bar) -> Option<Figure> {
        Some(Figure::rate(name, self.of(own)?, self.of(peer)?, bar))
    }

    fn tail(&self, name: &str, connections: usize, bar: Bar) -> Option<Figure> {
        let own = self.of(Kind::Writer(connections))?.p99?;
        let peer = self.of(Kind::Peer(connections))?.p99?;
        Some(duration(name, own, peer, bar))
    }
}

/// The figures of all who ran.
pub fn figures(local: &Measured, slow: &Measured, cost: Duration) -> Vec<Figure> {
    let (writer, peer) = (Kind::Writer, Kind::Peer);
    let figures = [
        local.rate("writer : Node, 64 connections", writer(64), peer(64), Bar::AtLeast(8.0)),
        local.tail("p99 of the same", 64, TAIL),
        local.rate("writer : Node, 256 connections", writer(256), peer(256), Bar::Told),
        local.tail("p99 of the same", 256, Bar::Told),
        slow.rate("writer : Node, 64 connections, 3 ms flush", writer(64), peer(64), Bar::AtLeast(25.0)),
        slow.tail("p99 of the same", 64, TAIL),
        slow.rate("writer : Node, 256 connections, 3 ms flush", writer(256), peer(256), Bar::AtLeast(60.0)),
        slow.tail("p99 of the same", 256, TAIL),
        local.rate("writer : pgbench, 64 each", writer(64), Kind::Pgbench, Bar::AtLeast(0.45)),
        local.rate("batch endpoint : pgbench", Kind::Batches, Kind::Pgbench, Bar::AtLeast(1.5)),
        Some(duration("writer's processor time per event : what it may be", cost, COST, Bar::AtMost(1.0))),
        local.rate("while the batcher seals : alone", Kind::Sealed(64), writer(64), Bar::Told),
    ];
    figures.into_iter().flatten().collect()
}

fn duration(name: &str, own: Duration, peer: Duration, bar: Bar) -> Figure {
    let ratio = own.as_secs_f64() / peer.as_secs_f64();
    Figure { name: name.to_owned(), value: in_micros(own), peer: in_micros(peer), ratio, bar }
}
