//! What the kernel says of processes: processor time and memory.

use std::fs;
use std::time::Duration;

use private_postgres::Cluster;

use crate::Failure;

/// The unit of times in `/proc`: a hundredth of a second wherever Linux runs.
const TICK: Duration = Duration::from_millis(10);

/// A memory figure of a process (`VmRSS`, `VmHWM`) in KiB; none when it has ended.
pub fn memory(id: u32, name: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.trim().strip_suffix(" kB")?.trim_end().parse().ok()
}

/// Processor time of this process's children that have ended.
pub fn cpu_of_children() -> Result<Duration, Failure> {
    Ok(Stat::of("self").ok_or("no /proc")?.children)
}

/// Processor time of a server: its postmaster, the backends that have ended and those that live.
pub fn cpu_of_postgres(cluster: &Cluster) -> Result<Duration, Failure> {
    let postmaster = cluster.postmaster().ok_or("PostgreSQL is gone")?;
    let own = Stat::of(&postmaster.to_string()).ok_or("PostgreSQL is gone")?;
    let living = fs::read_dir("/proc")?.filter_map(|entry| Stat::of(entry.ok()?.file_name().to_str()?));
    let living: Duration = living.filter(|stat| stat.parent == postmaster).map(|stat| stat.own).sum();
    Ok(own.own + own.children + living)
}

#[derive(Debug, PartialEq, Eq)]
struct Stat {
    parent: u32,
    own: Duration,
    /// Of the children that have ended.
    children: Duration,
}

impl Stat {
    fn of(id: &str) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/{id}/stat")).ok()?)
    }

    /// proc(5): after the name, which may hold anything, the parent is the second field and the times are the twelfth to fifteenth.
    fn parse(text: &str) -> Option<Self> {
        let (_, fields) = text.rsplit_once(')')?;
        let fields: Vec<_> = fields.split_ascii_whitespace().collect();
        let ticks = |number: usize| Some(TICK * fields.get(number)?.parse::<u32>().ok()?);
        Some(Self {
            parent: fields.get(1)?.parse().ok()?,
            own: ticks(11)? + ticks(12)?,
            children: ticks(13)? + ticks(14)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_parent_are_found_after_any_name() {
        let text = "77 (a) name) S 12 77 77 0 -1 4194560 1 2 3 4 50 6 700 8 20 0 1";
        let expected = Stat { parent: 12, own: Duration::from_millis(560), children: Duration::from_millis(7_080) };
        assert_eq!(Stat::parse(text), Some(expected));
    }
}
