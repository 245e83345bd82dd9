//! Many events at once. `cargo test --release -p proof-batcher volume -- --nocapture` prints how long each step takes.

use std::time::Instant;

use crate::ledger::{Ledger, test_log};

/// Events of 256 organizations, written without the appender: their headers have the form of real ones.
const FILL: &str = "
    WITH made AS (
        SELECT overlay(overlay(md5('org' || o) PLACING '7' FROM 13) PLACING '8' FROM 17)::uuid AS org, s AS seq,
               overlay(overlay(md5(o || '/' || s) PLACING '7' FROM 13) PLACING '8' FROM 17)::uuid AS id
        FROM generate_series(0, 255) o, generate_series(1, $1 / 256) s),
    orgs AS (INSERT INTO organizations (org, name) SELECT DISTINCT org, 'filled' FROM made),
    heads AS (INSERT INTO chain_heads (org, mode, chain, seq, log) SELECT org, 'test', 'ledger', max(seq), $2 FROM made GROUP BY org),
    headers AS (SELECT made.*, '{\"chain\":\"ledger\",\"class\":\"transactional\",\"commitment\":\"' || repeat('ab', 32)
        || '\",\"id\":\"evt_' || replace(id::text, '-', '') || '\",\"log\":\"' || $2 || '\",\"org\":\"org_' || replace(org::text, '-', '')
        || '\",\"prev\":\"' || CASE seq WHEN 1 THEN repeat('00', 32) ELSE repeat('cd', 32) END || '\",\"seq\":' || seq
        || ',\"time\":\"2026-11-20T21:44:05.123Z\",\"type\":\"claim.filed\",\"v\":1}' AS header FROM made)
    INSERT INTO ledger_events (org, mode, chain, seq, id, hash, time, class, type, header)
    SELECT org, 'test', 'ledger', seq, id, sha256('\\x00' || convert_to(header, 'UTF8')), '2026-11-20T21:44:05.123Z', 'transactional',
           'claim.filed', header FROM headers";

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_pending_events_are_sealed_in_one_run() {
    let ledger = Ledger::new().await;
    let mut superuser = ledger.region.superuser().await;
    sqlx::query(FILL).bind(100_096).bind(test_log().as_str()).execute(&mut superuser).await.unwrap();
    let sealer = ledger.sealer();
    let begun = Instant::now();
    assert!(sealer.extend(&test_log()).await.unwrap().is_some_and(|extension| extension.leaves == 100_096));
    let extended = begun.elapsed();
    sealer.sign(&test_log()).await.unwrap();
    let signed = begun.elapsed();
    sealer.publish(&test_log()).await.unwrap();
    let published = begun.elapsed();
    println!("100,096 events: extended after {extended:?}, signed after {signed:?}, published after {published:?}");
    assert_eq!(ledger.verify_log(&test_log(), 997).await, 100_096);
}
