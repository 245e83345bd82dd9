//! The gate's parser: one pass over the bytes (RFC 8259), refusing what would not survive.

use super::write::plain;
use super::{Number, Object, Refusal, RefusalKind, Value};

/// Parses a JSON text whose arrays and objects nest at most `max_depth` deep.
pub fn parse(input: &[u8], max_depth: u8) -> Result<Value, Refusal> {
    let text = str::from_utf8(input).map_err(|error| Refusal::at(RefusalKind::Encoding, error.valid_up_to()))?;
    if text.starts_with('\u{feff}') {
        return Err(Refusal::at(RefusalKind::Encoding, 0));
    }
    let mut parser = Parser { text, at: 0, levels_left: max_depth };
    let value = parser.value()?;
    parser.skip_space();
    if parser.at < text.len() { Err(parser.refuse(RefusalKind::Syntax)) } else { Ok(value) }
}

struct Parser<'a> {
    text: &'a str,
    /// The next byte; never inside of a character when the text is sliced.
    at: usize,
    levels_left: u8,
}

impl<'a> Parser<'a> {
    const fn refuse(&self, kind: RefusalKind) -> Refusal {
        Refusal::at(kind, self.at)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// Goes on over this byte, if it is the next one.
    fn take(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, byte: u8) -> Result<(), Refusal> {
        if self.take(byte) { Ok(()) } else { Err(self.refuse(RefusalKind::Syntax)) }
    }

    fn value(&mut self) -> Result<Value, Refusal> {
        self.skip_space();
        match self.peek() {
            Some(b'"') => self.string().map(Value::String),
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'-' | b'0'..=b'9') => self.number().map(Value::Number),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            _ => Err(self.refuse(RefusalKind::Syntax)),
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, Refusal> {
        if self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            Ok(value)
        } else {
            Err(self.refuse(RefusalKind::Syntax))
        }
    }

    fn nested(&mut self, inner: fn(&mut Self) -> Result<Value, Refusal>) -> Result<Value, Refusal> {
        let left = self.levels_left;
        self.levels_left = left.checked_sub(1).ok_or_else(|| self.refuse(RefusalKind::Depth))?;
        self.at += 1; // the opening bracket
        let value = inner(self)?;
        self.levels_left = left;
        Ok(value)
    }

    fn array(&mut self) -> Result<Value, Refusal> {
        let mut items = Vec::new();
        self.skip_space();
        if self.take(b']') {
            return Ok(Value::Array(items));
        }
        loop {
            let item = self.value().map_err(|refusal| refusal.within(&items.len().to_string()))?;
            items.push(item);
            self.skip_space();
            if self.take(b']') {
                return Ok(Value::Array(items));
            }
            self.expect(b',')?;
        }
    }

    fn object(&mut self) -> Result<Value, Refusal> {
        let mut members = Vec::with_capacity(8);
        self.skip_space();
        if self.take(b'}') {
            return Ok(Value::Object(Object::default()));
        }
        loop {
            members.push(self.member()?);
            self.skip_space();
            if self.take(b'}') {
                let duplicate = |name: String| self.refuse(RefusalKind::DuplicateName).within(&name);
                return Object::from_members(members).map(Value::Object).map_err(duplicate);
            }
            self.expect(b',')?;
        }
    }

    fn member(&mut self) -> Result<(String, Value), Refusal> {
        self.skip_space();
        let name = self.string()?;
        self.skip_space();
        self.expect(b':')?;
        match self.value() {
            Ok(value) => Ok((name, value)),
            Err(refusal) => Err(refusal.within(&name)),
        }
    }

    fn string(&mut self) -> Result<String, Refusal> {
        self.expect(b'"')?;
        let run = self.run();
        if self.take(b'"') {
            return Ok(run.to_owned());
        }
        let mut out = run.to_owned();
        while !self.take(b'"') {
            self.expect(b'\\')?; // else a control character or the end
            out.push(self.escape()?);
            out.push_str(self.run());
        }
        Ok(out)
    }

    /// The characters up to the next one that ends the string, escapes or must be escaped.
    fn run(&mut self) -> &'a str {
        let run = plain(&self.text[self.at..]);
        self.at += run.len();
        run
    }

    fn escape(&mut self) -> Result<char, Refusal> {
        let character = match self.peek() {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return Err(self.refuse(RefusalKind::Syntax)),
        };
        self.at += 1;
        Ok(character)
    }

    /// A code point in one `\u` escape or in two that make a surrogate pair.
    fn unicode(&mut self) -> Result<char, Refusal> {
        let start = self.at;
        let lone = Refusal::at(RefusalKind::Surrogate, start);
        let first = self.code_unit()?;
        if let Some(character) = char::from_u32(first) {
            return Ok(character);
        }
        if first >= 0xdc00 || !self.take(b'\\') || self.peek() != Some(b'u') {
            return Err(lone);
        }
        let second = self.code_unit()?;
        let low = second.checked_sub(0xdc00).filter(|low| *low < 0x400).ok_or(lone.clone())?;
        char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + low).ok_or(lone)
    }

    /// `u` and four hex digits.
    fn code_unit(&mut self) -> Result<u32, Refusal> {
        self.expect(b'u')?;
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            unit = unit << 4 | digit.ok_or_else(|| self.refuse(RefusalKind::Syntax))?;
            self.at += 1;
        }
        Ok(unit)
    }

    fn number(&mut self) -> Result<Number, Refusal> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        let is_integer = !matches!(self.peek(), Some(b'.' | b'e' | b'E'));
        if !is_integer {
            self.fraction_and_exponent()?;
        }
        let literal = &self.text[start..self.at];
        let integer = if is_integer { literal.parse().ok() } else { None };
        integer
            .and_then(Number::from_i64) // the quick way
            .or_else(|| Number::from_literal(literal))
            .ok_or_else(|| Refusal::at(RefusalKind::Number, start))
    }

    fn fraction_and_exponent(&mut self) -> Result<(), Refusal> {
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _sign = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        Ok(())
    }

    /// One digit or more.
    fn digits(&mut self) -> Result<(), Refusal> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if self.at > start { Ok(()) } else { Err(self.refuse(RefusalKind::Syntax)) }
    }
}
