//! A metric and its series, one per combination of labels.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// Series that a family may have. Labels such as event types and organizations grow with use; beyond
/// this many, everything new is counted as `other`, so that no label set is open.
pub(super) const SERIES: usize = 1_000;

const OTHER: &str = "other";

/// A metric with `N` labels.
#[derive(Debug)]
pub(super) struct Family<const N: usize, M> {
    pub(super) name: &'static str,
    pub(super) labels: [&'static str; N],
    /// By the label values, joined by a character that none contains.
    series: RwLock<BTreeMap<String, Arc<M>>>,
}

impl<const N: usize, M: Default> Family<N, M> {
    pub(super) fn new(name: &'static str, labels: [&'static str; N]) -> Self {
        Self { name, labels, series: RwLock::default() }
    }

    /// Records in the series with these label values.
    pub(super) fn with(&self, values: [&str; N], record: impl FnOnce(&M)) {
        let key = values.join("\0");
        let known = self.series.read().unwrap_or_else(PoisonError::into_inner).get(&key).map(Arc::clone);
        record(&known.unwrap_or_else(|| self.add(key)));
    }

    fn add(&self, key: String) -> Arc<M> {
        let mut series = self.series.write().unwrap_or_else(PoisonError::into_inner);
        let is_full = series.len() >= SERIES && !series.contains_key(&key);
        let key = if is_full { [OTHER; N].join("\0") } else { key };
        Arc::clone(series.entry(key).or_default())
    }

    /// All series with their label values, in a stable order.
    pub(super) fn each(&self, mut visit: impl FnMut(&[&str], &M)) {
        for (key, metric) in &*self.series.read().unwrap_or_else(PoisonError::into_inner) {
            visit(&key.split('\0').collect::<Vec<_>>(), metric);
        }
    }
}

/// A number that grows.
#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    pub(super) fn increment(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Upper bounds of the buckets in microseconds: from a cached answer to the slowest allowed one.
pub(crate) const BOUNDS: [u64; 15] = [
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    10_000_000,
];

/// Durations by bucket.
#[derive(Debug, Default)]
pub(super) struct Histogram {
    /// Those within each bound but not the one before.
    buckets: [AtomicU64; BOUNDS.len()],
    count: AtomicU64,
    micros: AtomicU64,
}

impl Histogram {
    pub(super) fn observe(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        if let Some(bucket) = self.buckets.get(BOUNDS.partition_point(|bound| *bound < micros)) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        self.count.fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// How many took at most each bound, how many there are, and their sum.
    pub(super) fn get(&self) -> ([u64; BOUNDS.len()], u64, Duration) {
        let mut total = 0;
        let cumulative = self.buckets.each_ref().map(|bucket| {
            total += bucket.load(Ordering::Relaxed);
            total
        });
        // Recorded after the bucket, so never less than the buckets' sum but for a reordered load.
        let count = self.count.load(Ordering::Relaxed).max(total);
        (cumulative, count, Duration::from_micros(self.micros.load(Ordering::Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use super::{BOUNDS, Counter, Duration, Family, Histogram, SERIES};

    #[test]
    fn each_combination_of_labels_counts_for_itself() {
        let family = Family::<2, Counter>::new("n", ["a", "b"]);
        for values in [["x", "y"], ["x", "y"], ["y", "x"]] {
            family.with(values, Counter::increment);
        }
        let mut found = Vec::new();
        family.each(|values, counter| found.push((values.join(" "), counter.get())));
        assert_eq!(found, [("x y".to_owned(), 2), ("y x".to_owned(), 1)]);
    }

    #[test]
    fn the_number_of_series_is_bounded() {
        let family = Family::<1, Counter>::new("n", ["a"]);
        for value in 0..3 * SERIES {
            family.with([&format!("{value:05}")], Counter::increment);
        }
        let (mut series, mut total, mut other) = (0, 0, 0);
        family.each(|values, counter| {
            series += 1;
            total += counter.get();
            other += if values == ["other"] { counter.get() } else { 0 };
        });
        assert_eq!((series, total, other), (SERIES + 1, 3 * SERIES as u64, 2 * SERIES as u64));
    }

    #[test]
    fn a_duration_falls_into_the_first_bucket_that_holds_it() {
        let histogram = Histogram::default();
        for micros in [0, 100, 101, 10_000_000, 10_000_001] {
            histogram.observe(Duration::from_micros(micros));
        }
        let (cumulative, count, sum) = histogram.get();
        assert_eq!((cumulative[0], cumulative[1], cumulative[BOUNDS.len() - 1]), (2, 3, 4));
        assert_eq!((count, sum), (5, Duration::from_micros(20_000_202)));
    }
}
