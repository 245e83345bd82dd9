//! Reading events and logs from a real database, as the roles of the functions that read.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use store::Store;
use store::append::{Appended, Appender, Draft, Outcome};
use store::event::{EventFilter, StoredEvent};
use test_support::TestRegion;
use test_support::draft::claim_filed;
use truth_kernel::classification::{Chain, Level, Mode};
use truth_kernel::id::{EventId, OrgId};
use truth_kernel::stream::stream_id;
use truth_kernel::tile;
use truth_kernel::time::Timestamp;

const READERS: [&str; 3] = ["fn_query", "fn_proof_generator", "fn_ledger_writer"];

async fn append(appender: &Appender, draft: Draft) -> Appended {
    match appender.append(draft).await.unwrap() {
        Outcome::Appended(event) => *event,
        other => panic!("not appended: {other:?}"),
    }
}

/// Events one after the other: every third of claim C-1, every fourth another type and level.
async fn some_events(appender: &Appender, org: OrgId, count: usize) -> Vec<Appended> {
    let mut events = Vec::new();
    for number in 0..count {
        let mut draft = claim_filed(org, 1, (number % 3 == 0).then_some("C-1"));
        if number % 4 == 0 {
            draft.event_type = "payment.made".parse().unwrap();
            draft.level = Level::Identity;
        }
        events.push(append(appender, draft).await);
    }
    events
}

/// All pages of a filter, by sequence number.
async fn listed(store: &Store, org: OrgId, filter: &EventFilter, limit: u32) -> Vec<u64> {
    let (mut all, mut before) = (Vec::new(), None);
    loop {
        let mut tx = store.begin(org).await.unwrap();
        let page = tx.event_page(Mode::Test, filter, before, limit).await.unwrap();
        assert!(page.events.len() <= limit as usize);
        all.extend(page.events.iter().map(|event| event.header.seq));
        match page.next_before {
            Some(next) => before = Some(next),
            None => return all,
        }
    }
}

fn newest_first(events: &[Appended], keep: impl Fn(&Appended) -> bool) -> Vec<u64> {
    let kept = events.iter().filter(|event| keep(event));
    kept.map(|event| event.header.seq).rev().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_hold_every_event_once_newest_first_whatever_their_size() {
    let region = TestRegion::new().await;
    let (org, other) = (region.organization().await, region.organization().await);
    let appender = region.appender();
    let events = some_events(&appender, org, 10).await;
    append(&appender, claim_filed(other, 1, None)).await;
    let store = region.store("fn_query");
    for limit in [1, 3, 5, 10, 11, 500] {
        let all = listed(&store, org, &EventFilter::default(), limit).await;
        assert_eq!(all, newest_first(&events, |_| true), "{limit}");
    }
    let mut tx = store.begin(org).await.unwrap();
    let live = tx.event_page(Mode::Live, &EventFilter::default(), None, 10).await.unwrap();
    assert!(live.events.is_empty() && live.next_before.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_keep_what_fits_and_nothing_else() {
    let region = TestRegion::new().await;
    let org = region.organization().await;
    let events = some_events(&region.appender(), org, 12).await;
    let store = region.store("fn_query");
    let stream = events[0].header.stream.unwrap().stream;
    let with = |change: fn(&mut EventFilter)| {
        let mut filter = EventFilter::default();
        change(&mut filter);
        filter
    };
    let of_type = with(|filter| filter.event_type = Some("payment.made".parse().unwrap()));
    let of_level = with(|filter| filter.level = Some(Level::Transactional));
    let of_claim = EventFilter { stream: Some(stream), ..EventFilter::default() };
    let of_both = EventFilter { stream: Some(stream), ..of_type.clone() };
    let is_payment = |event: &Appended| event.header.event_type.as_str() == "payment.made";
    for limit in [1, 2, 4, 500] {
        assert_eq!(listed(&store, org, &of_type, limit).await, newest_first(&events, is_payment));
        let others = newest_first(&events, |event| !is_payment(event));
        assert_eq!(listed(&store, org, &of_level, limit).await, others);
        let claims = newest_first(&events, |event| event.header.stream.is_some());
        assert_eq!(listed(&store, org, &of_claim, limit).await, claims);
        let both = newest_first(&events, |event| is_payment(event) && event.header.stream.is_some());
        assert_eq!(listed(&store, org, &of_both, limit).await, both);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn times_cut_the_chain_at_exactly_the_right_events() {
    let region = TestRegion::new().await;
    let org = region.organization().await;
    let events = some_events(&region.appender(), org, 20).await;
    let store = region.store("fn_query");
    let times: Vec<Timestamp> = events.iter().map(|event| event.header.time).collect();
    let beyond = Timestamp::from_millis(times[19].millis() + 1);
    for from in [Timestamp::from_millis(0), times[0], times[7], times[19], beyond] {
        for until in [times[0], times[12], beyond] {
            let filter = EventFilter { from: Some(from), until: Some(until), ..EventFilter::default() };
            let within = |event: &Appended| from <= event.header.time && event.header.time < until;
            let all = listed(&store, org, &filter, 3).await;
            assert_eq!(all, newest_first(&events, within), "{from} to {until}");
        }
    }
    let empty = region.organization().await;
    let filter = EventFilter { from: Some(times[0]), ..EventFilter::default() };
    assert!(listed(&store, empty, &filter, 3).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_found_by_its_own_organization_and_mode_only() {
    let region = TestRegion::new().await;
    let (org, other) = (region.organization().await, region.organization().await);
    let event = append(&region.appender(), claim_filed(org, 1, Some("C-1"))).await;
    for role in READERS {
        let store = region.store(role);
        let find = async |org, mode| store.begin(org).await.unwrap().event(mode, event.header.id).await.unwrap();
        let found: StoredEvent = find(org, Mode::Test).await.unwrap();
        assert_eq!((found.header_text, found.hash), (event.header_text.clone(), event.hash), "{role}");
        assert!(find(other, Mode::Test).await.is_none(), "{role}");
        assert!(find(org, Mode::Live).await.is_none(), "{role}");
        store.begin(org).await.unwrap().settle().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn several_events_come_in_the_order_asked_for_without_those_that_there_are_not() {
    let region = TestRegion::new().await;
    let org = region.organization().await;
    let events = some_events(&region.appender(), org, 3).await;
    let mut ids: Vec<EventId> = events.iter().rev().map(|event| event.header.id).collect();
    ids.insert(1, test_support::fresh_id());
    let store = region.store("fn_proof_generator");
    let mut tx = store.begin(org).await.unwrap();
    let found = tx.events_by_id(Mode::Test, &ids).await.unwrap();
    assert_eq!(seqs(&found), [3, 2, 1]);
    let found = tx.chain_events(Mode::Test, Chain::Ledger, 2, 5).await.unwrap();
    assert_eq!(seqs(&found), [2, 3]);
    assert!(tx.chain_events(Mode::Test, Chain::Audit, 1, 5).await.unwrap().is_empty());
    let stream = events[0].header.stream.unwrap().stream;
    assert_eq!(seqs(&tx.stream_events(stream, 1, 5).await.unwrap()), [1]);
    assert!(tx.stream_events(stream, 2, 5).await.unwrap().is_empty());
}

fn seqs(events: &[StoredEvent]) -> Vec<u64> {
    events.iter().map(|event| event.header.seq).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_has_its_leaf_once_it_is_sealed() {
    let region = TestRegion::new().await;
    let org = region.organization().await;
    let appender = region.appender();
    let (one, two) =
        (some_events(&appender, org, 3).await, some_events(&appender, region.organization().await, 2).await);
    assert_eq!(region.seal(Mode::Test).await, 5);
    let late = append(&appender, claim_filed(org, 1, None)).await;
    let store = region.store("fn_proof_generator");
    let mut leaves = Vec::new();
    for event in one.iter().chain(&two) {
        let mut tx = store.begin(event.header.org).await.unwrap();
        let stored = tx.event(Mode::Test, event.header.id).await.unwrap().unwrap();
        leaves.push((stored.leaf.unwrap(), stored.hash));
    }
    let mut tx = store.begin(org).await.unwrap();
    assert_eq!(tx.event(Mode::Test, late.header.id).await.unwrap().unwrap().leaf, None);
    leaves.sort();
    let stored = tx.logs().tiles(&TestRegion::log(Mode::Test), &tile::root_tiles(5)).await.unwrap();
    let first = tile::TileId { level: 0, index: 0 };
    let hashes: Vec<_> = leaves.iter().map(|(_, hash)| *hash).collect();
    assert_eq!(stored.get(first).unwrap(), hashes);
    assert_eq!(leaves.iter().map(|(leaf, _)| *leaf).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_disclosed_opens_until_it_is_erased() {
    let region = TestRegion::new().await;
    let org = region.organization().await;
    let draft = claim_filed(org, 1, Some("C-1"));
    let body = draft.body.clone();
    let event = append(&region.appender(), draft).await;
    let mut behind = region.superuser().await;
    for role in READERS {
        let vault = region.vault(role);
        let stored = stored(&region, role, &event).await;
        let opened = stored.open(&vault).await.unwrap().unwrap();
        assert_eq!(opened.body, body, "{role}");
        let stream = stream_id(&opened.stream_key.unwrap(), &"C-1".parse().unwrap());
        assert_eq!(stream, event.header.stream.unwrap().stream, "{role}");
    }
    sqlx::query("DELETE FROM streams").execute(&mut behind).await.unwrap();
    let without_stream = stored(&region, "fn_query", &event).await;
    let opened = without_stream.open(&region.vault("fn_query")).await.unwrap().unwrap();
    assert!(opened.stream_key.is_none());
    sqlx::query("DELETE FROM event_payloads").execute(&mut behind).await.unwrap();
    let erased = stored(&region, "fn_query", &event).await;
    assert!(erased.open(&region.vault("fn_query")).await.unwrap().is_none());
    assert_eq!(erased.hash, event.hash);
}

async fn stored(region: &TestRegion, role: &str, event: &Appended) -> StoredEvent {
    let mut tx = region.store(role).begin(event.header.org).await.unwrap();
    tx.event(Mode::Test, event.header.id).await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_shows_what_was_published_and_nothing_beyond() {
    let region = TestRegion::new().await;
    let org = region.organization().await;
    let origin = TestRegion::log(Mode::Test);
    let store = region.store("fn_query");
    let mut tx = store.begin_system().await.unwrap();
    assert!(tx.logs().published(&origin).await.unwrap().is_none());
    assert_eq!(tx.logs().newest(Mode::Test).await.unwrap().unwrap().origin, origin);
    some_events(&region.appender(), org, 2).await;
    region.seal(Mode::Test).await;
    some_events(&region.appender(), org, 1).await;
    region.seal(Mode::Test).await;
    let newest = tx.logs().published(&origin).await.unwrap().unwrap();
    assert_eq!(newest.size, 3);
    let older = tx.logs().published_at(&origin, 2).await.unwrap().unwrap();
    assert!(older.size == 2 && older.root != newest.root);
    assert!(tx.logs().published_at(&origin, 1).await.unwrap().is_none());
    assert_eq!(tx.logs().state(&origin).await.unwrap().unwrap().published_size, 3);
    assert_eq!(tx.logs().all().await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_died_while_they_were_idle_are_not_used() {
    let region = TestRegion::new().await;
    let store = region.store("fn_query");
    store.ping().await.unwrap();
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'fn_query'";
    assert_eq!(sqlx::query(end).execute(&mut region.superuser().await).await.unwrap().rows_affected(), 1);
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    store.ping().await.unwrap();
}
