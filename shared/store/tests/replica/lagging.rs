//! What comes from the standby, and what the primary is asked for.

use store::event::EventFilter;
use store::replica::Wanted;
use truth_kernel::classification::{Chain, Mode};

use crate::fixture::{Fixture, marks};

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_sealed_comes_from_the_standby() {
    let fixture = Fixture::new().await;
    let sealed = fixture.sealed_and_paused().await;
    let since = fixture.append().await;
    fixture.region.seal(Mode::Test).await;
    let fresh = fixture.append().await;
    fixture.mark_primary().await;
    for (event, marks) in [(&sealed, 0), (&since, 1), (&fresh, 1)] {
        assert_eq!(fixture.marks(event).await, marks, "the standby has the first alone");
    }
    fixture.standby.resume().await;
    fixture.standby.pause().await;
    fixture.mark_primary().await;
    for (event, marks) in [(&sealed, 1), (&since, 1), (&fresh, 2)] {
        assert_eq!(fixture.marks(event).await, marks, "the last is sealed nowhere");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_the_standby_has_but_not_as_published_comes_from_the_primary() {
    let fixture = Fixture::new().await;
    let published = fixture.append().await;
    fixture.region.seal(Mode::Test).await;
    let pending = fixture.append().await;
    fixture.standby.catch_up().await;
    fixture.standby.pause().await;
    fixture.mark_primary().await;
    assert_eq!((fixture.marks(&published).await, fixture.marks(&pending).await), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn pieces_and_pages_have_no_gap_where_the_standby_ends() {
    let fixture = Fixture::new().await;
    for _ in 0..3 {
        fixture.append().await;
    }
    fixture.sealed_and_paused().await;
    for _ in 0..2 {
        fixture.append().await;
    }
    let stream = fixture.append().await.header.stream.unwrap().stream;
    fixture.mark_primary().await;
    let wanted = [
        Wanted::OfChain { mode: Mode::Test, chain: Chain::Ledger, first: 2, limit: 4 },
        Wanted::OfStream { stream, first: 2, limit: 4 },
    ];
    for wanted in wanted {
        let (_, events) = fixture.store.read(fixture.org, wanted).await.unwrap();
        let seqs: Vec<_> = events.iter().map(|event| event.header.seq).collect();
        assert_eq!(seqs, [2, 3, 4, 5], "{wanted:?}");
        let marked: Vec<_> = events.iter().map(marks).collect();
        assert_eq!(marked, [0, 0, 0, 1], "{wanted:?}");
    }
    let page = fixture.store.read_page(fixture.org, Mode::Test, &EventFilter::default(), None, 6).await.unwrap();
    let found = page.events.iter().map(|event| (event.header.seq, marks(event)));
    let expected = [(7, 1), (6, 1), (5, 1), (4, 0), (3, 0), (2, 0)];
    assert_eq!((found.collect::<Vec<_>>(), page.next_before), (expected.to_vec(), Some(2)));
    let page = fixture.store.read_page(fixture.org, Mode::Test, &EventFilter::default(), Some(4), 2).await.unwrap();
    let found = page.events.iter().map(|event| (event.header.seq, marks(event)));
    assert_eq!((found.collect::<Vec<_>>(), page.next_before), (vec![(3, 0), (2, 0)], Some(2)));
}

#[tokio::test(flavor = "multi_thread")]
async fn audit_events_come_from_the_primary() {
    let fixture = Fixture::new().await;
    fixture.append_to(Chain::Audit).await;
    fixture.sealed_and_paused().await;
    fixture.mark_primary().await;
    let wanted = Wanted::OfChain { mode: Mode::Test, chain: Chain::Audit, first: 1, limit: 10 };
    let (_, events) = fixture.store.read(fixture.org, wanted).await.unwrap();
    assert!(events[0].leaf.is_some(), "sealed, and on the standby too");
    assert_eq!(events.iter().map(marks).collect::<Vec<_>>(), [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_was_erased_on_the_primary_stays_closed() {
    for (erase, what) in [
        ("DELETE FROM event_payloads", "the body alone, whose key lives on"),
        ("DELETE FROM data_keys", "the key, with which every copy dies"),
    ] {
        let fixture = Fixture::new().await;
        let event = fixture.sealed_and_paused().await;
        let opened = fixture.read(&event).await.open(&fixture.vault).await.unwrap().unwrap();
        assert!(opened.stream_key.is_some());
        fixture.region.tamper("DELETE FROM streams").await;
        let opened = fixture.read(&event).await.open(&fixture.vault).await.unwrap().unwrap();
        assert!(opened.stream_key.is_none());
        assert!(fixture.region.tamper(erase).await > 0);
        let copies: i64 = sqlx::query_scalar("SELECT count(*) FROM event_payloads JOIN data_keys k ON k.id = data_key")
            .fetch_one(&mut fixture.standby.superuser().await)
            .await
            .unwrap();
        assert_eq!(copies, 1, "the standby has both still");
        fixture.mark_primary().await;
        assert_eq!(fixture.marks(&event).await, 0);
        let read = fixture.read(&event).await;
        assert!(read.payload.is_none() && read.open(&fixture.vault).await.unwrap().is_none(), "{what}");
    }
}
