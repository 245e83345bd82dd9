//! Chance that can be repeated: `SplitMix64` (Steele, Lea and Flood, 2014), which never has to be hard to guess here.

use std::time::Duration;

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub struct Seeded(u64);

impl Seeded {
    /// The stream of one round of one part.
    pub fn of_round(seed: u64, round: u32) -> Self {
        Self(seed ^ u64::from(round).wrapping_mul(0xd134_2543_de82_ef95))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is above 0; its slight bias does no harm.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// One of the choices, of which there is at least one.
    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        let count = choices.len() as u64;
        choices[usize::try_from(self.below(count)).unwrap_or(0)]
    }

    /// Waits for up to `most`.
    pub async fn pause(&mut self, most: Duration) {
        let micros = u64::try_from(most.as_micros()).unwrap_or(u64::MAX);
        tokio::time::sleep(Duration::from_micros(self.below(micros))).await;
    }
}

#[cfg(test)]
mod tests {
    use super::Seeded;

    #[test]
    fn the_same_seed_gives_the_same_numbers_and_rounds_differ() {
        let numbers = |round| {
            let mut chance = Seeded::of_round(7, round);
            [chance.below(1000), chance.below(1000), chance.below(1000)]
        };
        assert_eq!(numbers(1), numbers(1));
        assert_ne!(numbers(1), numbers(2));
    }
}
