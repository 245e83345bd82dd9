//! Reading JSON of a fixed canonical form: known members in a known order, values without escapes.
//!
//! A *key* is the exact text before a value, such as `","class":"`. Writer and reader of a format share
//! its keys, so the reader accepts precisely what the writer writes.

use std::str::FromStr;

/// Integers up to 2^53 are written the same by every JSON library (RFC 8785 appendix D).
const LARGEST: u64 = 1 << 53;

/// The member that is missing, in the wrong place or not in its canonical form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not in canonical form at `{member}`")]
pub struct FormError {
    /// The name of the member.
    pub member: &'static str,
}

pub(crate) struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    pub const fn new(text: &'a str) -> Self {
        Self { rest: text }
    }

    /// Goes on over this key, if it is next.
    pub fn take(&mut self, key: &str) -> bool {
        let rest = self.rest.strip_prefix(key);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// The string after this key.
    pub fn string<T: FromStr>(&mut self, key: &'static str) -> Result<T, FormError> {
        self.optional(key)?.ok_or_else(|| error(key))
    }

    /// The string after this key, if the key is next.
    pub fn optional<T: FromStr>(&mut self, key: &'static str) -> Result<Option<T>, FormError> {
        if !self.take(key) {
            return Ok(None);
        }
        // None of the types has a text form that needs escaping, so a quote is the end.
        let text = self.until(|byte| byte == b'"');
        text.parse().map(Some).map_err(|_| error(key))
    }

    /// The integer from 1 to 2^53 after this key.
    pub fn position(&mut self, key: &'static str) -> Result<u64, FormError> {
        let number = self.size(key)?;
        if number == 0 {
            return Err(error(key));
        }
        Ok(number)
    }

    /// The integer from 0 to 2^53 after this key.
    pub fn size(&mut self, key: &'static str) -> Result<u64, FormError> {
        if !self.take(key) {
            return Err(error(key));
        }
        let digits = self.until(|byte| !byte.is_ascii_digit());
        let number = digits.parse().ok().filter(|number| *number <= LARGEST);
        number.filter(|_| digits == "0" || !digits.starts_with('0')).ok_or_else(|| error(key))
    }

    /// The end of the text, which is this key.
    pub fn end(self, key: &'static str) -> Result<(), FormError> {
        if self.rest == key { Ok(()) } else { Err(error(key)) }
    }

    fn until(&mut self, is_end: impl Fn(u8) -> bool) -> &'a str {
        let length = self.rest.bytes().position(is_end).unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at(length);
        self.rest = rest;
        text
    }
}

/// The error at this key, which says its member's name.
fn error(key: &'static str) -> FormError {
    FormError { member: key.trim_matches(|c: char| c != '_' && !c.is_ascii_lowercase()) }
}
