//! Why the gate refuses a text, and where.

/// What kind of fault was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefusalKind {
    /// An object has two members of the same name.
    DuplicateName,
    /// A `\u` escape names half of a surrogate pair.
    Surrogate,
    /// Arrays and objects nest too deep.
    Depth,
    /// A number's canonical form would have another value than its literal.
    Number,
    /// Not JSON (RFC 8259).
    Syntax,
    /// Not UTF-8, or it begins with a byte order mark.
    Encoding,
}

impl RefusalKind {
    /// The stable code of the kind, as problems carry it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::DuplicateName => "duplicate-name",
            Self::Surrogate => "surrogate",
            Self::Depth => "depth",
            Self::Number => "number",
            Self::Syntax => "syntax",
            Self::Encoding => "encoding",
        }
    }

    const fn explanation(self) -> &'static str {
        match self {
            Self::DuplicateName => "an object has two members of the same name",
            Self::Surrogate => "an escape names half of a surrogate pair",
            Self::Depth => "arrays and objects nest too deep",
            Self::Number => "a number would change its value",
            Self::Syntax => "not JSON",
            Self::Encoding => "not UTF-8 without a byte order mark",
        }
    }
}

/// The gate's refusal of a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} (byte {offset}, at \"{pointer}\")", kind.explanation())]
pub struct Refusal {
    /// What is wrong.
    pub kind: RefusalKind,
    /// The byte of the input at which it was noticed.
    pub offset: usize,
    /// The value that it was noticed in, as a JSON Pointer (RFC 6901); empty for the whole text.
    pub pointer: String,
}

impl Refusal {
    pub(super) const fn at(kind: RefusalKind, offset: usize) -> Self {
        Self { kind, offset, pointer: String::new() }
    }

    /// The same refusal, seen from the value that holds this member or item.
    #[must_use]
    pub(super) fn within(mut self, step: &str) -> Self {
        let step = step.replace('~', "~0").replace('/', "~1");
        self.pointer.insert_str(0, &step);
        self.pointer.insert(0, '/');
        self
    }
}
