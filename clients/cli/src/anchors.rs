//! `--tsa-roots`: checking timestamps of third parties, offline.

use std::path::Path;

use timestamp::{Demands, Roots, Token};
use truth_kernel::verify::{AnchorClaim, AnchorFinding};

use crate::failure::{Exit, Failure};

/// The root certificates of a PEM file.
pub(crate) fn read_roots(path: &Path) -> Result<Roots, Failure> {
    let text = std::fs::read(path).map_err(Failure::unreadable(path))?;
    Roots::from_pem(&text).map_err(|error| Failure::new(Exit::Usage, format!("{}: {error}", path.display())))
}

/// What a token says of a checkpoint's note: who stamped it, and when.
pub(crate) fn check(claim: AnchorClaim<'_>, roots: &Roots) -> AnchorFinding {
    let token = Token::from_der(claim.token.to_vec());
    match token.verify(claim.note.as_bytes(), &Demands::default(), roots) {
        Ok(stamp) => AnchorFinding::Holds(format!("{} stamped the checkpoint at {}.", stamp.authority, stamp.time)),
        Err(error) if error.is_of_a_stranger() => AnchorFinding::CannotTell(
            "The checkpoint is stamped, by an authority that no trusted root vouches for.".into(),
        ),
        Err(error) => AnchorFinding::Refused(format!("The timestamp is refused: {error}.")),
    }
}
