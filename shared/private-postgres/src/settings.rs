//! What a private cluster should be like.

use crate::state::default_state_dir;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// What happens to a cluster when its `Cluster` is dropped or its process dies, however it dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDrop {
    /// Stopped in good order; the data stays for the next start.
    Stop,
    /// Stopped at once and deleted.
    Remove,
    /// Left running; whoever starts it sees to its end.
    Leave,
}

/// Where a cluster lives, how its server is configured and when it ends.
#[derive(Debug, Clone)]
pub struct Settings {
    pub(crate) folder: PathBuf,
    pub(crate) on_drop: OnDrop,
    server: BTreeMap<String, String>,
}

impl Settings {
    /// A durable cluster in `folder`, made when the folder is empty, else taken up with its data.
    pub fn kept(folder: impl AsRef<Path>) -> Self {
        Self::new(folder.as_ref().to_owned(), OnDrop::Stop)
    }

    /// A durable cluster in a new folder, deleted when dropped.
    pub fn scratch() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{number}", std::process::id());
        Self::new(default_state_dir().join("scratch").join(name), OnDrop::Remove)
    }

    fn new(folder: PathBuf, on_drop: OnDrop) -> Self {
        let server = BTreeMap::new();
        Self { folder, on_drop, server }
            .set("fsync", "on")
            .set("synchronous_commit", "on")
            .set("max_connections", "300")
            .set("timezone", "UTC")
            .set("log_timezone", "UTC")
    }

    /// Sets one server parameter as in `postgresql.conf`; the last value for a name counts.
    #[must_use]
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.server.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Chooses what happens at the end.
    #[must_use]
    pub fn on_drop(mut self, on_drop: OnDrop) -> Self {
        self.on_drop = on_drop;
        self
    }

    /// Gives up durability for speed: a crash of the machine may ruin the cluster.
    #[must_use]
    pub fn volatile(self) -> Self {
        self.set("fsync", "off").set("synchronous_commit", "off").set("full_page_writes", "off")
    }

    /// The parameters in the form of `postgresql.conf`.
    pub(crate) fn server_conf(&self) -> String {
        let line = |(name, value): (&String, &String)| format!("{name} = {}\n", quoted(value));
        self.server.iter().map(line).collect()
    }
}

/// A value in the quotes of `postgresql.conf`.
pub(crate) fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_value_counts_and_quotes_are_escaped() {
        let settings = Settings::kept("/nowhere").set("fsync", "off").set("a.b", r"it's \n");
        let conf = settings.server_conf();
        assert!(conf.contains("fsync = 'off'\n") && !conf.contains("fsync = 'on'"));
        assert!(conf.contains(r"a.b = 'it''s \\n'"));
    }

    #[test]
    fn two_scratch_clusters_never_share_a_folder() {
        assert_ne!(Settings::scratch().folder, Settings::scratch().folder);
    }
}
