//! Prometheus's text exposition format, version 0.0.4.

use std::fmt::Write;

use super::family::{BOUNDS, Counter, Family, Histogram};

impl<const N: usize> Family<N, Counter> {
    pub(super) fn write(&self, out: &mut String) {
        let mut head = Some(format!("# TYPE {} counter\n", self.name));
        self.each(|values, counter| {
            out.push_str(&head.take().unwrap_or_default());
            line(out, self.name, &labels(&self.labels, values), counter.get());
        });
    }
}

impl<const N: usize> Family<N, Histogram> {
    pub(super) fn write(&self, out: &mut String) {
        let mut head = Some(format!("# TYPE {} histogram\n", self.name));
        self.each(|values, histogram| {
            out.push_str(&head.take().unwrap_or_default());
            let (cumulative, count, sum) = histogram.get();
            let labels = labels(&self.labels, values);
            let bucket = format!("{}_bucket", self.name);
            for (bound, number) in BOUNDS.iter().zip(cumulative) {
                line(out, &bucket, &format!("{labels},le=\"{}\"", seconds(*bound)), number);
            }
            line(out, &bucket, &format!("{labels},le=\"+Inf\""), count);
            line(out, &format!("{}_sum", self.name), &labels, sum.as_secs_f64());
            line(out, &format!("{}_count", self.name), &labels, count);
        });
    }
}

fn line(out: &mut String, name: &str, labels: &str, value: impl std::fmt::Display) {
    // Writing to a string does not fail.
    let _ = writeln!(out, "{name}{{{labels}}} {value}");
}

fn labels(names: &[&str], values: &[&str]) -> String {
    let escape = |value: &str| value.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n");
    let pairs = names.iter().zip(values).map(|(name, value)| format!("{name}=\"{}\"", escape(value)));
    pairs.collect::<Vec<_>>().join(",")
}

/// Microseconds as a decimal number of seconds.
fn seconds(micros: u64) -> f64 {
    std::time::Duration::from_micros(micros).as_secs_f64()
}
