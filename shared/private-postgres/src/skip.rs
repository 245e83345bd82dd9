//! How a test says that it did not run because a tool is missing.

use std::fs::OpenOptions;
use std::io::Write;

/// Notes that `test` was skipped for want of `tool`: one line `SKIPPED <test> missing <tool>` on
/// standard error and, when `PROVENIQ_SKIP_LOG` names a file, at that file's end, where `bin/test`
/// collects it. The test itself then returns.
pub fn skip(test: &str, tool: &str) {
    let line = format!("SKIPPED {test} missing {tool}\n");
    let mut sinks: Vec<Box<dyn Write>> = vec![Box::new(std::io::stderr())];
    let log = std::env::var_os("PROVENIQ_SKIP_LOG");
    let file = log.and_then(|log| OpenOptions::new().create(true).append(true).open(log).ok());
    if let Some(file) = file {
        sinks.push(Box::new(file));
    }
    for mut sink in sinks {
        // A note that cannot be written must not fail a test that did not even run.
        drop(sink.write_all(line.as_bytes()));
    }
}
