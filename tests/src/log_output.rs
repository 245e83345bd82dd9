//! What this process logs: every function's lines, of both regions.

use std::io::{self, Write};
use std::sync::Mutex;

use tracing::level_filters::LevelFilter;

static OUTPUT: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Everything that was logged so far.
pub fn log_output() -> Vec<u8> {
    OUTPUT.lock().expect("the log").clone()
}

/// Starts to keep what is logged, down to what production leaves out.
pub(crate) fn capture() {
    tracing_subscriber::fmt().with_max_level(LevelFilter::DEBUG).with_ansi(false).with_writer(|| Output).init();
}

struct Output;

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        OUTPUT.lock().expect("the log").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
