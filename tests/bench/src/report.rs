//! The table of figures: what was measured, what it was held against, and whether it reaches its bar.

use std::fmt;
use std::time::Duration;

use crate::load::Sample;

/// What a figure must reach.
#[derive(Debug, Clone, Copy)]
pub enum Bar {
    /// At least so many times the peer.
    AtLeast(f64),
    /// At most so many times the peer.
    AtMost(f64),
    /// At least so many of a unit; there is no peer.
    Floor(f64, &'static str),
    /// At most so many of a unit; there is no peer.
    Ceiling(f64, &'static str),
    /// Told, not judged.
    Told,
}

impl Bar {
    fn is_reached(self, ratio: f64) -> bool {
        match self {
            Self::AtLeast(bar) | Self::Floor(bar, _) => ratio >= bar,
            Self::AtMost(bar) | Self::Ceiling(bar, _) => ratio <= bar,
            Self::Told => true,
        }
    }
}

impl fmt::Display for Bar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(bar) => write!(f, "≥ {bar}×"),
            Self::AtMost(bar) => write!(f, "≤ {bar}×"),
            Self::Floor(bar, unit) => write!(f, "≥ {bar:.0} {unit}"),
            Self::Ceiling(bar, unit) => write!(f, "≤ {bar:.0} {unit}"),
            Self::Told => Ok(()),
        }
    }
}

/// One line of the table.
#[derive(Debug)]
pub struct Figure {
    /// What it says.
    pub name: String,
    /// The measured value, in words.
    pub value: String,
    /// The peer's value, in words; empty when there is no peer.
    pub peer: String,
    /// Value over peer; the value itself when there is no peer.
    pub ratio: f64,
    /// What the ratio must reach.
    pub bar: Bar,
}

impl Figure {
    /// Compares answers per second.
    pub fn rate(name: &str, own: &Sample, peer: &Sample, bar: Bar) -> Self {
        let per_second = |sample: &Sample| format!("{:.0}/s", sample.per_second);
        Self {
            name: name.to_owned(),
            value: per_second(own),
            peer: per_second(peer),
            ratio: own.per_second / peer.per_second,
            bar,
        }
    }

    /// Compares mean times to an answer.
    pub fn latency(name: &str, own: &Sample, peer: &Sample, bar: Bar) -> Self {
        Self {
            name: name.to_owned(),
            value: in_micros(own.mean),
            peer: in_micros(peer.mean),
            ratio: own.mean.as_secs_f64() / peer.mean.as_secs_f64(),
            bar,
        }
    }

    /// A value by itself.
    pub fn plain(name: String, value: f64, unit: &str, bar: Bar) -> Self {
        let digits = if value < 10.0 { 2 } else { 0 };
        Self { name, value: format!("{value:.digits$} {unit}"), peer: String::new(), ratio: value, bar }
    }
}

/// A time in microseconds.
pub fn in_micros(time: Duration) -> String {
    format!("{} µs", time.as_micros())
}

/// Prints what each contestant did by itself.
pub fn print_samples<'a>(title: &str, samples: impl IntoIterator<Item = (&'a str, &'a Sample)>) {
    println!("\n{title:<58} {:>10} {:>12} {:>12}", "per second", "mean", "p99");
    for (name, sample) in samples {
        let p99 = sample.p99.map_or("-".to_owned(), in_micros);
        println!("{name:<58} {:>10.0} {:>12} {p99:>12}", sample.per_second, in_micros(sample.mean));
    }
}

/// Prints the figures beside their bars.
pub fn print_figures(figures: &[Figure]) {
    println!("\n{:<58} {:>10} {:>10} {:>8} {:>8}", "figure", "value", "peer", "ratio", "bar");
    for Figure { name, value, peer, ratio, bar } in figures {
        let verdict = match bar {
            Bar::Told => "",
            bar if bar.is_reached(*ratio) => "pass",
            _ => "MISS",
        };
        let ratio = if peer.is_empty() { String::new() } else { format!("{ratio:.2}×") };
        println!("{name:<58} {value:>10} {peer:>10} {ratio:>8} {:>8} {verdict}", bar.to_string());
    }
}
