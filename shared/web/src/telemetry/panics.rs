//! A panic as a log line.

use std::any::Any;
use std::backtrace::Backtrace;
use std::panic::PanicHookInfo;

/// As much of a stack as is written: some sixty frames.
const STACK: usize = 8 * 1024;

/// Says where it happened, in which calls, and what was said if that is a part of the program. A message that was put together may hold
/// whatever came in, and is not written.
pub(super) fn log(panic: &PanicHookInfo<'_>) {
    let location = panic.location().map(tracing::field::display);
    let stack = Backtrace::force_capture().to_string();
    tracing::error!(
        error = literal(panic.payload()),
        error.code = "panic",
        error.stack = beginning(&stack),
        location,
        "a panic"
    );
}

/// `panic!("…")` without arguments carries a text that the compiler made, every other one a `String`.
fn literal(payload: &dyn Any) -> &'static str {
    payload.downcast_ref::<&'static str>().copied().unwrap_or("a message that is not written")
}

fn beginning(stack: &str) -> &str {
    stack.get(..stack.floor_char_boundary(STACK)).unwrap_or_default()
}
