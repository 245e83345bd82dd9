//! The appender against a real `PostgreSQL`, as the writer's own role.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use std::collections::BTreeSet;

use sqlx::Connection;
use store::append::{AppendError, Appended, Draft, Outcome};
use test_support::TestRegion;
use test_support::draft::claim_filed;
use truth_kernel::classification::Mode;
use truth_kernel::hash::Hash;

async fn appended(appender: &store::append::Appender, draft: Draft) -> Appended {
    match appender.append(draft).await.unwrap() {
        Outcome::Appended(event) => *event,
        other => panic!("not appended: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_chained_without_a_gap() {
    let region = TestRegion::new().await;
    let org = region.organization().await;
    let appender = region.appender();
    let mut prev = Hash::ZERO;
    for seq in 1..=5 {
        let event = appended(&appender, claim_filed(org, 1, None)).await;
        assert_eq!((event.header.seq, event.header.prev), (seq, prev));
        prev = event.hash;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_events_of_many_claims_have_one_chain_and_gapless_streams() {
    let region = TestRegion::new().await;
    let org = region.organization().await;
    let appender = region.appender();
    let tasks: Vec<_> = (0..300)
        .map(|number| {
            let appender = appender.clone();
            tokio::spawn(
                async move { appended(&appender, claim_filed(org, 1, Some(&format!("C-{}", number % 7)))).await },
            )
        })
        .collect();
    let mut places = BTreeSet::new();
    let mut streams = BTreeSet::new();
    let mut keys = BTreeSet::new();
    for task in tasks {
        let event = task.await.unwrap();
        places.insert(event.header.seq);
        let stream = event.header.stream.unwrap();
        streams.insert((stream.stream, stream.seq));
        keys.insert((stream.stream, event.stream_key.unwrap().disclose()));
    }
    assert_eq!(places, (1..=300).collect());
    assert_eq!(streams.len(), 300);
    assert_eq!(keys.len(), 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_idempotency_key_makes_one_event() {
    let region = TestRegion::new().await;
    let org = region.organization().await;
    let appender = region.appender();
    let first = appended(&appender, claim_filed(org, 1, None)).await;
    let mut again = claim_filed(org, 1, None);
    again.digest = *first.header.id.as_uuid();
    match appender.append(again).await.unwrap() {
        Outcome::Replayed(event) => assert_eq!(event, first.header.id),
        other => panic!("not a replay: {other:?}"),
    }
    assert_eq!(appended(&appender, claim_filed(org, 1, None)).await.header.seq, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_decided_under_an_older_generation_goes_back() {
    let region = TestRegion::new().await;
    let (org, other) = (region.organization().await, region.organization().await);
    let appender = region.appender();
    let admin = region.store("fn_admin");
    let mut tx = admin.begin(org).await.unwrap();
    tx.register_event_type(Mode::Test, &"claim.filed".parse().unwrap(), "{}").await.unwrap();
    tx.commit().await.unwrap();
    assert!(matches!(appender.append(claim_filed(org, 1, None)).await.unwrap(), Outcome::Stale));
    appended(&appender, claim_filed(other, 1, None)).await;
    assert_eq!(appended(&appender, claim_filed(org, region.generation(org).await, None)).await.header.seq, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_that_does_not_exist_is_stale_and_harms_nobody() {
    let region = TestRegion::new().await;
    let org = region.organization().await;
    let appender = region.appender();
    let nobody = claim_filed(test_support::fresh_id(), 1, None);
    let (lost, kept) = tokio::join!(appender.append(nobody), appender.append(claim_filed(org, 1, None)));
    assert!(matches!(lost.unwrap(), Outcome::Stale));
    assert!(matches!(kept.unwrap(), Outcome::Appended(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_opens_again_and_only_for_its_own_organization() {
    let region = TestRegion::new().await;
    let (org, other) = (region.organization().await, region.organization().await);
    let appender = region.appender();
    let draft = claim_filed(org, 1, Some("C-1"));
    let body = draft.body.clone();
    let event = appended(&appender, draft).await;
    let query = region.store("fn_query");
    let stored =
        query.begin(org).await.unwrap().event(event.header.log.mode(), event.header.id).await.unwrap().unwrap();
    assert_eq!((stored.header_text.as_str(), stored.hash), (event.header_text.as_str(), event.hash));
    let opened = region.vault("fn_query").open(org, event.header.id, &stored.payload.unwrap().sealed).await.unwrap();
    assert_eq!(opened.body, body);
    let elsewhere = query.begin(other).await.unwrap().event(event.header.log.mode(), event.header.id).await.unwrap();
    assert!(elsewhere.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_writer_appends_by_the_function_and_in_no_other_way() {
    let region = TestRegion::new().await;
    let org = region.organization().await;
    appended(&region.appender(), claim_filed(org, 1, Some("C-1"))).await;
    let mut writer = sqlx::PgConnection::connect(&region.url("fn_ledger_writer")).await.unwrap();
    let own = format!("SELECT set_config('app.orgs', '{}', false)", org.as_uuid());
    sqlx::query(sqlx::AssertSqlSafe(own)).execute(&mut writer).await.unwrap();
    for sql in [
        "INSERT INTO ledger_events SELECT org, mode, chain, seq + 1, gen_random_uuid(), hash, time, class, type, NULL, NULL, header
         FROM ledger_events",
        "INSERT INTO event_payloads SELECT gen_random_uuid(), org, data_key, claim_id, subject_id, tags, receipt_key, envelope
         FROM event_payloads",
        "INSERT INTO idempotency_keys SELECT org, mode, gen_random_uuid(), event_id FROM idempotency_keys",
        "INSERT INTO streams SELECT org, mode, 'C-2', stream, data_key, sealed_key, seq, hash FROM streams",
        "UPDATE chain_heads SET seq = 0",
        "UPDATE streams SET seq = 0",
        "UPDATE ledger_events SET header = ''",
        "DELETE FROM event_payloads",
    ] {
        let refused = sqlx::query(sql).execute(&mut writer).await.unwrap_err();
        assert_eq!(refused.as_database_error().unwrap().code().as_deref(), Some("42501"), "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_alone_is_flushed_by_its_own_call() {
    let region = TestRegion::new().await;
    let org = region.organization().await;
    let appender = region.appender();
    // The first one stores the data key, in a batch of its own.
    let first = appended(&appender, claim_filed(org, 1, Some("C-1"))).await;
    let mut superuser = region.superuser().await;
    sqlx::query("DROP FUNCTION barrier_v1").execute(&mut superuser).await.unwrap();
    for (seq, claim, stream_seq) in [(2, Some("C-1"), 2), (3, Some("C-2"), 1), (4, None, 0), (5, Some("C-2"), 2)] {
        let mut draft = claim_filed(org, 1, claim);
        draft.decision = claim.map(|_| first.hash);
        let event = appended(&appender, draft).await;
        assert_eq!((event.header.seq, event.header.stream.map_or(0, |stream| stream.seq)), (seq, stream_seq));
    }
    let mut again = claim_filed(org, 1, None);
    again.digest = *first.header.id.as_uuid();
    assert!(matches!(appender.append(again).await, Err(AppendError::Unknown(_))), "a replay needs the barrier");
    sqlx::query("UPDATE chain_heads SET generation = 2").execute(&mut superuser).await.unwrap();
    assert!(matches!(appender.append(claim_filed(org, 1, None)).await.unwrap(), Outcome::Stale));
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_that_begin_a_claim_at_once_share_its_stream() {
    let region = TestRegion::new().await;
    let org = region.organization().await;
    let writers = [region.appender(), region.appender()];
    for writer in &writers {
        appended(writer, claim_filed(org, 1, None)).await;
    }
    for number in 0..20 {
        let claim = format!("C-{number}");
        let draft = || claim_filed(org, 1, Some(&claim));
        let (one, other) = tokio::join!(appended(&writers[0], draft()), appended(&writers[1], draft()));
        let (one, other) = (one.header.stream.unwrap(), other.header.stream.unwrap());
        assert_eq!((one.stream, one.seq + other.seq), (other.stream, 3));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_whose_flush_fails_is_not_called_refused() {
    let region = TestRegion::new().await;
    let org = region.organization().await;
    let appender = region.appender();
    appended(&appender, claim_filed(org, 1, None)).await;
    let revoke = "REVOKE EXECUTE ON FUNCTION pg_logical_emit_message(boolean, text, text) FROM PUBLIC";
    let mut superuser = region.superuser().await;
    sqlx::query(revoke).execute(&mut superuser).await.unwrap();
    assert!(matches!(appender.append(claim_filed(org, 1, None)).await, Err(AppendError::Unknown(_))));
    let events: i64 = sqlx::query_scalar("SELECT count(*) FROM ledger_events").fetch_one(&mut superuser).await.unwrap();
    assert_eq!(events, 2);
}
