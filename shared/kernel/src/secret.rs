//! Random bytes that must not leak: wiped when dropped, never printed.

/// A type of 32 secret bytes.
macro_rules! secret {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(zeroize::Zeroizing<[u8; 32]>);

        impl $name {
            /// The secret with these bytes, which must come from a secure source of randomness.
            pub fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes.into())
            }

            /// The bytes.
            pub fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }

            /// Discloses the secret as lower-case hex, as an opening does.
            pub fn disclose(&self) -> String {
                crate::encoding::hex(self.as_bytes())
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::encoding::EncodingError;

            /// Parses what `disclose` writes and nothing else.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                crate::encoding::decode_hex(text).map(Self::from_bytes)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    };
}

pub(crate) use secret;
