//! Answers with a standby that lags are those without one.

use axum::Router;
use cloud::random::Random;
use test_support::Standby;
use test_support::draft::claim_filed;
use test_support::http::get;
use truth_kernel::classification::Mode;
use truth_kernel::verify::{Verdict, verify};

use crate::fixture::Fixture;

/// What may go wrong at any point: nothing of it may show in an answer.
#[derive(Clone, Copy, Debug)]
enum Step {
    Append,
    Seal,
    Erase,
    LetCatchUp,
}

impl Step {
    fn by_chance() -> Self {
        let [byte] = Random::system().bytes();
        match byte % 8 {
            0..4 => Self::Append,
            4 | 5 => Self::Seal,
            6 => Self::Erase,
            _ => Self::LetCatchUp,
        }
    }

    async fn take(self, fixture: &Fixture, standby: &Standby, number: usize) {
        match self {
            Self::Append => {
                let mut draft = claim_filed(fixture.org, 1, Some(["C-1", "C-2"][number % 2]));
                if number.is_multiple_of(3) {
                    draft.event_type = "payment.made".parse().unwrap();
                }
                fixture.append_draft(draft).await;
            }
            Self::Seal => drop(fixture.region.seal(Mode::Test).await),
            Self::Erase => {
                let sql = "DELETE FROM event_payloads WHERE id = (SELECT id FROM event_payloads ORDER BY id OFFSET 1 LIMIT 1)";
                fixture.region.tamper(sql).await;
            }
            Self::LetCatchUp => {
                standby.resume().await;
                standby.pause().await;
            }
        }
    }
}

/// Every path that answers differently when something is missing or there twice, cursors included.
async fn answers(fixture: &Fixture, router: &Router) -> Vec<(String, u16, String)> {
    let mut found = Vec::new();
    let first = fixture.json("/api/v1/events?limit=500").await;
    let events = first["events"].as_array().unwrap();
    let mut paths: Vec<String> =
        events.iter().map(|event| format!("/api/v1/events/{}", event["id"].as_str().unwrap())).collect();
    paths.extend(["/api/v1/claims/C-1/history", "/api/v1/claims/C-2/history", "/api/v1/checkpoint"].map(str::to_owned));
    let middle = events.get(events.len() / 2).map_or("2026-01-01T00:00:00Z", |event| event["time"].as_str().unwrap());
    for filter in [
        "",
        "type=payment.made",
        "claim_id=C-1",
        "claim_id=C-2&type=payment.made",
        &format!("from={middle}"),
        &format!("to={middle}"),
    ] {
        for limit in [1, 3, 500] {
            paths.push(format!("/api/v1/events?limit={limit}&{filter}"));
        }
    }
    while let Some(path) = paths.pop() {
        let answer = get(router, &fixture.key, &path).await;
        let text = answer.text().to_owned();
        if let Some(cursor) = serde_json::from_str::<serde_json::Value>(&text).unwrap()["next_cursor"].as_str() {
            let list = path.split("&cursor=").next().unwrap();
            paths.push(format!("{list}&cursor={cursor}"));
        }
        // A refusal names its request.
        let text = text.split(",\"instance\"").next().unwrap_or_default().to_owned();
        found.push((path, answer.status, text));
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn wherever_the_standby_stands_the_answers_are_the_primarys() {
    let (fixture, standby) = Fixture::with_standby().await;
    let alone = fixture.router_over(fixture.region.store("fn_query"));
    standby.pause().await;
    let mut steps = Vec::new();
    for number in 0..30 {
        let step = Step::by_chance();
        steps.push(step);
        step.take(&fixture, &standby, number).await;
        if number % 5 == 4 {
            let (expected, found) = (answers(&fixture, &alone).await, answers(&fixture, &fixture.router).await);
            for (found, expected) in found.iter().zip(&expected) {
                assert_eq!(found, expected, "after {steps:?}");
            }
            assert_eq!(found.len(), expected.len());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_ends_where_the_primary_says_and_a_checkpoint_is_its_newest() {
    let (fixture, standby) = Fixture::with_standby().await;
    fixture.append(Some("C-1")).await;
    fixture.region.seal(Mode::Test).await;
    standby.catch_up().await;
    standby.pause().await;
    fixture.append(Some("C-1")).await;
    fixture.region.seal(Mode::Test).await;
    assert_eq!(fixture.json("/api/v1/checkpoint").await["size"], 2);
    assert_eq!(fixture.json("/api/v1/consistency?from=1").await["to"], 2);
    let history = fixture.get("/api/v1/claims/C-1/history").await;
    assert_eq!(history.json()["events"].as_array().map(Vec::len), Some(2));
    let report = verify(&history.body, &fixture.keyring.published());
    assert!(report.verdict == Verdict::Valid && report.unchecked.is_empty(), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_the_standby_still_believes_in_is_refused() {
    let (fixture, standby) = Fixture::with_standby().await;
    standby.pause().await;
    fixture.region.tamper("UPDATE api_keys SET revoked_at = now()").await;
    let believed: i64 = sqlx::query_scalar("SELECT count(*) FROM api_keys WHERE revoked_at IS NULL")
        .fetch_one(&mut standby.superuser().await)
        .await
        .unwrap();
    assert_eq!(believed, 1);
    assert_eq!(fixture.refusal("/api/v1/events").await, (401, "key-revoked".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_body_is_not_shown_however_far_the_standby_is_behind() {
    let (fixture, standby) = Fixture::with_standby().await;
    let event = fixture.append(Some("C-1")).await;
    fixture.region.seal(Mode::Test).await;
    standby.catch_up().await;
    standby.pause().await;
    let path = format!("/api/v1/events/{}", event.header.id);
    assert_eq!(fixture.json(&path).await["erased"], false);
    assert_eq!(fixture.region.tamper("DELETE FROM data_keys").await, 1);
    for shown in [fixture.json(&path).await, fixture.json("/api/v1/events").await["events"][0].clone()] {
        assert_eq!((&shown["erased"], shown.get("payload")), (&serde_json::json!(true), None));
        assert_eq!(shown["header"], event.header_text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_standby_the_function_answers_everything() {
    let (fixture, standby) = Fixture::with_standby().await;
    let event = fixture.append(Some("C-1")).await;
    fixture.region.seal(Mode::Test).await;
    standby.catch_up().await;
    let path = format!("/api/v1/events/{}", event.header.id);
    let paths = [
        path.as_str(),
        "/api/v1/events",
        "/api/v1/events?claim_id=C-1",
        "/api/v1/claims/C-1/history",
        "/api/v1/checkpoint",
    ];
    for path in paths {
        assert_eq!(fixture.get(path).await.status, 200, "{path}");
    }
    standby.kill();
    for path in paths {
        assert_eq!(fixture.get(path).await.status, 200, "{path}");
    }
    let cold = fixture.router_over(standby.store(&fixture.region, "fn_query"));
    for path in paths {
        assert_eq!(get(&cold, &fixture.key, path).await.status, 200, "{path}: started while the standby is away");
    }
}
