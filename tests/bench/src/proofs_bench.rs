//! The proofs part: proofs out of a large log, sealing of many pending events, and the time until a new event is provable.

mod asking;
pub mod provable;
mod sealing;

use std::time::Duration;

use crate::Failure;
use crate::client::Client;
use crate::keys::Keys;
use crate::report::{Bar, Figure, print_figures};
use crate::rounds::Plan;
use crate::serving::Serving;
use crate::stage::Stage;
use crate::times::{Times, in_millis};

/// Prints what the three take, on a log that is filled already.
pub async fn run(log: &Stage, plan: Plan) -> Result<(), Failure> {
    let keys = Keys::make(log).await?;
    let serving = Serving::start(log).await?;
    let client = Client::new(&serving.url);
    let mut figures = Vec::new();
    for connections in [1, 16] {
        let times = asking::ask(log, &client, &keys, connections, plan).await?;
        figures.extend(of_proofs(connections, &times));
    }
    let pending = plan.events / 10;
    let sealing = sealing::seal(log, &client, pending, plan).await?;
    figures.extend(of_sealing(pending, &sealing));
    figures.extend(of_provable(&provable::load(&client, &keys, plan).await?));
    serving.stop().await?;
    print_figures(&figures);
    Ok(())
}

fn of_proofs(connections: usize, times: &Times) -> [Figure; 2] {
    let name = |what| format!("a proof, {connections} at a time, {what}");
    // One at a time: what a client waits for is the server's own time and the way there and back.
    let bar = if connections == 1 { Bar::Ceiling(5.0, "ms") } else { Bar::Told };
    [
        Figure::plain(name("median"), in_millis(times.median()), "ms", Bar::Told),
        Figure::plain(name("p99"), in_millis(times.p99()), "ms", bar),
    ]
}

fn of_sealing(pending: usize, sealing: &sealing::Sealing) -> Vec<Figure> {
    let bar = if pending == 100_000 { Bar::Ceiling(2.0, "s") } else { Bar::Told };
    let figure = |what, time: Duration, bar| {
        Figure::plain(format!("sealing {pending} pending events, {what}"), time.as_secs_f64(), "s", bar)
    };
    let mut figures = vec![
        figure("until published", sealing.published, bar),
        figure("until the push is answered", sealing.answered, bar),
    ];
    figures.extend(sealing.steps.iter().map(|(name, time)| figure(name, *time, Bar::Told)));
    figures
}

fn of_provable(provable: &provable::Provable) -> Vec<Figure> {
    let seconds = |name: &str, time: Duration, bar| Figure::plain(name.to_owned(), time.as_secs_f64(), "s", bar);
    vec![
        Figure::plain("failed in the open loop".to_owned(), provable.failed.into(), "", Bar::Ceiling(0.0, "")),
        Figure::plain("appended in the open loop".to_owned(), provable.per_second, "/s", Bar::Floor(980.0, "/s")),
        Figure::plain("its 201, median".to_owned(), in_millis(provable.posted.median()), "ms", Bar::Told),
        Figure::plain("its 201, p99".to_owned(), in_millis(provable.posted.p99()), "ms", Bar::Told),
        seconds("from 201 to provable, median", provable.proven.median(), Bar::Ceiling(1.0, "s")),
        seconds("from 201 to provable, p99", provable.proven.p99(), Bar::Ceiling(2.0, "s")),
    ]
}
