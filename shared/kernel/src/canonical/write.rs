//! Writing a value in canonical form (RFC 8785 §3.2).

use super::Value;

pub(super) fn push_value(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => number.push_to(out),
        Value::String(text) => push_string(text, out),
        Value::Array(items) => push_list('[', ']', items, push_value, out),
        Value::Object(object) => {
            let push_member = |(name, value): (&str, &Value), out: &mut String| {
                push_string(name, out);
                out.push(':');
                push_value(value, out);
            };
            push_list('{', '}', object.iter(), push_member, out);
        }
    }
}

fn push_list<T>(
    open: char,
    close: char,
    items: impl IntoIterator<Item = T>,
    push: impl Fn(T, &mut String),
    out: &mut String,
) {
    out.push(open);
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        push(item, out);
    }
    out.push(close);
}

/// Appends a string with quotes, escaping only what must be (RFC 8785 §3.2.2.2).
pub(crate) fn push_string(text: &str, out: &mut String) {
    out.push('"');
    let mut rest = text;
    loop {
        let (run, special) = rest.split_at(plain(rest).len());
        out.push_str(run);
        let Some(byte) = special.bytes().next() else {
            break;
        };
        push_escape(byte, out);
        rest = &special[1..];
    }
    out.push('"');
}

/// The characters up to the first one that cannot stand for itself in a string.
pub(super) fn plain(text: &str) -> &str {
    let length = text.bytes().position(|byte| SPECIAL[usize::from(byte)]);
    &text[..length.unwrap_or(text.len())]
}

/// Control characters, the quote and the backslash (RFC 8259 §7).
const SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        special[byte] = true;
        byte += 1;
    }
    special[b'"' as usize] = true;
    special[b'\\' as usize] = true;
    special
};

fn push_escape(byte: u8, out: &mut String) {
    match byte {
        b'"' => out.push_str("\\\""),
        b'\\' => out.push_str("\\\\"),
        0x08 => out.push_str("\\b"),
        b'\t' => out.push_str("\\t"),
        b'\n' => out.push_str("\\n"),
        0x0c => out.push_str("\\f"),
        b'\r' => out.push_str("\\r"),
        control => {
            out.push_str("\\u00");
            crate::encoding::push_hex(&[control], out);
        }
    }
}
