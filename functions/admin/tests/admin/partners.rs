//! Organizations.

use serde_json::{Value, json};

use crate::fixture::{Fixture, KEYS, PARTNERS};

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_makes_lists_and_suspends_organizations() {
    let fixture = Fixture::new().await;
    let operator = &fixture.operator;
    let (org, key) = fixture.partner(&["partners:read", "keys:read"]).await;
    let path = format!("{PARTNERS}/{org}");
    assert_eq!(fixture.get(operator, &path).await.json()["name"], "Alpine Mutual");
    assert_eq!(fixture.get(&key, &path).await.json()["status"], "active");
    let suspended = fixture.patch(operator, &path, &json!({ "status": "suspended" })).await;
    assert_eq!((suspended.status, &suspended.json()["status"]), (200, &"suspended".into()));
    fixture.hands.advance(30_000);
    let answer = fixture.get(&key, KEYS).await;
    assert_eq!(answer.problem(), (403, "forbidden".to_owned()));
    assert_eq!(answer.json()["rule"], "organization:active");
    assert_eq!(fixture.patch(operator, &path, &json!({ "status": "active" })).await.status, 200);
    assert_eq!(fixture.get(&key, KEYS).await.status, 200, "at once: a refusal is not remembered");
    assert_eq!(fixture.patch(operator, &path, &json!({ "status": "closed" })).await.status, 200);
    let back = fixture.patch(operator, &path, &json!({ "status": "active" })).await;
    assert_eq!(back.problem(), (409, "conflict".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_paged_newest_first_and_each_organization_is_there_once() {
    let fixture = Fixture::new().await;
    let mut made = Vec::new();
    for number in 0..5 {
        let partner = fixture.made(&fixture.operator, PARTNERS, &json!({ "name": format!("Partner {number}") })).await;
        made.push(partner["id"].clone());
        fixture.hands.advance(1);
    }
    let (mut listed, mut cursor): (Vec<Value>, _) = (Vec::new(), String::new());
    loop {
        let page = fixture.get(&fixture.operator, &format!("{PARTNERS}?limit=2{cursor}")).await.json();
        listed.extend(page["partners"].as_array().unwrap().iter().map(|partner| partner["id"].clone()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    made.reverse();
    assert_eq!(listed[..5], made);
    assert_eq!(listed.len(), 6, "and the region's own");
    let foreign = fixture.get(&fixture.operator, &format!("{PARTNERS}?cursor=AAAA")).await;
    assert_eq!(foreign.problem(), (400, "invalid-cursor".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_operator_sees_and_changes_other_organizations() {
    let fixture = Fixture::new().await;
    let (own, key) = fixture.partner(&["partners:read", "partners:write"]).await;
    let (other, _) = fixture.partner(&[]).await;
    let forbidden = (403, "forbidden".to_owned());
    assert_eq!(fixture.get(&key, PARTNERS).await.problem(), forbidden);
    assert_eq!(fixture.post(&key, PARTNERS, &json!({ "name": "Mine" })).await.problem(), forbidden);
    assert_eq!(
        fixture.patch(&key, &format!("{PARTNERS}/{own}"), &json!({ "status": "active" })).await.problem(),
        forbidden
    );
    assert_eq!(fixture.get(&key, &format!("{PARTNERS}/{own}")).await.status, 200);
    for missing in [other.as_str(), "org_0123456789abcdef0123456789abcdef", "nonsense"] {
        assert_eq!(
            fixture.get(&key, &format!("{PARTNERS}/{missing}")).await.problem(),
            (404, "not-found".to_owned()),
            "{missing}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_refused() {
    let fixture = Fixture::new().await;
    let operator = &fixture.operator;
    for body in [
        json!({}),
        json!({ "name": "" }),
        json!({ "name": " x" }),
        json!({ "name": 1 }),
        json!({ "name": "x", "id": 1 }),
        json!([]),
    ] {
        assert_eq!(
            fixture.post(operator, PARTNERS, &body).await.problem(),
            (422, "invalid-request".to_owned()),
            "{body}"
        );
    }
    let (org, _) = fixture.partner(&[]).await;
    let path = format!("{PARTNERS}/{org}");
    assert_eq!(
        fixture.patch(operator, &path, &json!({ "status": "gone" })).await.problem(),
        (422, "invalid-request".to_owned())
    );
    let nobody = format!("{PARTNERS}/{}", test_support::fresh_id::<truth_kernel::id::Org>());
    assert_eq!(
        fixture.patch(operator, &nobody, &json!({ "status": "closed" })).await.problem(),
        (404, "not-found".to_owned())
    );
    let system = test_support::TestRegion::founding().system;
    let locked_out = fixture.patch(operator, &format!("{PARTNERS}/{system}"), &json!({ "status": "suspended" })).await;
    assert_eq!(locked_out.problem(), (409, "conflict".to_owned()));
}
