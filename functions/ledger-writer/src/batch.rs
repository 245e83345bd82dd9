//! The items of a batch: found without parsing them, so that a broken one fails alone.

use std::ops::Range;

/// Items of one batch at most.
pub(crate) const MOST: usize = 500;

/// Why the items cannot be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotABatch {
    /// Not of the form `{"events":[…]}`.
    Form,
    /// More than [`MOST`] items.
    TooMany,
}

/// Where the items of `{"events":[…]}` are. Each is still to be parsed: only strings and brackets were looked at.
pub(crate) fn items(body: &[u8]) -> Result<Vec<Range<usize>>, NotABatch> {
    let mut scanner = Scanner { body, at: 0 };
    for token in ["{", "\"events\"", ":", "["] {
        scanner.expect(token)?;
    }
    let mut items = Vec::new();
    if scanner.expect("]").is_err() {
        loop {
            items.push(scanner.item()?);
            if items.len() > MOST {
                return Err(NotABatch::TooMany);
            }
            if scanner.expect("]").is_ok() {
                break;
            }
            scanner.expect(",")?;
        }
    }
    scanner.expect("}")?;
    scanner.skip_space();
    if scanner.at == body.len() { Ok(items) } else { Err(NotABatch::Form) }
}

struct Scanner<'a> {
    body: &'a [u8],
    at: usize,
}

impl Scanner<'_> {
    fn skip_space(&mut self) {
        let rest = self.body.get(self.at..).unwrap_or_default();
        self.at += rest.iter().take_while(|byte| matches!(byte, b' ' | b'\n' | b'\t' | b'\r')).count();
    }

    /// Goes over a token, and leaves everything as it is if it is not there.
    fn expect(&mut self, token: &str) -> Result<(), NotABatch> {
        self.skip_space();
        let rest = self.body.get(self.at..).unwrap_or_default();
        if rest.starts_with(token.as_bytes()) {
            self.at += token.len();
            Ok(())
        } else {
            Err(NotABatch::Form)
        }
    }

    /// Goes over a value that is not empty, to the comma or bracket that ends it.
    fn item(&mut self) -> Result<Range<usize>, NotABatch> {
        self.skip_space();
        let (start, mut depth) = (self.at, 0_usize);
        while let Some(byte) = self.body.get(self.at) {
            match byte {
                b'"' => self.string()?,
                b'{' | b'[' => depth += 1,
                b',' | b'}' | b']' if depth == 0 && self.at > start => return Ok(start..self.at),
                b'}' | b']' if depth > 0 => depth -= 1,
                b',' | b'}' | b']' if depth == 0 => return Err(NotABatch::Form),
                _ => {}
            }
            self.at += 1;
        }
        Err(NotABatch::Form)
    }

    /// Goes from a string's opening quote to its closing one.
    fn string(&mut self) -> Result<(), NotABatch> {
        loop {
            self.at += 1;
            match self.body.get(self.at) {
                Some(b'"') => return Ok(()),
                Some(b'\\') => self.at += 1,
                Some(_) => {}
                None => return Err(NotABatch::Form),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use proptest::prelude::*;

    use super::{MOST, NotABatch, items};

    fn found(body: &str) -> Result<Vec<&str>, NotABatch> {
        items(body.as_bytes()).map(|items| items.into_iter().map(|item| &body[item]).collect())
    }

    #[test]
    fn items_are_found_without_being_parsed() {
        assert_eq!(found(r#"{"events":[]}"#).unwrap(), [""; 0]);
        assert_eq!(found(" { \"events\" : [ {} ,\n1, [2,[3]] ] } ").unwrap(), ["{} ", "1", "[2,[3]] "]);
        assert_eq!(
            found(r#"{"events":[{"a":"}],\"\\"},{broken},"]"]}"#).unwrap(),
            [r#"{"a":"}],\"\\"}"#, "{broken}", "\"]\""]
        );
    }

    #[test]
    fn what_is_not_a_list_of_events_is_no_batch() {
        for body in [
            "",
            "[]",
            "{}",
            "{\"events\":{}}",
            "{\"events\":[1}",
            "{\"events\":[1]",
            "{\"events\":[1]},",
            "{\"events\":[1,]}",
            "{\"events\":[,1]}",
            "{\"events\":[,]}",
            "{\"events\":[1],\"more\":1}",
            "{\"events\":[\"a]}",
            "{\"events\":[\"\\",
            "\u{feff}{\"events\":[]}",
            "{\"events\":[1 2",
        ] {
            assert_eq!(found(body), Err(NotABatch::Form), "{body:?}");
        }
        let many = |count: usize| format!(r#"{{"events":[{}]}}"#, vec!["1"; count].join(","));
        assert_eq!(found(&many(MOST)).unwrap().len(), MOST);
        assert_eq!(found(&many(MOST + 1)), Err(NotABatch::TooMany));
    }

    proptest! {
        #[test]
        fn any_bytes_are_scanned_without_panic(bytes: Vec<u8>) {
            let body = [br#"{"events":["#.as_slice(), &bytes].concat();
            let _ = items(&body);
        }

        #[test]
        fn items_of_json_are_those_that_a_parser_finds(list in prop::collection::vec("[a-z\"\\\\\\[\\]{},: ]{0,12}", 0..8)) {
            let body = serde_json::json!({ "events": list }).to_string();
            let parsed: Vec<String> = found(&body).unwrap().into_iter().map(|item| serde_json::from_str(item).unwrap()).collect();
            prop_assert_eq!(parsed, list);
        }
    }
}
