//! Laws of the gate as a whole; the cases of the format are vectors.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use proptest::prelude::*;

use super::*;

fn refusal(input: &[u8]) -> Refusal {
    parse(input, MAX_DEPTH).unwrap_err()
}

/// Any JSON value whose numbers pass, as another library writes it.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        (-(1_i64 << 53)..=1 << 53).prop_map(Into::into),
        (-1e15_f64..1e15).prop_map(|number| ((number * 8.0).round() / 8.0).into()),
        "[\\x00-\\x{10ffff}]{0,8}".prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::hash_map("[a-z\"\\\\\\x{e000}\\x{10000}]{0,2}", inner, 0..6)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

#[test]
fn bytes_that_are_not_utf8_or_begin_with_a_byte_order_mark_are_refused() {
    assert_eq!(refusal(b"\"a\xff\""), Refusal::at(RefusalKind::Encoding, 2));
    assert_eq!(refusal(b"\"\xed\xa0\x80\""), Refusal::at(RefusalKind::Encoding, 1));
    assert_eq!(refusal(b"\xef\xbb\xbf1"), Refusal::at(RefusalKind::Encoding, 0));
    assert_eq!(refusal("1\u{feff}".as_bytes()), Refusal::at(RefusalKind::Syntax, 1));
}

#[test]
fn a_refusal_names_the_place() {
    for (input, kind, offset, pointer) in [
        (r#"{"a/b":[1,{"~":1e400}]}"#, RefusalKind::Number, 15, "/a~1b/1/~0"),
        (r#"{"x":{"a":1,"a":2}}"#, RefusalKind::DuplicateName, 18, "/x/a"),
        (r#"["\ud800"]"#, RefusalKind::Surrogate, 3, "/0"),
        ("[1,]", RefusalKind::Syntax, 3, "/1"),
        ("[", RefusalKind::Syntax, 1, "/0"),
        (r#"{"a":"#, RefusalKind::Syntax, 5, "/a"),
    ] {
        let expected = Refusal { kind, offset, pointer: pointer.to_owned() };
        assert_eq!(refusal(input.as_bytes()), expected, "{input}");
    }
}

#[test]
fn the_deepest_nesting_is_the_callers_choice() {
    assert!(parse(b"[{\"a\":[]}]", 3).is_ok());
    assert_eq!(parse(b"[{\"a\":[]}]", 2).unwrap_err().kind, RefusalKind::Depth);
    assert!(parse(b"1", 0).is_ok());
    assert!(parse(b"[[],[[]],[]]", 3).is_ok(), "siblings do not add up");
    assert_eq!(refusal(&vec![b'['; 1_000_000]).kind, RefusalKind::Depth);
}

#[test]
fn a_value_converts_for_schema_validation() {
    let value = parse(br#"{"n":[1,-2,2.5,1e21],"s":"x","b":true,"z":null}"#, MAX_DEPTH).unwrap();
    let expected = serde_json::json!({"n":[1,-2,2.5,1e21],"s":"x","b":true,"z":null});
    assert_eq!(serde_json::Value::from(&value), expected);
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
        let _ = parse(&bytes, MAX_DEPTH);
    }

    #[test]
    fn almost_json_never_panics_and_what_passes_is_stable(text in "[\\[\\]{}\",:\\\\u0-9dcDeE.+ tfalsnr\n-é😀-]{0,24}") {
        if let Ok(once) = Canonical::from_json(text.as_bytes()) {
            prop_assert_eq!(Canonical::from_json(once.as_str().as_bytes()).unwrap(), once);
        }
    }

    #[test]
    fn the_canonical_form_has_the_same_value_and_is_its_own_canonical_form(json in json()) {
        for spelling in [serde_json::to_string(&json).unwrap(), serde_json::to_string_pretty(&json).unwrap()] {
            let value = parse(spelling.as_bytes(), MAX_DEPTH).unwrap();
            let canonical = value.canonical();
            prop_assert_eq!(Canonical::from_json(canonical.as_str().as_bytes()).unwrap(), canonical.clone());
            let read_back = serde_json::Value::from(&value);
            prop_assert_eq!(parse(canonical.as_str().as_bytes(), MAX_DEPTH).unwrap(), value);
            prop_assert_eq!(numbers_as_f64(read_back), numbers_as_f64(json.clone()));
        }
    }

    #[test]
    fn escaping_every_character_changes_nothing(text in "[\\x00-\\x{10ffff}]{0,8}") {
        let units = text.encode_utf16();
        let escaped = units.map(|unit| format!("\\u{unit:04X}")).collect::<Vec<_>>().concat();
        let value = parse(format!("\"{escaped}\"").as_bytes(), MAX_DEPTH).unwrap();
        prop_assert_eq!(value.as_str(), Some(text.as_str()));
    }
}

/// JSON knows one kind of number; `serde_json` compares 1 and 1.0 as different.
fn numbers_as_f64(value: serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Number(number) => number.as_f64().map(|number| number + 0.0).into(),
        serde_json::Value::Array(items) => items.into_iter().map(numbers_as_f64).collect(),
        serde_json::Value::Object(members) => {
            members.into_iter().map(|(name, value)| (name, numbers_as_f64(value))).collect()
        }
        other => other,
    }
}
