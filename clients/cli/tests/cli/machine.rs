//! `doctor` and `migrate`: what concerns the machine itself.

use std::net::TcpListener;

use crate::support::{Scratch, proveniq, run};
use private_postgres::{SUPERUSER, test_cluster};
use store::migrate::{OWNER, create_database};
use store::{Database, Store};

#[test]
fn the_doctor_finds_what_this_very_test_needs() {
    let found = run(["doctor"]);
    assert_eq!(found.code, 0, "{}{}", found.out, found.err);
    for name in ["C compiler", "PostgreSQL", "state folder"] {
        assert!(found.out.lines().any(|line| line.starts_with("fine") && line.contains(name)), "{name}: {}", found.out);
    }
}

#[test]
fn the_doctor_says_how_to_mend_what_is_missing() {
    let output = proveniq().arg("doctor").env("PATH", "/nowhere").env("PG_BIN", "/nowhere").output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    for remedy in
        ["apt-get install gcc", "apt-get install postgresql", "apt-get install curl", "apt-get install nodejs"]
    {
        assert!(said.contains(remedy), "{remedy}: {said}");
    }
}

#[test]
fn the_doctor_notices_a_port_in_use() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let found = run(["doctor", "--port", &port]);
    assert!(found.code == 0 && found.out.contains(&format!("{port} is in use")), "{}", found.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_migrated_and_founded_once_and_never_as_another_region() {
    let (cluster, folder) = (test_cluster().unwrap(), Scratch::new());
    let name = format!("cli_migrate_{}", std::process::id());
    let superuser = Store::open(Database::from_url(&cluster.url("postgres", SUPERUSER)).unwrap());
    create_database(&superuser, &name, None).await.unwrap();
    let url = cluster.url(&name, OWNER);
    let migrate = |region: &str| {
        let keys = folder.path().join("keys");
        run([
            "migrate",
            "--url",
            &url,
            "--domain",
            "ledger.example",
            "--region",
            region,
            "--wrapping-keys",
            keys.to_str().unwrap(),
        ])
    };
    for _ in 0..2 {
        let found = migrate("europe-west1");
        assert_eq!(found.code, 0, "{}", found.err);
    }
    assert_eq!(migrate("us-east1").code, 69);
    let admin = Store::open(Database::from_url(&cluster.url(&name, "fn_admin")).unwrap());
    let organizations = admin.begin_system().await.unwrap().organizations(None, 10).await.unwrap();
    assert_eq!(organizations.len(), 1);
    admin.close().await;
    drop_database(&cluster.url("postgres", SUPERUSER), &name).await;
}

async fn drop_database(url: &str, name: &str) {
    use sqlx::Connection;
    let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
    let sql = format!("DROP DATABASE {name} WITH (FORCE)");
    sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
}
