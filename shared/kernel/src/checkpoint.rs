//! Checkpoints: a log's size and root as a signed note (C2SP tlog-checkpoint).

use crate::hash::Hash;
use crate::note::{NoteError, NoteSigner, SignedNote, VerifierKey, assemble};
use crate::region::LogOrigin;

/// What a log says of itself: this is my root at this size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The name of the log. A foreign log's need not have the form of ours.
    pub origin: String,
    /// Leaves in the tree.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

/// Why a checkpoint is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The note's text is not origin, size and root.
    #[error("not a checkpoint: {0}")]
    Malformed(&'static str),
    /// The note is broken or its signatures are.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// None of the given keys has the name of the log, so nothing can be said.
    #[error("no trusted key of {0} is given")]
    NoTrustedKey(String),
}

impl Checkpoint {
    /// The checkpoint of one of our logs.
    pub fn new(origin: &LogOrigin, size: u64, root: Hash) -> Self {
        let origin = origin.to_string();
        Self { origin, size, root }
    }

    /// The text to sign: three lines.
    pub fn note_text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, self.root.base64())
    }

    /// Reads the text of a note. Extension lines are allowed, and mean nothing to us.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        use CheckpointError::Malformed;
        let text = text.strip_suffix('\n').ok_or(Malformed("no final newline"))?;
        let mut lines = text.split('\n');
        let origin = lines.next().filter(|line| !line.is_empty());
        let origin = origin.ok_or(Malformed("no origin"))?.to_owned();
        let size = lines.next().and_then(parse_size);
        let size = size.ok_or(Malformed("the size is not a plain decimal number"))?;
        let root = lines.next().and_then(|line| Hash::from_base64(line).ok());
        let root = root.ok_or(Malformed("the root is not a hash in base64"))?;
        if lines.any(str::is_empty) {
            return Err(Malformed("an extension line is empty"));
        }
        Ok(Self { origin, size, root })
    }

    /// The signed note.
    pub fn sign(&self, signer: &NoteSigner) -> String {
        signer.sign(&self.note_text())
    }

    /// The note with a signature over [`Checkpoint::note_text`] that was made elsewhere.
    pub fn assemble(&self, key: &VerifierKey, signature: &[u8; 64]) -> String {
        assemble(&self.note_text(), key, signature)
    }

    /// What a note claims, before any signature is checked.
    pub fn claimed(note: &str) -> Result<Self, CheckpointError> {
        Self::parse(SignedNote::parse(note)?.text())
    }

    /// The checkpoint in a note, if a key named like its origin signed it. Lines by unknown keys are
    /// ignored; one by a given key of whatever name that does not verify is an error.
    pub fn open(note: &str, keys: &[VerifierKey]) -> Result<Self, CheckpointError> {
        let note = SignedNote::parse(note)?;
        let checkpoint = Self::parse(note.text())?;
        let is_own = |key: &VerifierKey| key.name() == checkpoint.origin;
        if !keys.iter().any(is_own) {
            return Err(CheckpointError::NoTrustedKey(checkpoint.origin));
        }
        if note.verify(keys)?.into_iter().any(is_own) { Ok(checkpoint) } else { Err(NoteError::Unsigned.into()) }
    }
}

fn parse_size(line: &str) -> Option<u64> {
    let size: u64 = line.parse().ok()?;
    (size.to_string() == line).then_some(size)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use proptest::prelude::*;

    use super::*;
    use crate::signature::SigningKey;

    fn signer(name: &str) -> NoteSigner {
        NoteSigner::new(name, SigningKey::from_seed(&[3; 32])).unwrap()
    }

    fn checkpoint(size: u64, root: [u8; 32]) -> Checkpoint {
        let origin = "ledger.example/us-east1/1".parse().unwrap();
        Checkpoint::new(&origin, size, Hash::from_bytes(root))
    }

    #[test]
    fn only_a_key_named_like_the_log_vouches_for_it() {
        let log = signer("ledger.example/us-east1/1");
        let witness = signer("witness.example");
        let keys = [log.verifier().clone(), witness.verifier().clone()];
        let checkpoint = checkpoint(7, [1; 32]);
        assert_eq!(Checkpoint::open(&checkpoint.sign(&log), &keys), Ok(checkpoint.clone()));
        let by_witness = checkpoint.sign(&witness);
        let refused = Err(CheckpointError::Note(NoteError::Unsigned));
        assert_eq!(Checkpoint::open(&by_witness, &keys), refused);
        let unknown = Err(CheckpointError::NoTrustedKey(checkpoint.origin.clone()));
        assert_eq!(Checkpoint::open(&by_witness, &keys[1..]), unknown);
        assert_eq!(Checkpoint::claimed(&by_witness), Ok(checkpoint));
    }

    #[test]
    fn extension_lines_are_allowed_but_not_empty_ones() {
        let text = checkpoint(7, [1; 32]).note_text();
        assert_eq!(Checkpoint::parse(&format!("{text}more\n")), Ok(checkpoint(7, [1; 32])));
        assert!(Checkpoint::parse(&format!("{text}\nmore\n")).is_err());
        assert!(Checkpoint::parse(&format!("{text}\n")).is_err());
        assert!(Checkpoint::parse(text.trim_end()).is_err());
        for size in ["07", "+7", "-7", " 7", "7 ", "", "18446744073709551616", "7.0"] {
            assert!(Checkpoint::parse(&text.replace("\n7\n", &format!("\n{size}\n"))).is_err());
        }
    }

    proptest! {
        #[test]
        fn every_checkpoint_is_read_as_it_was_signed(size: u64, root: [u8; 32]) {
            let log = signer("ledger.example/us-east1/1");
            let note = checkpoint(size, root).sign(&log);
            let opened = Checkpoint::open(&note, &[log.verifier().clone()]);
            prop_assert_eq!(opened, Ok(checkpoint(size, root)));
        }

        #[test]
        fn arbitrary_texts_never_panic(text in "(?s).*") {
            let _ = Checkpoint::parse(&text);
            let _ = Checkpoint::open(&text, &[]);
        }
    }
}
