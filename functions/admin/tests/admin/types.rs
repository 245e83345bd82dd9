//! Event types.

use serde_json::{Value, json};

use crate::fixture::{Fixture, TYPES};

fn wanted(name: &str, schema: &Value) -> Value {
    json!({ "name": name, "schema": schema })
}

#[tokio::test(flavor = "multi_thread")]
async fn types_have_versions_and_an_own_one_replaces_a_built_in_one() {
    let fixture = Fixture::new().await;
    let (_, key) = fixture.partner(&["types:read", "types:write"]).await;
    let (_, other) = fixture.partner(&["types:read"]).await;
    for version in 1..=2 {
        let made = fixture.made(&key, TYPES, &wanted("robot.moved", &json!({ "minProperties": version }))).await;
        assert_eq!((&made["name"], &made["version"]), (&"robot.moved".into(), &version.into()));
    }
    fixture.made(&key, TYPES, &wanted("claim.filed", &json!({ "required": ["policy_number"] }))).await;
    let listed = fixture.get(&key, TYPES).await.json()["event_types"].as_array().unwrap().clone();
    let of = |name: &str| listed.iter().filter(|listed| listed["name"] == name).cloned().collect::<Vec<_>>();
    assert_eq!((of("robot.moved").len(), &of("robot.moved")[0]["schema"]), (1, &json!({ "minProperties": 2 })));
    assert_eq!((of("claim.filed").len(), &of("claim.filed")[0]["version"]), (1, &1.into()));
    assert_eq!((of("payment.made").len(), &of("payment.made")[0]["version"]), (1, &0.into()));
    let others = fixture.get(&other, TYPES).await.json()["event_types"].as_array().unwrap().clone();
    assert!(others.iter().all(|listed| listed["version"] == 0 && listed["name"] != "robot.moved"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_that_is_not_safe_is_refused_with_its_place() {
    let fixture = Fixture::new().await;
    let (_, key) = fixture.partner(&["types:write", "types:read"]).await;
    for (schema, pointer) in [
        (json!({ "$ref": "https://example.com/schema.json" }), "/schema/$ref"),
        (json!({ "properties": { "a": { "pattern": "(?=a)b" } } }), "/schema/properties/a/pattern"),
        (json!({ "type": "strng" }), "/schema/type"),
        (json!({ "$schema": "http://json-schema.org/draft-07/schema#" }), "/schema/$schema"),
        (json!({ "title": "x".repeat(66_000) }), "/schema"),
        (json!({ "properties": { "child": { "$ref": "#" } } }), "/schema/properties/child/$ref"),
    ] {
        let answer = fixture.post(&key, TYPES, &wanted("robot.moved", &schema)).await;
        assert_eq!(answer.problem(), (422, "invalid-request".to_owned()));
        let found = answer.json()["errors"][0]["pointer"].as_str().unwrap().to_owned();
        assert!(found.starts_with(pointer), "{found} for {pointer}");
    }
    for body in [
        wanted("Robot", &json!({})),
        json!({ "name": "robot.moved" }),
        json!({ "name": "robot.moved", "schema": {}, "version": 3 }),
        json!({ "name": "robot.moved", "schema": {}, "org": "acme" }),
        json!([]),
    ] {
        assert_eq!(fixture.post(&key, TYPES, &body).await.problem(), (422, "invalid-request".to_owned()), "{body}");
    }
    let ours = fixture.post(&key, TYPES, &wanted("claim.verified", &json!({}))).await;
    assert_eq!(ours.problem(), (409, "conflict".to_owned()));
    let listed = fixture.get(&key, TYPES).await.json()["event_types"].as_array().unwrap().clone();
    assert!(listed.iter().all(|listed| listed["version"] == 0), "nothing was registered");
}
