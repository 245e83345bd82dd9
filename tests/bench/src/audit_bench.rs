//! The audit part: `proveniq audit` over a large log, and the appender while it runs.

mod command;
mod disturbed;

use self::command::{Audited, Openings, audit};
use crate::Failure;
use crate::machine::Machine;
use crate::report::{Bar, Figure, print_figures, print_samples};
use crate::rounds::{Plan, medians};
use crate::stage::Stage;

/// What an audit may hold, in MiB, and for each claim besides, in bytes.
const MEMORY: (f64, f64) = (64.0, 64.0);
const MIB: f64 = 1_048_576.0;

/// Prints what an audit takes, and what it takes from the appender.
pub async fn run(machine: &Machine, log: &Stage, plan: Plan) -> Result<(), Failure> {
    let mut audits = Vec::new();
    for _ in 0..plan.rounds.min(3) {
        audits.push(audit(machine, log, Openings::Closed).await?);
    }
    audits.sort_by_key(|audited| audited.own);
    let structural = audits.swap_remove(audits.len() / 2);
    let openings = audit(machine, log, Openings::Opened).await?;
    let mut figures = of_structure(&structural);
    figures.extend(of_openings(&openings));
    let plan = Plan { rounds: plan.rounds.min(3), time: plan.time.max(structural.wall.mul_f64(1.5)), ..plan };
    let samples = medians(&disturbed::contestants(log), plan).await?;
    let names = ["appender, 256 callers", "appender, 256 callers, during audits"];
    print_samples("Audit", names.into_iter().zip(&samples));
    figures.push(Figure::rate("during an audit : alone", &samples[1], &samples[0], Bar::AtLeast(0.7)));
    print_figures(&figures);
    Ok(())
}

fn of_structure(audited: &Audited) -> Vec<Figure> {
    let Audited { events, claims, own, postgres, wall, peak } = audited;
    let rate = |what: &str, time: std::time::Duration, bar| {
        Figure::plain(format!("audit of {events} events, {what}"), events / time.as_secs_f64(), "/s", bar)
    };
    let allowed = MEMORY.0 + MEMORY.1 * claims / MIB;
    vec![
        rate("per second of its own processor time", *own, Bar::Floor(200_000.0, "/s")),
        rate("per second of PostgreSQL's", *postgres, Bar::Told),
        rate("per second of both", *own + *postgres, Bar::Told),
        rate("per second of the clock", *wall, Bar::Told),
        Figure::plain(format!("its peak memory, {claims} claims"), peak / MIB, "MiB", Bar::Ceiling(allowed, "MiB")),
    ]
}

fn of_openings(audited: &Audited) -> Vec<Figure> {
    let rate = |what: &str, time: std::time::Duration| {
        Figure::plain(format!("with openings, {what}"), audited.events / time.as_secs_f64(), "/s", Bar::Told)
    };
    vec![
        rate("per second of its own processor time", audited.own),
        rate("per second of PostgreSQL's", audited.postgres),
        rate("per second of the clock", audited.wall),
        Figure::plain("its peak memory".to_owned(), audited.peak / MIB, "MiB", Bar::Told),
    ]
}
