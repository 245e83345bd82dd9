//! Reading a signed note and checking its signatures.

use super::key::is_name;
use super::{NoteError, VerifierKey};
use crate::encoding::decode_base64;

/// Signature lines beyond this make a note malformed, so that a stranger cannot make us work.
const MOST_SIGNATURES: usize = 100;

/// A note taken apart, nothing verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedNote {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// One signature line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    /// The name the signer goes by.
    pub name: String,
    /// The first bytes of the hash over name and key.
    pub key_id: [u8; 4],
    /// The signature itself, not empty.
    pub signature: Vec<u8>,
}

impl SignedNote {
    /// Takes a note apart: a text of whole lines, an empty line, and at least one signature line.
    pub fn parse(note: &str) -> Result<Self, NoteError> {
        if note.contains(|char: char| char.is_ascii_control() && char != '\n') {
            return Err(NoteError::Malformed("it has a control character"));
        }
        let split = note.rfind("\n\n").ok_or(NoteError::Malformed("it has no empty line"))?;
        let (text, lines) = (&note[..=split], &note[split + 2..]);
        let lines = lines
            .strip_suffix('\n')
            .ok_or(NoteError::Malformed("it does not end with a signature line and a newline"))?;
        let signatures: Vec<_> = lines.split('\n').map(parse_line).collect::<Result<_, _>>()?;
        if signatures.len() > MOST_SIGNATURES {
            return Err(NoteError::Malformed("it has too many signatures"));
        }
        Ok(Self { text: text.to_owned(), signatures })
    }

    /// The signed text, newline included.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signature lines in order.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// The keys among those given that signed the note. Lines by others are ignored; a line by a
    /// given key that does not verify is an error, and so is a note none of them signed.
    pub fn verify<'k>(&self, keys: &'k [VerifierKey]) -> Result<Vec<&'k VerifierKey>, NoteError> {
        let mut signers = Vec::new();
        for line in &self.signatures {
            for key in keys.iter().filter(|key| line.is_by(key)) {
                if !line.verifies(key, &self.text) {
                    return Err(NoteError::BadSignature(key.name().to_owned()));
                }
                if !signers.contains(&key) {
                    signers.push(key);
                }
            }
        }
        if signers.is_empty() {
            return Err(NoteError::Unsigned);
        }
        Ok(signers)
    }
}

impl NoteSignature {
    fn is_by(&self, key: &VerifierKey) -> bool {
        self.name == key.name() && self.key_id == key.id()
    }

    fn verifies(&self, key: &VerifierKey, text: &str) -> bool {
        <&[u8; 64]>::try_from(self.signature.as_slice())
            .is_ok_and(|signature| key.public().verify_strict(text.as_bytes(), signature).is_ok())
    }
}

fn parse_line(line: &str) -> Result<NoteSignature, NoteError> {
    const MALFORMED: NoteError = NoteError::Malformed("a signature line is broken");
    let line = line.strip_prefix("— ").ok_or(MALFORMED)?;
    let (name, bytes) = line.split_once(' ').ok_or(MALFORMED)?;
    let bytes = decode_base64(bytes).map_err(|_| MALFORMED)?;
    match bytes.split_first_chunk::<4>() {
        Some((key_id, signature)) if is_name(name) && !signature.is_empty() => {
            Ok(NoteSignature { name: name.to_owned(), key_id: *key_id, signature: signature.to_vec() })
        }
        _ => Err(MALFORMED),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use proptest::prelude::*;

    use super::super::NoteSigner;
    use super::*;
    use crate::signature::SigningKey;

    fn signer(name: &str, seed: u8) -> NoteSigner {
        NoteSigner::new(name, SigningKey::from_seed(&[seed; 32])).unwrap()
    }

    fn verify(note: &str, keys: &[VerifierKey]) -> Result<usize, NoteError> {
        Ok(SignedNote::parse(note)?.verify(keys)?.len())
    }

    #[test]
    fn unknown_lines_are_ignored_wherever_they_stand() {
        let (log, other) = (signer("log", 1), signer("witness", 2));
        let note = log.sign("text\n");
        let line = other.sign("text\n").split_once("\n\n").unwrap().1.to_owned();
        let trust = [log.verifier().clone()];
        assert_eq!(verify(&format!("{note}{line}"), &trust), Ok(1));
        assert_eq!(verify(&note.replace("\n\n", &format!("\n\n{line}")), &trust), Ok(1));
        assert_eq!(verify(&other.sign("text\n"), &trust), Err(NoteError::Unsigned));
    }

    #[test]
    fn a_broken_line_by_a_trusted_key_spoils_the_note() {
        let (log, witness) = (signer("log", 1), signer("witness", 2));
        let line = witness.sign("other text\n").split_once("\n\n").unwrap().1.to_owned();
        let note = format!("{}{line}", log.sign("text\n"));
        let trust = [log.verifier().clone(), witness.verifier().clone()];
        assert_eq!(verify(&note, &trust[..1]), Ok(1));
        let refused = Err(NoteError::BadSignature("witness".to_owned()));
        assert_eq!(verify(&note, &trust), refused);
    }

    #[test]
    fn the_text_may_hold_empty_lines() {
        let log = signer("log", 1);
        let note = log.sign("a\n\nb\n");
        assert_eq!(SignedNote::parse(&note).unwrap().text(), "a\n\nb\n");
        assert_eq!(verify(&note, &[log.verifier().clone()]), Ok(1));
    }

    #[test]
    fn broken_forms_are_refused() {
        let note = signer("log", 1).sign("text\n");
        for broken in [
            note.trim_end().to_owned(),
            format!("{note}\n"),
            note.replace("— log", "- log"),
            note.replace("— log", "—  log"),
            note.replace("\n\n", "\n"),
            note.replace("text", "te\rxt"),
            "text\n\n".to_owned(),
            "text\n\n— log AAAAAA==\n".to_owned(),
            String::new(),
            format!("text\n\n{}", "— log AAAAAAA=\n".repeat(101)),
        ] {
            let refused = matches!(SignedNote::parse(&broken), Err(NoteError::Malformed(_)));
            assert!(refused, "{broken:?}");
        }
    }

    proptest! {
        #[test]
        fn no_byte_of_a_note_can_change(at in 0_usize..1000, change in 1_u8..=255) {
            let log = signer("log.example/1", 1);
            let mut bytes = log.sign("log.example/1\n7\nroot\n").into_bytes();
            let at = at % bytes.len();
            bytes[at] ^= change;
            if let Ok(note) = String::from_utf8(bytes) {
                prop_assert!(verify(&note, &[log.verifier().clone()]).is_err(), "{note}");
            }
        }

        #[test]
        fn arbitrary_notes_never_panic(text in "(?s).*", line in ".*") {
            let keys = [signer("log", 1).verifier().clone()];
            let _ = verify(&text, &keys);
            let _ = verify(&format!("{text}\n\n— log {line}\n"), &keys);
        }
    }
}
