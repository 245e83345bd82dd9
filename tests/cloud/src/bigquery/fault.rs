//! What can go wrong with a request.

/// A request that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Whether what was asked for has happened.
    pub moment: Moment,
    /// What the caller sees.
    pub trouble: Trouble,
}

/// When a request goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Before anything was done.
    Before,
    /// When all was done.
    After,
}

/// What the caller sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// An error of the API: its code and reason.
    Error(u16, &'static str),
    /// A page of some proxy, which is no JSON.
    Page(u16),
    /// No answer at all.
    Silence,
}
