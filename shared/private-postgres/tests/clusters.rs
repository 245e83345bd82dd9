//! Private clusters for real: each test makes its own.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod connection;

use connection::Connection;
use private_postgres::{Cluster, Error, OnDrop, SUPERUSER, Settings, Shutdown, test_cluster};
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{env, fs, thread};

fn ask(cluster: &Cluster, sql: &str) -> String {
    Connection::open(cluster).unwrap().ask(sql).unwrap()
}

#[test]
fn two_clusters_from_nothing_answer_and_leave_nothing_behind() {
    let settings = [Settings::scratch().set("work_mem", "5MB"), Settings::scratch()];
    let clusters = Cluster::start_all(&settings).unwrap();
    let folders: Vec<_> = clusters.iter().map(Cluster::data_dir).collect();
    assert_eq!(ask(&clusters[0], "SHOW work_mem"), "5MB");
    assert_eq!(ask(&clusters[1], "SHOW fsync"), "on");
    assert_eq!(ask(&clusters[1], "SHOW server_encoding"), "UTF8");
    let collation = "SELECT datcollate FROM pg_database WHERE datname = 'template1'";
    assert_eq!(ask(&clusters[1], collation), "C");
    assert_eq!(ask(&clusters[1], "SHOW listen_addresses"), "");
    drop(clusters);
    assert!(folders.iter().all(|data| !data.parent().unwrap().exists()));
}

#[test]
fn data_outlives_the_cluster_that_is_kept() {
    let settings = Settings::scratch();
    let first = Cluster::start(&settings.clone().on_drop(OnDrop::Stop)).unwrap();
    ask(&first, "CREATE TABLE kept AS SELECT 7 AS seven");
    let (old, data) = (first.postmaster(), first.data_dir());
    drop(first);
    assert!(data.exists() && !data.join("postmaster.pid").exists());
    let second = Cluster::start(&settings.set("fsync", "off")).unwrap();
    assert_ne!(second.postmaster(), old);
    assert_eq!(ask(&second, "SELECT seven FROM kept"), "7");
    assert_eq!(ask(&second, "SHOW fsync"), "off");
}

#[test]
fn a_killed_server_recovers_what_was_committed() {
    let cluster = Cluster::start(&Settings::scratch()).unwrap();
    ask(&cluster, "CREATE TABLE t AS SELECT 1 AS one");
    let mut busy = Connection::open(&cluster).unwrap();
    cluster.kill().unwrap();
    assert!(!cluster.is_running());
    assert!(busy.ask("SELECT 1").is_err());
    assert!(Connection::open(&cluster).is_err());
    cluster.restart().unwrap();
    assert_eq!(ask(&cluster, "SELECT one FROM t"), "1");
}

#[test]
fn a_pid_file_whose_number_belongs_to_another_process_does_not_block() {
    let cluster = Cluster::start(&Settings::scratch()).unwrap();
    cluster.stop(Shutdown::Immediate).unwrap();
    let stale = format!("{}\n{}\n", std::process::id(), cluster.data_dir().display());
    fs::write(cluster.data_dir().join("postmaster.pid"), stale).unwrap();
    assert!(!cluster.is_running());
    cluster.restart().unwrap();
    assert_eq!(ask(&cluster, "SELECT 1"), "1");
}

#[test]
fn one_killed_backend_costs_every_connection_but_not_the_server() {
    let cluster = Cluster::start(&Settings::scratch()).unwrap();
    let postmaster = cluster.postmaster();
    let mut victim = Connection::open(&cluster).unwrap();
    let id: u32 = victim.ask("SELECT pg_backend_pid()").unwrap().parse().unwrap();
    let stranger = cluster.kill_backend(std::process::id());
    assert!(matches!(stranger, Err(Error::NotABackend(_))));
    assert!(matches!(cluster.kill_backend(postmaster.unwrap()), Err(Error::NotABackend(_))));
    cluster.kill_backend(id).unwrap();
    assert!(victim.ask("SELECT 1").is_err());
    let back = (0..1_000).any(|_| {
        thread::sleep(Duration::from_millis(10));
        Connection::open(&cluster).is_ok()
    });
    assert!(back && cluster.postmaster() == postmaster);
}

#[test]
fn the_address_is_understood_by_libpq() {
    let cluster = Cluster::start(&Settings::scratch()).unwrap();
    let psql = cluster.binaries().folder().join("psql");
    if !psql.exists() {
        return private_postgres::skip("the_address_is_understood_by_libpq", "psql");
    }
    let url = cluster.url("postgres", SUPERUSER);
    let output = Command::new(psql).arg(url).args(["-Atc", "SELECT 2"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "2\n");
}

#[test]
fn other_processes_share_the_test_cluster() {
    let ours = test_cluster().unwrap().postmaster().unwrap().to_string();
    let mut other = helper("helper_prints_the_shared_postmaster").spawn().unwrap();
    let said = fs_read(other.stdout.take().unwrap());
    other.wait().unwrap();
    assert!(said.contains(&format!("postmaster {ours}\n")), "{said}");
}

#[test]
fn a_cluster_does_not_outlive_an_owner_who_was_killed() {
    let mut owner = helper("helper_owns_a_cluster_for_ever").spawn().unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(owner.stdout.take().unwrap()));
    let data = lines.find_map(|line| Some(line.unwrap().split_once("data ")?.1.to_owned())).unwrap();
    assert!(fs::exists(&data).unwrap());
    owner.kill().unwrap();
    owner.wait().unwrap();
    let gone = (0..3_000).any(|_| {
        thread::sleep(Duration::from_millis(10));
        !fs::exists(&data).unwrap()
    });
    assert!(gone, "{data}");
}

/// This very program, running one of the helpers below in a process of its own.
fn helper(name: &str) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args([name, "--exact", "--ignored", "--nocapture"]).stdout(Stdio::piped());
    command
}

fn fs_read(mut from: impl std::io::Read) -> String {
    let mut text = String::new();
    from.read_to_string(&mut text).unwrap();
    text
}

#[test]
#[ignore = "a part of other tests"]
fn helper_prints_the_shared_postmaster() {
    println!("postmaster {}", test_cluster().unwrap().postmaster().unwrap());
}

#[test]
#[ignore = "a part of other tests"]
fn helper_owns_a_cluster_for_ever() {
    let cluster = Cluster::start(&Settings::scratch()).unwrap();
    println!("data {}", cluster.data_dir().display());
    // Longer than any run, should the other test fail to kill us.
    thread::sleep(Duration::from_mins(10));
}

/// Asks again until the answer is `expected`.
fn await_answer(cluster: &Cluster, sql: &str, expected: &str) {
    let arrived = (0..3_000).any(|_| {
        thread::sleep(Duration::from_millis(10));
        ask(cluster, sql) == expected
    });
    assert!(arrived, "{sql}: {}", ask(cluster, sql));
}

#[test]
fn a_standby_follows_its_primary_and_lags_when_told() {
    let primary = Cluster::start(&Settings::scratch()).unwrap();
    ask(&primary, "CREATE TABLE t AS SELECT 1 AS n");
    let standby = primary.standby(&Settings::scratch()).unwrap();
    assert_eq!(ask(&standby, "SELECT pg_is_in_recovery()"), "t");
    let system = "SELECT system_identifier FROM pg_control_system()";
    assert_eq!(ask(&standby, system), ask(&primary, system));
    assert!(Connection::open(&standby).unwrap().ask("INSERT INTO t VALUES (2)").is_err());
    ask(&primary, "INSERT INTO t VALUES (2)");
    await_answer(&standby, "SELECT max(n) FROM t", "2");

    ask(&standby, "SELECT pg_wal_replay_pause()");
    await_answer(&standby, "SELECT pg_get_wal_replay_pause_state()", "paused");
    ask(&primary, "INSERT INTO t VALUES (3)");
    let written =
        format!("SELECT pg_last_wal_receive_lsn() >= '{}'", ask(&primary, "SELECT pg_current_wal_flush_lsn()"));
    await_answer(&standby, &written, "t");
    assert_eq!(ask(&standby, "SELECT max(n) FROM t"), "2", "received, but not applied");
    ask(&standby, "SELECT pg_wal_replay_resume()");
    await_answer(&standby, "SELECT max(n) FROM t", "3");

    let folder = standby.data_dir();
    drop(standby);
    assert!(!folder.parent().unwrap().exists());
}
