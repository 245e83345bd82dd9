//! How far an import is: a bar on a terminal, a line every tenth elsewhere.

use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressStyle};

/// Shows how many claims are done, on standard error.
#[derive(Debug)]
pub struct Progress {
    all: usize,
    shape: Shape,
}

#[derive(Debug)]
enum Shape {
    Bar(ProgressBar),
    /// The tenths that were told.
    Lines(usize),
}

impl Progress {
    /// Begins at what was done before.
    pub fn new(all: usize, done: usize) -> Self {
        let shape =
            if io::stderr().is_terminal() { Shape::Bar(bar(all, done)) } else { Shape::Lines(tenth(done, all)) };
        Self { all, shape }
    }

    /// So many claims are done.
    pub fn set(&mut self, done: usize) {
        match &mut self.shape {
            Shape::Bar(bar) => bar.set_position(done as u64),
            Shape::Lines(told) => {
                let now = tenth(done, self.all);
                if now > *told {
                    *told = now;
                    eprintln!("{done} of {} claims", self.all);
                }
            }
        }
    }

    /// Leaves the terminal as it was.
    pub fn finish(&self) {
        if let Shape::Bar(bar) = &self.shape {
            bar.finish_and_clear();
        }
    }
}

fn bar(all: usize, done: usize) -> ProgressBar {
    let bar = ProgressBar::new(all as u64).with_position(done as u64);
    let template = ProgressStyle::with_template("{wide_bar} {human_pos} of {human_len} claims, {eta} left");
    // The template is a constant; if it were wrong, there would be the usual bar.
    bar.set_style(template.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.reset_eta();
    bar
}

const fn tenth(done: usize, all: usize) -> usize {
    match (done * 10).checked_div(all) {
        Some(tenth) => tenth,
        None => 10,
    }
}
