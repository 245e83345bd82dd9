//! The writer, asked through each front.

use truth_kernel::note::VerifierKey;
use truth_kernel::verify::{Outcome, StepName, verify};

use crate::events::{Asked, FRONTS, Front};
use crate::fixture::{Fixture, receipt_key};

const EVENTS: &str = "/api/v1/events";

fn filed(claim: &str) -> String {
    format!(
        r#"{{"type":"claim.filed","classification":"transactional","claim_id":"{claim}","tags":["claim"],"payload":{{"amount":"1200.50"}}}}"#
    )
}

impl Fixture {
    async fn count(&self) -> i64 {
        let mut connection = self.region.superuser().await;
        let count = sqlx::query_scalar("SELECT count(*) FROM ledger_events WHERE org = $1").bind(self.org.as_uuid());
        count.fetch_one(&mut connection).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_in_base64_is_appended_and_its_receipt_verifies() {
    let fixture = Fixture::start("ledger-writer", "fn_ledger_writer").await;
    let trust: VerifierKey = receipt_key().parse().unwrap();
    for (front, count) in FRONTS.into_iter().zip(1..) {
        let answer = fixture.ask(front, &Asked::post(EVENTS, &fixture.key, filed("C-1 é"))).await;
        assert_eq!(answer.status, 201, "{front:?}: {}", String::from_utf8_lossy(&answer.body));
        assert_eq!(answer.headers["content-type"], "application/vnd.proveniq.evidence+json");
        let report = verify(&answer.body, std::slice::from_ref(&trust));
        let receipt = report.steps.iter().find(|step| step.name == StepName::Receipt).unwrap();
        assert_eq!(receipt.outcome, Outcome::Passed, "{front:?}: {}", receipt.detail);
        assert_eq!(fixture.count().await, count);
    }
    fixture.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repetition_through_another_front_gets_the_same_bytes() {
    let fixture = Fixture::start("ledger-writer", "fn_ledger_writer").await;
    let body = filed("C-1");
    let asked = Asked::post(EVENTS, &fixture.key, body).with("idempotency-key", "k-1");
    let first = fixture.ask(Front::HttpApi, &asked).await;
    assert_eq!(first.status, 201);
    for front in FRONTS {
        let again = fixture.ask(front, &asked).await;
        assert_eq!((again.status, &again.body), (201, &first.body), "{front:?}");
        assert_eq!(again.headers["idempotent-replayed"], "true", "{front:?}");
    }
    assert_eq!(fixture.count().await, 1);
    fixture.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_the_writer_refuses_over_a_connection_it_refuses_here() {
    let fixture = Fixture::start("ledger-writer", "fn_ledger_writer").await;
    let long = format!(r#"{{"payload":"{}"}}"#, "x".repeat(2 << 20));
    for front in FRONTS {
        for (body, status, slug) in [
            ("{".to_owned(), 400, "malformed-json"),
            (r#"{"type":"claim.filed"}"#.to_owned(), 422, "invalid-event"),
            (long.clone(), 413, "payload-too-large"),
        ] {
            let answer = fixture.ask(front, &Asked::post(EVENTS, &fixture.key, body)).await;
            assert_eq!(answer.problem(), (status, slug.to_owned()), "{front:?}");
        }
    }
    assert_eq!(fixture.count().await, 0);
    fixture.check();
}
