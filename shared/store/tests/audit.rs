//! The audit against a real `PostgreSQL`: sound after honest work, and naming every single thing that is changed behind it.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use sqlx::{Executor, PgConnection};
use store::audit::{Audit, Finding, Pace, Summary};
use store::seal::SignedCheckpoint;
use test_support::TestRegion;
use test_support::draft::claim_filed;
use truth_kernel::checkpoint::Checkpoint;
use truth_kernel::id::OrgId;
use truth_kernel::note::NoteSigner;
use truth_kernel::region::LogOrigin;
use truth_kernel::signature::SigningKey;

const ORIGIN: &str = "ledger.example/europe-west1/test-1";

fn signer(seed: u8) -> NoteSigner {
    NoteSigner::new(ORIGIN, SigningKey::from_seed(&[seed; 32])).unwrap()
}

/// Appends events of seven claims and of none, side by side.
async fn append(region: &TestRegion, org: OrgId, count: u32) {
    let appender = region.appender();
    let appends = (0..count).map(|number| {
        let appender = appender.clone();
        let claim = (number % 8 > 0).then(|| format!("C-{}", number % 8));
        tokio::spawn(async move { appender.append(claim_filed(org, 1, claim.as_deref())).await.unwrap() })
    });
    for append in appends.collect::<Vec<_>>() {
        append.await.unwrap();
    }
}

/// Seals what is pending, in pieces of at most `most` events, each under a published checkpoint.
async fn seal(region: &TestRegion, most: u64) {
    let origin: LogOrigin = ORIGIN.parse().unwrap();
    let batcher = region.store("fn_proof_batcher");
    loop {
        let mut tx = batcher.begin_system().await.unwrap();
        let log = tx.lock_log(&origin).await.unwrap();
        let Some(log) = tx.extend(&log, most).await.unwrap() else { return };
        let note = Checkpoint::new(&origin, log.size, log.root).sign(&signer(1));
        tx.record_checkpoint(&origin, &SignedCheckpoint { size: log.size, root: log.root, note }).await.unwrap();
        tx.record_published(&origin, log.size).await.unwrap();
        tx.commit().await.unwrap();
    }
}

/// A region with 600 sealed and 40 pending events of two organizations, in tiles, segments and checkpoints of several sizes.
async fn region_with_events() -> TestRegion {
    let region = TestRegion::new().await;
    let (one, other) = (region.organization().await, region.organization().await);
    append(&region, one, 120).await;
    seal(&region, 50).await;
    append(&region, other, 300).await;
    append(&region, one, 180).await;
    seal(&region, 400).await;
    append(&region, one, 40).await;
    region
}

async fn audit(region: &TestRegion) -> Finding {
    let trust = [signer(1).verifier().clone()];
    let vault = region.vault("fn_auditor");
    let audit = Audit { pace: Pace::Full, trust: &trust, vault: Some(&vault), progress: &mut |_, _| {} };
    audit.run(&region.store("fn_auditor")).await.unwrap()
}

async fn sound(region: &TestRegion) -> Summary {
    match audit(region).await {
        Finding::Sound(summary) => summary,
        other => panic!("not sound: {other:?}"),
    }
}

/// What the audit says, unless it names what was changed.
async fn misnamed(region: &TestRegion, table: &str, named: &str) -> Option<String> {
    match audit(region).await {
        Finding::Diverges(found) if found.table == table && found.to_string().contains(named) => None,
        Finding::Diverges(found) => Some(found.to_string()),
        other => Some(format!("{other:?}")),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn honest_work_is_sound_and_counted() {
    let region = region_with_events().await;
    let summary = sound(&region).await;
    assert_eq!((summary.sealed, summary.pending, summary.chains), (600, 40, 2));
    assert_eq!((summary.streams, summary.idempotency_keys, summary.bodies), (14, 640, Some(640)));
    let log = summary.logs.iter().find(|log| log.origin.as_str() == ORIGIN).unwrap();
    assert_eq!((log.size, log.checkpoints, log.signed), (600, 5, 5));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_region_is_never_green() {
    let region = TestRegion::new().await;
    region.organization().await;
    assert!(matches!(audit(&region).await, Finding::Nothing(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_does_not_see_every_row_is_never_green() {
    let region = region_with_events().await;
    let audit = Audit { pace: Pace::Full, trust: &[], vault: None, progress: &mut |_, _| {} };
    assert!(matches!(audit.run(&region.store("fn_query")).await.unwrap(), Finding::Nothing(_)));
}

/// What is changed, and what of the divergence must be named: table, and a part of its text.
const CHANGES: &[(&str, &str, &str)] = &[
    ("UPDATE ledger_events SET header = overlay(header placing 'f' from 50) WHERE seq = 7", "ledger_events", "seq 7,"),
    ("UPDATE ledger_events SET hash = sha256('x') WHERE seq = 7", "ledger_events", "seq 7,"),
    ("UPDATE ledger_events SET time = time + interval '1 ms' WHERE seq = 7", "ledger_events", "column `time`"),
    ("UPDATE ledger_events SET type = 'claim.closed' WHERE seq = 7", "ledger_events", "column `type`"),
    ("UPDATE ledger_events SET class = 'content' WHERE seq = 7", "ledger_events", "column `class`"),
    ("UPDATE ledger_events SET id = gen_random_uuid() WHERE seq = 7", "ledger_events", "column `id`"),
    ("UPDATE ledger_events SET stream = NULL, stream_seq = NULL WHERE stream_seq = 2", "ledger_events", "column `stream`"),
    ("UPDATE ledger_events SET stream = sha256(hash) WHERE stream_seq = 2", "ledger_events", "column `stream`"),
    ("UPDATE ledger_events SET org = '00000000-0000-7000-8000-000000000000' WHERE id = (SELECT id FROM ledger_events WHERE stream_seq = 2 ORDER BY seq, id LIMIT 1)", "chain_heads", "missing"),
    ("UPDATE ledger_events SET seq = seq + 9000 WHERE seq = 100", "ledger_events", "seq 9100"),
    // Rewritten consistently with its own hash.
    // Rewritten together with its hash.
    ("UPDATE ledger_events SET header = regexp_replace(header, '\"commitment\":\"..', '\"commitment\":\"00') WHERE seq = 7;
      UPDATE ledger_events SET hash = sha256('\\x00' || convert_to(header, 'UTF8')) WHERE seq = 7", "ledger_events", "`prev` in the header"),
    ("DELETE FROM ledger_events WHERE seq = 7", "ledger_events", "seq 7: the row is missing"),
    ("DELETE FROM ledger_events e USING chain_heads h WHERE h.org = e.org AND h.mode = e.mode AND h.chain = e.chain AND e.seq = h.seq",
     "ledger_events", "the row is missing"),
    ("INSERT INTO ledger_events SELECT org, mode, chain, seq + 1000, gen_random_uuid(), hash, time, class, type, NULL, NULL, header
        FROM ledger_events WHERE seq = 7", "ledger_events", "has no reason to be"),
    ("UPDATE chain_heads SET seq = seq + 1 WHERE seq > 0", "ledger_events", "the row is missing"),
    ("UPDATE chain_heads SET seq = seq - 1 WHERE seq > 0", "ledger_events", "has no reason to be"),
    ("UPDATE chain_heads SET hash = sha256('x') WHERE seq > 0", "chain_heads", "`hash`"),
    ("UPDATE chain_heads SET time = time + interval '1 ms' WHERE seq > 0", "chain_heads", "`time`"),
    ("UPDATE chain_heads SET log = 'elsewhere' WHERE seq > 0", "chain_heads", "a text that does not parse"),
    ("DELETE FROM chain_heads WHERE seq > 0", "chain_heads", "missing"),
    ("UPDATE chain_seals SET seq = seq - 1", "chain_seals", "`seq`"),
    ("DELETE FROM segments WHERE first_leaf = 0", "segments", "leaf 0"),
    ("DELETE FROM segments WHERE first_leaf = (SELECT max(first_leaf) FROM segments)", "segments", "leaves that the segments cover"),
    ("UPDATE segments SET count = count + 1 WHERE first_leaf = 0", "segments", "leaf 51"),
    ("UPDATE segments SET count = count - 1 WHERE first_leaf = 0", "segments", "leaf 49"),
    ("UPDATE segments SET first_seq = first_seq + 1 WHERE first_leaf = 50", "segments", "leaf 50"),
    ("UPDATE tiles SET hashes = set_byte(hashes, 40, get_byte(hashes, 40) # 1) WHERE level = 0 AND index = 1", "tiles", "tile/0/001: hash 1 is"),
    ("UPDATE tiles SET hashes = set_byte(hashes, 40, get_byte(hashes, 40) # 1) WHERE level = 0 AND index = 2", "tiles", "tile/0/002: hash 1 is"),
    ("UPDATE tiles SET hashes = set_byte(hashes, 33, get_byte(hashes, 33) # 1) WHERE level = 1", "tiles", "tile/1/000: hash 1 is"),
    ("UPDATE tiles SET hashes = substring(hashes FOR 32) WHERE level = 1", "tiles", "tile/1/000"),
    ("DELETE FROM tiles WHERE level = 0 AND index = 1", "tiles", "tile/0/001: the row is missing"),
    ("INSERT INTO tiles SELECT log, level, index + 7, hashes FROM tiles WHERE level = 0 AND index = 2", "tiles", "has no reason to be"),
    ("UPDATE logs SET root = sha256('x') WHERE size > 0", "logs", "`root`"),
    ("UPDATE logs SET size = size - 1, published_size = 0 WHERE size > 0", "segments", "leaves that the segments cover"),
    ("UPDATE logs SET published_size = published_size - 1 WHERE size > 0", "checkpoints", "size 599: the row is missing"),
    ("UPDATE checkpoints SET root = sha256('x') WHERE size = 100", "checkpoints", "size 100: `root`"),
    ("UPDATE checkpoints SET note = replace(note, E'\\n100\\n', E'\\n101\\n') WHERE size = 100", "checkpoints", "size 100: the note is refused"),
    ("UPDATE checkpoints SET note = (SELECT note FROM checkpoints WHERE size = 50) WHERE size = 100", "checkpoints", "the text of the note"),
    ("INSERT INTO checkpoints SELECT log, 9999, root, note FROM checkpoints WHERE size = 100", "checkpoints", "larger than the log"),
    ("UPDATE streams SET seq = seq - 1 WHERE claim_id = 'C-3'", "streams", "`seq`"),
    ("UPDATE streams SET seq = seq + 1 WHERE claim_id = 'C-3'", "streams", "`seq`"),
    ("UPDATE streams SET hash = sha256('x') WHERE claim_id = 'C-3'", "streams", "`hash`"),
    ("UPDATE streams SET stream = sha256('x') WHERE claim_id = 'C-3'", "streams", "stream"),
    ("DELETE FROM streams WHERE claim_id = 'C-3'", "streams", "the row is missing"),
    ("DELETE FROM idempotency_keys WHERE ctid = (SELECT min(ctid) FROM idempotency_keys)", "idempotency_keys", "number of rows"),
    ("INSERT INTO idempotency_keys SELECT org, mode, gen_random_uuid(), gen_random_uuid() FROM chain_heads LIMIT 1", "idempotency_keys", "does not exist"),
    ("UPDATE event_payloads SET envelope = set_byte(envelope, 60, get_byte(envelope, 60) # 1)", "event_payloads", "does not open"),
    ("UPDATE event_payloads SET claim_id = 'C-9' WHERE claim_id = 'C-3'", "event_payloads", "`claim_id`"),
    ("UPDATE event_payloads SET subject_id = 'S'", "event_payloads", "`subject_id`"),
    ("UPDATE event_payloads SET tags = '{}'", "event_payloads", "`tags`"),
    ("UPDATE event_payloads p SET envelope = q.envelope FROM event_payloads q WHERE p.org = q.org AND p.id <> q.id", "event_payloads", "does not open"),
    ("DELETE FROM event_payloads WHERE claim_id IS NULL", "event_payloads", "the row is missing"),
    ("UPDATE streams SET sealed_key = set_byte(sealed_key, 20, get_byte(sealed_key, 20) # 1)", "streams", "does not open"),
];

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_changed_behind_the_ledger_is_named() {
    let region = region_with_events().await;
    let mut superuser = region.superuser().await;
    superuser.execute("SET session_replication_role = replica").await.unwrap();
    let mut faults = Vec::new();
    for (change, table, named) in CHANGES {
        on_every_table(&mut superuser, "CREATE TABLE saved_% AS TABLE %").await;
        match superuser.execute(sqlx::AssertSqlSafe(*change)).await {
            Ok(_) => faults.extend(misnamed(&region, table, named).await.map(|fault| format!("{change}\n{fault}"))),
            Err(error) => faults.push(format!("{change}\n{error}")),
        }
        on_every_table(&mut superuser, "DELETE FROM %; INSERT INTO % TABLE saved_%; DROP TABLE saved_%").await;
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
    sound(&region).await;
}

async fn on_every_table(superuser: &mut PgConnection, sql: &str) {
    for table in TABLES {
        superuser.execute(sqlx::AssertSqlSafe(sql.replace('%', table))).await.unwrap();
    }
}

const TABLES: [&str; 10] = [
    "ledger_events",
    "event_payloads",
    "streams",
    "idempotency_keys",
    "chain_heads",
    "chain_seals",
    "segments",
    "tiles",
    "checkpoints",
    "logs",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_of_another_key_is_named_when_a_key_is_trusted() {
    let region = region_with_events().await;
    let trust = [signer(2).verifier().clone()];
    let audit = Audit { pace: Pace::Full, trust: &trust, vault: None, progress: &mut |_, _| {} };
    let Finding::Diverges(found) = audit.run(&region.store("fn_auditor")).await.unwrap() else {
        panic!("not divergent")
    };
    assert_eq!((found.table, found.place.size), ("checkpoints", Some(50)));
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_and_the_batcher_go_on_during_an_audit() {
    let region = region_with_events().await;
    let org = region.organization().await;
    append(&region, org, 8).await;
    for _ in 0..5 {
        let work = async {
            append(&region, org, 100).await;
            seal(&region, 30).await;
        };
        let (summary, ()) = tokio::join!(sound(&region), work);
        assert!(summary.sealed >= 600);
    }
}
