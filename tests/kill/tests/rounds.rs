//! A few rounds of every part; `bin/kill` goes through hundreds.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use kill::check::Tally;
use kill::rounds::{Plan, backend, batcher, disk, server, writer};

fn plan(rounds: u32) -> Plan {
    let seed = u64::from_be_bytes(cloud::random::Random::system().bytes());
    println!("seed {seed}");
    Plan::new(env!("CARGO_BIN_EXE_kill"), rounds, seed)
}

fn lost_nothing(tally: &Tally) {
    assert!(tally.acknowledged > 0 && tally.lost == 0, "{tally:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_writer_has_lost_nothing_that_it_acknowledged() {
    lost_nothing(&writer::run(&plan(8)).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_has_lost_nothing_that_was_acknowledged() {
    lost_nothing(&server::run(&plan(6)).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backend_killed_between_batch_and_barrier_has_lost_nothing_that_was_acknowledged() {
    lost_nothing(&backend::run(&plan(6)).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_read_again_loses() {
    let tally = backend::run_control(&plan(6)).await.unwrap();
    assert!(tally.acknowledged > tally.lost && tally.lost > 0, "{tally:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_batcher_has_published_nothing_that_is_not_in_the_database_and_a_new_one_finishes() {
    lost_nothing(&batcher::run(&plan(8)).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_leaves_nothing_half_written_and_appends_go_on_when_there_is_room() {
    let tally = disk::run(&plan(3)).await.unwrap();
    if tally.rounds == 0 {
        return private_postgres::skip("a_full_disk_leaves_nothing_half_written", "mount");
    }
    assert!(tally.acknowledged > 0 && tally.unknown > 0 && tally.lost == 0, "{tally:?}");
}
