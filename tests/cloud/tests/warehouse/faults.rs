//! The fault table: whatever goes wrong with a call, before or after it was persisted, the next runs make good. Then every published event
//! is told once to whoever reads by `fact_id`, and the cursor is at the end.

use std::collections::BTreeSet;

use analytics::facts::FACTS;
use analytics::{Analyst, Limits, Warehouse};
use cloud_tests::bigquery::{FakeBigQuery, Fault, Moment, SPOILS, Trouble};
use store::append::{Draft, Outcome};
use store::follow::Consumer;
use test_support::TestRegion;
use test_support::draft::claim_filed;
use tokio::task::JoinSet;
use truth_kernel::classification::Mode;

use crate::stage::client;

struct Scene {
    region: TestRegion,
    fake: FakeBigQuery,
}

impl Scene {
    /// A region with published events of these types.
    async fn with(types: &[&str]) -> Self {
        let (region, fake) = (TestRegion::new().await, FakeBigQuery::start("europe-west1").await);
        let (org, appender) = (region.organization().await, region.appender());
        for event_type in types {
            let draft = Draft { event_type: event_type.parse().unwrap(), ..claim_filed(org, 1, None) };
            assert!(matches!(appender.append(draft).await.unwrap(), Outcome::Appended(_)));
        }
        region.seal(Mode::Test).await;
        Self { region, fake }
    }

    /// Seven claims.
    async fn new() -> Self {
        Self::with(&["claim.filed"; 7]).await
    }

    /// A new instance, which knows nothing.
    fn analyst(&self) -> Analyst {
        Analyst::new(self.region.store("fn_analytics"), Warehouse::BigQuery(client(&self.fake)))
            .with_limits(Limits { leaves: 3, ranges: 100 })
    }

    async fn cursor(&self) -> u64 {
        let store = self.region.store("fn_analytics");
        store.begin_system().await.unwrap().cursor(Consumer::Analytics, &TestRegion::log(Mode::Test)).await.unwrap()
    }

    /// The different rows, and all.
    fn rows(&self) -> (usize, usize) {
        let rows = self.fake.rows("facts");
        let ids: BTreeSet<_> = rows.iter().map(|row| row["fact_id"].as_str().unwrap()).collect();
        (ids.len(), rows.len())
    }

    async fn dead_letters(&self) -> Vec<(i64, String)> {
        sqlx::query_as("SELECT leaf, reason FROM analytics.dead_letters ORDER BY leaf")
            .fetch_all(&mut self.region.superuser().await)
            .await
            .unwrap()
    }
}

/// What the caller may see when the outcome of a call is unknown to him.
const TROUBLES: [Trouble; 6] = [
    Trouble::Error(500, "internalError"),
    Trouble::Error(503, "backendError"),
    Trouble::Error(429, "rateLimitExceeded"),
    Trouble::Error(403, "quotaExceeded"),
    Trouble::Page(502),
    Trouble::Silence,
];

/// Which call goes wrong: how many go well before it.
#[derive(Clone, Copy, Debug)]
enum At {
    Schema = 0,
    FirstRows = 1,
    LaterRows = 2,
}

/// The call fails as often as the client tries, which is twice.
async fn goes_wrong_and_is_made_good(at: At, moment: Moment, trouble: Trouble) {
    let (scene, name) = (Scene::new().await, format!("{at:?}, {moment:?}: {trouble:?}"));
    if matches!(at, At::FirstRows | At::LaterRows) {
        client(&scene.fake).ensure(&FACTS).await.unwrap();
    }
    scene.fake.let_pass(at as usize);
    scene.fake.trouble([Fault { moment, trouble }; 2]);
    let error = scene.analyst().run().await.expect_err(&name);
    assert!(error.is_transient(), "{name}: {error}");
    assert!(scene.cursor().await <= scene.rows().0 as u64, "{name}: the cursor is never ahead of the rows");
    scene.analyst().run().await.unwrap();
    assert_eq!((scene.cursor().await, scene.rows()), (7, (7, 7)), "{name}");
    assert_eq!(scene.dead_letters().await, [], "{name}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_goes_wrong_with_a_call_the_next_run_makes_good() {
    for at in [At::Schema, At::FirstRows, At::LaterRows] {
        for moment in [Moment::Before, Moment::After] {
            let cases = TROUBLES.map(|trouble| goes_wrong_and_is_made_good(at, moment, trouble));
            cases.into_iter().collect::<JoinSet<_>>().join_all().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_fails_once_is_not_even_noticed() {
    for moment in [Moment::Before, Moment::After] {
        let scene = Scene::new().await;
        scene.fake.trouble([Fault { moment, trouble: Trouble::Error(503, "backendError") }]);
        assert_eq!(scene.analyst().run().await.unwrap(), 7);
        assert_eq!(scene.rows(), (7, 7));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_are_there_twice_have_one_name() {
    let scene = Scene::new().await;
    client(&scene.fake).ensure(&FACTS).await.unwrap();
    scene.fake.let_pass(1);
    scene.fake.trouble([Fault { moment: Moment::After, trouble: Trouble::Silence }; 2]);
    scene.analyst().run().await.unwrap_err();
    // The service remembers insert ids for a minute or so.
    scene.fake.forget_insert_ids();
    scene.analyst().run().await.unwrap();
    assert_eq!((scene.cursor().await, scene.rows()), (7, (7, 10)), "the first three are there twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_dies_between_rows_and_cursor_repeats_what_it_told() {
    let scene = Scene::new().await;
    let sql = "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'broken' USING ERRCODE = '57P01'; END $$;
               CREATE TRIGGER broken BEFORE INSERT OR UPDATE ON cursors EXECUTE FUNCTION broken()";
    sqlx::raw_sql(sql).execute(&mut scene.region.superuser().await).await.unwrap();
    assert!(scene.analyst().run().await.unwrap_err().is_transient());
    assert_eq!((scene.cursor().await, scene.rows()), (0, (3, 3)));
    sqlx::raw_sql("DROP TRIGGER broken ON cursors").execute(&mut scene.region.superuser().await).await.unwrap();
    scene.analyst().run().await.unwrap();
    assert_eq!((scene.cursor().await, scene.rows()), (7, (7, 7)));
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_at_once_tell_everything_once() {
    let scene = Scene::with(&["claim.filed"; 30]).await;
    let running: JoinSet<_> =
        (0..4).map(|_| scene.analyst()).map(async |analyst| analyst.run().await.unwrap()).collect();
    assert_eq!(running.join_all().await.into_iter().sum::<u64>(), 30);
    assert_eq!((scene.cursor().await, scene.rows()), (30, (30, 30)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_never_taken_is_noted_and_passed_by() {
    for reason in ["invalid", SPOILS] {
        let scene = Scene::with(&["claim.filed", "claim.filed", "claim.closed", "claim.filed", "claim.filed"]).await;
        scene.fake.refuse_rows("type", "claim.closed", reason, u32::MAX);
        assert_eq!(scene.analyst().run().await.unwrap(), 5);
        assert_eq!((scene.cursor().await, scene.rows()), (5, (4, 4)), "{reason}");
        assert_eq!(scene.dead_letters().await, [(2, "invalid".to_owned())], "{reason}");
        assert_eq!(scene.analyst().run().await.unwrap(), 0, "it is noted once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_failed_and_rows_that_are_refused_are_told_apart() {
    let scene = Scene::with(&["claim.filed", "claim.closed", "claim.reopened"]).await;
    scene.fake.refuse_rows("type", "claim.closed", "invalid", u32::MAX);
    scene.fake.refuse_rows("type", "claim.reopened", "backendError", 2);
    assert!(scene.analyst().run().await.unwrap_err().is_transient());
    assert_eq!(
        (scene.cursor().await, scene.dead_letters().await),
        (0, vec![]),
        "nothing is given up while something may pass"
    );
    scene.analyst().run().await.unwrap();
    assert_eq!((scene.cursor().await, scene.rows()), (3, (2, 2)));
    assert_eq!(scene.dead_letters().await, [(1, "invalid".to_owned())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_that_the_service_does_not_know_everywhere_yet_is_waited_for() {
    let scene = Scene::new().await;
    let analyst = scene.analyst();
    analyst.run().await.unwrap();
    let published = scene.fake.fields("facts").len();
    scene.fake.change("facts", |table| table.fields.truncate(published - 1));
    let (org, appender) = (scene.region.organization().await, scene.region.appender());
    assert!(matches!(appender.append(claim_filed(org, 1, None)).await.unwrap(), Outcome::Appended(_)));
    scene.region.seal(Mode::Test).await;
    assert!(analyst.run().await.unwrap_err().is_transient());
    assert_eq!((scene.cursor().await, scene.dead_letters().await), (7, vec![]));
    assert_eq!(analyst.run().await.unwrap(), 1, "the same instance has added the column");
    assert_eq!((scene.cursor().await, scene.rows()), (8, (8, 8)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_as_a_whole_stops_until_somebody_looks() {
    for (code, reason) in [(401, "authError"), (403, "accessDenied"), (400, "invalidQuery")] {
        let scene = Scene::new().await;
        client(&scene.fake).ensure(&FACTS).await.unwrap();
        scene.fake.let_pass(1);
        scene.fake.trouble([Fault { moment: Moment::Before, trouble: Trouble::Error(code, reason) }]);
        assert!(!scene.analyst().run().await.unwrap_err().is_transient(), "{reason}");
        assert_eq!((scene.cursor().await, scene.rows(), scene.dead_letters().await), (0, (0, 0), vec![]));
        scene.analyst().run().await.unwrap();
        assert_eq!((scene.cursor().await, scene.rows()), (7, (7, 7)));
    }
}
