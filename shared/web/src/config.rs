//! Configuration: the environment, read once, with all mistakes reported at once.

mod collector;
mod host;
mod pusher;
mod secret;
mod settings;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

pub use self::collector::{Collector, NotACollector};
pub use self::host::Host;
pub use self::secret::Secret;
pub use self::settings::{RegionUrlsText, Routes, Settings};

/// Everything that keeps a function from starting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mistakes(Vec<String>);

impl Mistakes {
    /// Adds one, in words that say what to set to what.
    pub fn add(&mut self, mistake: impl Into<String>) {
        self.0.push(mistake.into());
    }

    /// Takes over those of another part; its value if it has none.
    pub fn take<T>(&mut self, outcome: Result<T, Self>) -> Option<T> {
        outcome.map_err(|mistakes| self.0.extend(mistakes.0)).ok()
    }

    /// `value` if there are no mistakes.
    pub fn or<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() { Ok(value) } else { Err(self) }
    }
}

impl From<String> for Mistakes {
    fn from(mistake: String) -> Self {
        Self(vec![mistake])
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot start:")?;
        self.0.iter().try_for_each(|mistake| write!(f, "\n  - {mistake}"))
    }
}

impl std::error::Error for Mistakes {}

/// The environment as found at start. Reading from it collects mistakes instead of stopping at the
/// first:
///
/// ```
/// # use web::config::Environment;
/// # let mut environment = Environment::from([("PORT", "8080"), ("NAME", "x")]);
/// let port = environment.required::<u16>("PORT");
/// let name = environment.required::<String>("NAME");
/// let config = environment.finish(|| Some((port?, name?)));
/// # assert!(config.is_ok());
/// ```
#[derive(Debug)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    mistakes: Mistakes,
}

impl Environment {
    /// The process's own. A variable that is not UTF-8 counts as missing.
    pub fn of_process() -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        std::env::vars_os().filter_map(text).collect()
    }

    /// A variable that must be there and parse.
    pub fn required<T: FromStr<Err: fmt::Display>>(&mut self, name: &str) -> Option<T> {
        let value = self.optional(name);
        if value.is_none() && self.text(name).is_none() {
            self.mistakes.add(format!("{name} is not set"));
        }
        value
    }

    /// A variable that may be missing or empty, but parses if it is there.
    pub fn optional<T: FromStr<Err: fmt::Display>>(&mut self, name: &str) -> Option<T> {
        let parsed = self.text(name)?.parse();
        // The value is not repeated: it may be a secret.
        parsed.map_err(|error| self.mistakes.add(format!("{name}: {error}"))).ok()
    }

    /// Takes over the mistakes of another part; its value if it has none.
    pub fn take<T>(&mut self, outcome: Result<T, Mistakes>) -> Option<T> {
        self.mistakes.take(outcome)
    }

    /// What `build` makes of the values read, or all mistakes. `build` gives `None` only for a value
    /// whose mistake is recorded.
    pub fn finish<T>(mut self, build: impl FnOnce() -> Option<T>) -> Result<T, Mistakes> {
        match build() {
            Some(value) => self.mistakes.or(value),
            None if self.mistakes.0.is_empty() => {
                self.mistakes.add("a required value was read as optional");
                Err(self.mistakes)
            }
            None => Err(self.mistakes),
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        Self { variables: variables.into_iter().collect(), mistakes: Mistakes::default() }
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(variables: [(&str, &str); N]) -> Self {
        variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Environment, Mistakes};

    #[test]
    fn all_mistakes_are_reported_at_once_and_no_value_is_repeated() {
        let mut environment = Environment::from([("PORT", "eighty"), ("EMPTY", ""), ("SIZE", "-7")]);
        let port = environment.required::<u16>("PORT");
        let empty = environment.required::<String>("EMPTY");
        let size = environment.optional::<u16>("SIZE");
        let absent = environment.optional::<u16>("ABSENT");
        let mistakes = environment.finish(|| Some((port?, empty?, size, absent)));
        let expected = "cannot start:\n  - PORT: invalid digit found in string\n  - EMPTY is not set\n  \
                        - SIZE: invalid digit found in string";
        assert_eq!(mistakes.map_err(|mistakes| mistakes.to_string()), Err(expected.to_owned()));
    }

    #[test]
    fn without_mistakes_there_is_a_configuration() {
        let mut environment = Environment::from([("PORT", "80")]);
        let (port, name) = (environment.required::<u16>("PORT"), environment.optional::<String>("NAME"));
        assert_eq!(environment.finish(|| Some((port?, name))), Ok((80, None)));
    }

    #[test]
    fn mistakes_of_parts_add_up() {
        let mut mistakes = Mistakes::default();
        assert_eq!(mistakes.take(Ok(1)), Some(1));
        assert_eq!(mistakes.take::<()>(Err("a".to_owned().into())), None);
        mistakes.add("b");
        assert_eq!(mistakes.or(()).map_err(|all| all.to_string()), Err("cannot start:\n  - a\n  - b".to_owned()));
    }
}
