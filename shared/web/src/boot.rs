//! What is checked before an instance serves: that everything it is bound to is of its region.

use truth_kernel::region::Region;

use crate::config::Mistakes;

/// Compares `REGION` with what an instance is bound to. A mistake in configuration must not let one
/// region's function write to another's database or bucket.
#[derive(Debug)]
pub struct Binding {
    region: Region,
    mistakes: Mistakes,
}

impl Binding {
    /// Checks against the region that the instance is told to run in.
    pub fn of(region: &Region) -> Self {
        Self { region: region.clone(), mistakes: Mistakes::default() }
    }

    /// The database, by its `region_identity`: it serves this region. Its home is another one only
    /// after a promotion of a replica, when the serving region was changed with it.
    #[must_use]
    pub fn database(self, serving: &Region) -> Self {
        self.compare("the database serves", serving)
    }

    /// The bucket, by its location.
    #[must_use]
    pub fn bucket(self, location: &Region) -> Self {
        self.compare("the bucket lies in", location)
    }

    /// The warehouse, by its location.
    #[must_use]
    pub fn warehouse(self, location: &Region) -> Self {
        self.compare("the warehouse lies in", location)
    }

    /// The task queue, by the region in its name.
    #[must_use]
    pub fn task_queue(self, region: &Region) -> Self {
        self.compare("the task queue lies in", region)
    }

    /// A key, by the region in its name.
    #[must_use]
    pub fn key(self, name: &str, region: &Region) -> Self {
        self.compare(&format!("the key {name} belongs to"), region)
    }

    /// A secret, by the region in its name.
    #[must_use]
    pub fn secret(self, name: &str, region: &Region) -> Self {
        self.compare(&format!("the secret {name} lies in"), region)
    }

    /// All mismatches at once.
    pub fn check(self) -> Result<(), Mistakes> {
        self.mistakes.or(())
    }

    fn compare(mut self, what: &str, found: &Region) -> Self {
        if *found != self.region {
            self.mistakes.add(format!("REGION is {}, but {what} {found}", self.region));
        }
        self
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::{Binding, Region};

    fn region(code: &str) -> Region {
        code.parse().unwrap()
    }

    #[test]
    fn an_instance_of_one_region_is_bound_to_nothing_of_another() {
        let (eu, us) = (region("europe-west1"), region("us-east1"));
        assert_eq!(Binding::of(&eu).database(&eu).bucket(&eu).key("k", &eu).check(), Ok(()));
        let mistakes = Binding::of(&eu).database(&us).bucket(&us).key("k", &us).check();
        insta::assert_snapshot!(mistakes.unwrap_err(), @r"
        cannot start:
          - REGION is europe-west1, but the database serves us-east1
          - REGION is europe-west1, but the bucket lies in us-east1
          - REGION is europe-west1, but the key k belongs to us-east1
        ");
    }
}
