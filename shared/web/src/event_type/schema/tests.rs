#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use truth_kernel::canonical::{MAX_DEPTH, parse};

use super::{LONGEST, Schema};

fn refusal(schema: &str) -> Option<(String, String)> {
    Schema::parse(schema.as_bytes()).err().map(|fault| (fault.pointer, fault.detail))
}

fn misfits(schema: &str, payload: &str) -> Vec<(String, String)> {
    let schema = Schema::parse(schema.as_bytes()).unwrap();
    let misfits = schema.check(&parse(payload.as_bytes(), MAX_DEPTH).unwrap());
    misfits.err().unwrap_or_default().into_iter().map(|misfit| (misfit.pointer, misfit.detail)).collect()
}

#[test]
fn a_payload_that_does_not_fit_is_told_where_and_why_and_no_value_is_repeated() {
    let schema = r#"{"type":"object","required":["amount"],"properties":{"amount":{"type":"string"},"names":{"items":{"maxLength":3}},
                     "kind":{"enum":["a","b"]}}}"#;
    assert_eq!(misfits(schema, r#"{"amount":"1"}"#), []);
    let found = misfits(schema, r#"{"names":["abc","Erika Mustermann"],"kind":"Erika"}"#);
    assert_eq!(found.iter().map(|(pointer, _)| pointer.as_str()).collect::<Vec<_>>(), ["", "/kind", "/names/1"]);
    assert!(found.iter().all(|(_, detail)| !detail.contains("Erika")), "{found:?}");
    assert!(found[0].1.contains("amount"));
}

#[test]
fn references_stay_inside() {
    assert_eq!(refusal(r##"{"$defs":{"m":{"type":"string"}},"properties":{"a":{"$ref":"#/$defs/m"}}}"##), None);
    for outside in ["https://example.com/schema.json", "file:///etc/passwd", "other.json#/a", "#anchor", "/$defs/m", ""]
    {
        let schema = format!(r#"{{"properties":{{"a":{{"$ref":"{outside}"}}}}}}"#);
        assert_eq!(refusal(&schema).unwrap().0, "/properties/a/$ref", "{outside}");
    }
    assert!(refusal(r##"{"$ref":"#/$defs/nothing"}"##).unwrap().1.contains("names nothing"));
    for keyword in ["$dynamicRef", "$recursiveRef", "$anchor", "$dynamicAnchor"] {
        assert!(refusal(&format!(r##"{{"properties":{{"a":{{"{keyword}":"#x"}}}}}}"##)).is_some(), "{keyword}");
    }
    assert!(refusal(r#"{"properties":{"a":{"$id":"https://example.com/"}}}"#).is_some());
    assert_eq!(refusal(r#"{"$id":"https://example.com/a","properties":{"$ref":{"type":"string"},"$id":{}}}"#), None);
    assert_eq!(
        refusal(r#"{"const":{"$ref":"https://example.com/"},"enum":[{"$ref":"x"}]}"#),
        None,
        "data is no reference"
    );
}

#[test]
fn only_the_draft_of_2020_is_understood() {
    assert_eq!(refusal(r#"{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object"}"#), None);
    assert_eq!(refusal(r#"{"$schema":"http://json-schema.org/draft-07/schema#"}"#).unwrap().0, "/$schema");
    assert_eq!(refusal(r#"{"type":"strng"}"#).unwrap().0, "/type");
    assert_eq!(refusal(r#"{"minLength":-1}"#).unwrap().0, "/minLength");
    assert!(refusal("[]").is_some());
    assert!(refusal("{").is_some());
    assert!(refusal(r#"{"a":1,"a":1}"#).is_some());
}

#[test]
fn size_and_depth_are_bounded() {
    let nested = |depth: usize| format!("{}true{}", r#"{"not":"#.repeat(depth), "}".repeat(depth));
    assert_eq!(refusal(&nested(32)), None);
    assert!(refusal(&nested(33)).is_some());
    let long = |length: usize| format!(r#"{{"title":"{}"}}"#, "x".repeat(length - 12));
    assert_eq!(refusal(&long(LONGEST)), None);
    assert!(refusal(&long(LONGEST + 1)).unwrap().1.contains("at most"));
}

#[test]
fn a_schema_that_would_take_forever_is_refused() {
    assert!(refusal(r##"{"$ref":"#"}"##).unwrap().1.contains("back to itself"));
    assert!(refusal(r##"{"properties":{"child":{"$ref":"#"}}}"##).is_some());
    assert!(
        refusal(r##"{"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"not":{"$ref":"#/$defs/a"}}},"$ref":"#/$defs/a"}"##)
            .is_some()
    );
    // Each definition refers twice to the next: 2^40 parts in 3 KB.
    let defs = |count: usize| {
        let double = |n: usize| {
            format!(r##""d{n}":{{"anyOf":[{{"$ref":"#/$defs/d{}"}},{{"$ref":"#/$defs/d{}"}}]}},"##, n + 1, n + 1)
        };
        format!(
            r##"{{"$ref":"#/$defs/d0","$defs":{{{}"d{count}":{{"type":"null"}}}}}}"##,
            (0..count).map(double).collect::<String>()
        )
    };
    assert_eq!(refusal(&defs(8)), None);
    assert!(refusal(&defs(40)).unwrap().1.contains("parts"));
    let chain = |count: usize| {
        let next = |n: usize| format!(r##""d{n}":{{"$ref":"#/$defs/d{}"}},"##, n + 1);
        format!(r##"{{"$ref":"#/$defs/d0","$defs":{{{}"d{count}":true}}}}"##, (0..count).map(next).collect::<String>())
    };
    assert!(refusal(&chain(1000)).unwrap().1.contains("deep"));
}

#[test]
fn patterns_run_in_linear_time() {
    for backtracking in [r"(?=a)b", r"(a)\\1", r"(?<!a)b"] {
        assert!(refusal(&format!(r#"{{"pattern":"{backtracking}"}}"#)).is_some(), "{backtracking}");
    }
    assert!(refusal(r#"{"pattern":"((a{1000}){1000}){1000}"}"#).is_some(), "a pattern that compiles to gigabytes");
    // Catastrophic for an engine that backtracks.
    let payload = format!(r#""{}b""#, "a".repeat(100_000));
    assert_eq!(misfits(r#"{"pattern":"^(a+)+$"}"#, &payload).len(), 1);
    let many = |count: usize| format!(r#"{{"allOf":[{}]}}"#, vec![r#"{"pattern":"a"}"#; count].join(","));
    assert_eq!(refusal(&many(100)), None);
    assert!(refusal(&many(101)).unwrap().1.contains("patterns"));
}
