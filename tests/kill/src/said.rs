//! What a writer says on its standard output, one line each: that is all that survives it.

use std::fmt::{self, Display};
use std::str::FromStr;

use truth_kernel::hash::Hash;
use truth_kernel::id::EventId;

/// Something that a writer said of a numbered draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// It is an event: acknowledged.
    Appended {
        /// Number of the draft, which names its organization and idempotency key.
        number: u64,
        /// The event.
        event: EventId,
        /// Its place in the chain.
        seq: u64,
        /// Its hash.
        hash: Hash,
    },
    /// Its idempotency key had made this event: acknowledged as well.
    Replayed {
        /// Number of the draft.
        number: u64,
        /// The event.
        event: EventId,
    },
    /// Nobody knows; the writer tries again.
    Unknown {
        /// Number of the draft.
        number: u64,
        /// Why.
        reason: String,
    },
    /// What may never happen to a good draft.
    Refused {
        /// Number of the draft.
        number: u64,
        /// Why.
        reason: String,
    },
}

impl Said {
    /// The draft.
    pub fn number(&self) -> u64 {
        match self {
            Self::Appended { number, .. }
            | Self::Replayed { number, .. }
            | Self::Unknown { number, .. }
            | Self::Refused { number, .. } => *number,
        }
    }

    /// Whether the writer has answered for the event.
    pub fn is_acknowledgement(&self) -> bool {
        matches!(self, Self::Appended { .. } | Self::Replayed { .. })
    }
}

impl Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Appended { number, event, seq, hash } => write!(f, "appended {number} {event} {seq} {hash}"),
            Self::Replayed { number, event } => write!(f, "replayed {number} {event}"),
            Self::Unknown { number, reason } => write!(f, "unknown {number} {}", reason.escape_debug()),
            Self::Refused { number, reason } => write!(f, "refused {number} {}", reason.escape_debug()),
        }
    }
}

impl FromStr for Said {
    type Err = ();

    fn from_str(line: &str) -> Result<Self, ()> {
        let (word, rest) = line.split_once(' ').ok_or(())?;
        let (number, rest) = rest.split_once(' ').ok_or(())?;
        let number = number.parse().map_err(|_| ())?;
        match word {
            "appended" => {
                let mut fields = rest.split(' ');
                let mut field = || fields.next().ok_or(());
                let event = field()?.parse().map_err(|_| ())?;
                let seq = field()?.parse().map_err(|_| ())?;
                Ok(Self::Appended { number, event, seq, hash: field()?.parse().map_err(|_| ())? })
            }
            "replayed" => Ok(Self::Replayed { number, event: rest.parse().map_err(|_| ())? }),
            "unknown" => Ok(Self::Unknown { number, reason: rest.to_owned() }),
            "refused" => Ok(Self::Refused { number, reason: rest.to_owned() }),
            _ => Err(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Said;
    use truth_kernel::hash::Hash;
    use truth_kernel::id::EventId;

    #[test]
    fn what_is_said_is_understood_and_half_a_line_is_not() {
        let event = EventId::from_parts(1, [2; 10]);
        let all = [
            Said::Appended { number: 1, event, seq: 3, hash: Hash::from_bytes([4; 32]) },
            Said::Replayed { number: 5, event },
            Said::Unknown { number: 6, reason: "a reason".into() },
            Said::Refused { number: 7, reason: "another".into() },
        ];
        for said in all {
            assert_eq!(said.to_string().parse(), Ok(said));
        }
        assert_eq!("appended 1 evt_00".parse::<Said>(), Err(()));
    }
}
