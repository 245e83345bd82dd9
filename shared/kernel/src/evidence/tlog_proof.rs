//! Evidence as a C2SP tlog-proof, for other people's verifiers.

use super::Evidence;
use crate::encoding::base64;
use crate::hash::Hash;

/// The first line of every such proof.
const HEADING: &str = "c2sp.org/tlog-proof@v1";

impl Evidence {
    /// The inclusion as a C2SP tlog-proof, with the header as its extra data; none before inclusion.
    pub fn to_tlog_proof(&self) -> Option<String> {
        let (inclusion, note) = (self.inclusion.as_ref()?, self.checkpoint.as_ref()?);
        let header = base64(self.event.header().as_bytes());
        let hashes: String = inclusion.hashes.iter().map(Hash::base64).map(|line| line + "\n").collect();
        let index = inclusion.index;
        Some(format!("{HEADING}\nextra {header}\nindex {index}\n{hashes}\n{note}"))
    }
}
