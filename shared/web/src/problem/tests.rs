#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::json;

use super::{CATALOGUE, Problem};
use crate::test_http::{header, read};

#[test]
fn the_catalogue_changes_only_on_purpose() {
    let mut list = String::new();
    for problem in CATALOGUE {
        let kind = problem().kind();
        writeln!(list, "{} {}: {}", kind.status.as_u16(), kind.slug, kind.title).unwrap();
    }
    insta::assert_snapshot!(list);
}

#[test]
fn slugs_are_unique_and_follow_their_status() {
    let kinds: Vec<_> = CATALOGUE.iter().map(|problem| problem().kind()).collect();
    let slugs: BTreeSet<_> = kinds.iter().map(|kind| kind.slug).collect();
    assert_eq!(slugs.len(), kinds.len());
    assert!(kinds.is_sorted_by_key(|kind| kind.status), "listed by status");
    assert!(slugs.iter().all(|slug| slug.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')));
}

#[tokio::test]
async fn every_problem_answers_as_a_problem_document() {
    for problem in CATALOGUE {
        let kind = problem().kind();
        let (response, body) = read(problem()).await;
        assert_eq!(response.status, kind.status);
        assert_eq!(header(&response, "content-type"), "application/problem+json");
        assert_eq!(body["type"], format!("https://proveniq.dev/problems/{}", kind.slug));
        assert_eq!(body["title"], kind.title);
        assert_eq!(body["status"], kind.status.as_u16());
        let challenged = response.headers.contains_key("www-authenticate");
        assert_eq!(challenged, kind.status.as_u16() == 401, "{}", kind.slug);
    }
}

#[tokio::test]
async fn a_problem_says_what_is_known_and_nothing_else() {
    let problem = Problem::payload_does_not_fit()
        .with_detail("2 values do not fit")
        .with_error("/payload/amount", "not a number")
        .with_error("/payload", "has no claimant");
    let expected = json!({
        "type": "https://proveniq.dev/problems/payload-does-not-fit",
        "title": "The payload does not fit the schema of its event type",
        "status": 422,
        "detail": "2 values do not fit",
        "errors": [
            {"pointer": "/payload/amount", "detail": "not a number"},
            {"pointer": "/payload", "detail": "has no claimant"},
        ],
    });
    assert_eq!(read(problem).await.1, expected);
    let problem = Problem::wrong_region().with_home_url("https://eu.example").with_rule("home");
    let expected = json!({
        "type": "https://proveniq.dev/problems/wrong-region",
        "title": "This organization lives in another region",
        "status": 421,
        "home_url": "https://eu.example",
        "offset": 7,
        "code": "syntax",
        "rule": "home",
    });
    assert_eq!(read(problem.with_offset(7, "syntax")).await.1, expected);
}

#[tokio::test]
async fn when_to_try_again_is_in_the_header_and_in_the_document() {
    let (response, body) = read(Problem::unavailable().with_retry_after(2)).await;
    assert_eq!(header(&response, "retry-after"), "2");
    assert_eq!(body["retry_after"], 2);
    let (response, body) = read(Problem::unavailable()).await;
    assert!(!response.headers.contains_key("retry-after") && body.get("retry_after").is_none());
}

#[tokio::test]
async fn a_missing_key_and_an_expired_one_are_challenged_differently() {
    let (missing, _) = read(Problem::unauthenticated()).await;
    assert_eq!(header(&missing, "www-authenticate"), r#"Bearer realm="proveniq""#);
    let (expired, _) = read(Problem::key_expired()).await;
    let challenge = header(&expired, "www-authenticate");
    assert_eq!(challenge, r#"Bearer realm="proveniq", error="invalid_token""#);
}
