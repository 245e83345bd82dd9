//! The only source of randomness.

use zeroize::Zeroizing;

/// Random bytes from the operating system's generator.
///
/// Passed to whoever needs chance, so that a signature shows it; nothing else calls the generator.
#[derive(Clone, Copy, Debug)]
pub struct Random(());

impl Random {
    /// The operating system's generator.
    pub const fn system() -> Self {
        Self(())
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// `N` random bytes that are wiped when dropped: for salts and keys.
    pub fn secret<const N: usize>(self) -> Zeroizing<[u8; N]> {
        let mut bytes = Zeroizing::new([0; N]);
        self.fill(bytes.as_mut());
        bytes
    }

    /// Fills `target` with random bytes.
    #[expect(clippy::disallowed_methods, reason = "the one place that draws random bytes")]
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "without entropy no key, salt or nonce may be made: stopping is the answer"
    )]
    pub fn fill(self, target: &mut [u8]) {
        getrandom::fill(target).expect("the operating system gives random bytes");
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn two_draws_differ() {
        assert_ne!(Random::system().bytes::<32>(), Random::system().bytes::<32>());
        assert_ne!(Random::system().secret::<32>(), Random::system().secret::<32>());
    }
}
