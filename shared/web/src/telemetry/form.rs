//! What a field of a log line may hold. `tracing` hands values over without their types, so each is looked at: an id that does not have the
//! form of one is not written, whatever it was meant to be.

/// The form of a field's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A number.
    Number,
    /// An opaque identifier of ours: three letters, `_`, 32 hex digits.
    Id,
    /// The name of something of ours: a route, a region, a log, an event type, a file. Without spaces, at most 200 characters.
    Name,
    /// A sentence of ours, or what an error says of itself.
    Text,
}

impl Form {
    /// Whether a text has this form.
    pub(super) fn admits(self, text: &str) -> bool {
        match self {
            Self::Number => false,
            Self::Id => text.split_once('_').is_some_and(|(prefix, id)| is_kind(prefix) && is_id(id)),
            Self::Name => !text.is_empty() && text.len() <= 200 && text.bytes().all(is_of_a_name),
            Self::Text => true,
        }
    }
}

fn is_kind(prefix: &str) -> bool {
    prefix.len() == 3 && prefix.bytes().all(|byte| byte.is_ascii_lowercase())
}

fn is_id(id: &str) -> bool {
    id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

const fn is_of_a_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'/' | b':' | b'+' | b'*' | b'{' | b'}')
}

#[cfg(test)]
mod tests {
    use super::Form;

    #[test]
    fn a_value_of_another_form_is_not_admitted() {
        let id = "evt_01890a5d000070008000000000000001";
        for (form, text, admitted) in [
            (Form::Id, id, true),
            (Form::Id, "evt_01890A5D000070008000000000000001", false),
            (Form::Id, "evt_01890a5d00007000800000000000000", false),
            (Form::Id, "events_01890a5d000070008000000000000001", false),
            (Form::Id, "Jane Doe", false),
            (Form::Name, "/log/{number}/tile/{level}/{*place}", true),
            (Form::Name, "ledger.example/europe-west1/test-1", true),
            (Form::Name, "Jane Doe", false),
            (Form::Name, "jane@example.org", false),
            (Form::Name, "", false),
            (Form::Number, "7", false),
            (Form::Text, "a sentence", true),
        ] {
            assert_eq!(form.admits(text), admitted, "{form:?} {text}");
        }
        assert!(!Form::Name.admits(&"x".repeat(201)));
    }
}
