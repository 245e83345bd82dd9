//! Standard output and what is safe to show on a terminal.

use std::borrow::Cow;
use std::io::{self, ErrorKind, Write};

use crate::failure::Failure;

/// Writes bytes to standard output as they are, and a newline if they do not end with one.
pub fn print(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let newline: &[u8] = if bytes.ends_with(b"\n") { b"" } else { b"\n" };
    let written = out
        .write_all(bytes)
        .and_then(|()| out.write_all(newline))
        .and_then(|()| out.flush());
    written.map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => Failure::OutputClosed,
        _ => Failure::Other(format!("cannot write to standard output: {error}")),
    })
}

/// The text with every control character but newlines replaced: foreign text must not drive the terminal.
pub fn printable(text: &str) -> Cow<'_, str> {
    let drives = |char: char| char.is_control() && char != '\n';
    if text.contains(drives) {
        Cow::Owned(text.replace(drives, "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn foreign_text_does_not_drive_the_terminal() {
        assert_eq!(
            printable("a\x1b[2Jb\rc\nd\u{9b}é"),
            "a\u{fffd}[2Jb\u{fffd}c\nd\u{fffd}é"
        );
    }
}
