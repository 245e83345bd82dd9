//! Appending what callers send: decide, append, and decide again when something has changed meanwhile.

mod item;

use std::time::Instant;

use axum::Extension;
use store::append::{AppendError, Appended, Outcome, Submitted};
use truth_kernel::body::Salt;
use truth_kernel::evidence::{EventText, Evidence, Opening, Receipt};
use truth_kernel::header::Header;
use truth_kernel::id::EventId;
use web::caller::Caller;
use web::metrics::{Counted, Written};
use web::problem::Problem;

pub(crate) use self::item::{Attempt, Claimed, Item, Repeated};
use crate::registry::TypeSet;
use crate::replay;
use crate::writer::Writer;

/// How often an event is decided again: when its caller, types or keys changed, or when the outcome is unknown and it may be sent again.
const AGAIN: usize = 3;

/// An event that is durable, with the document that says so.
#[derive(Debug)]
pub(crate) struct Done {
    /// The event.
    pub id: EventId,
    /// Its receipt and opening.
    pub evidence: Box<Evidence>,
    /// Who made it.
    pub made: Made,
}

/// Which request made an event.
#[derive(Debug)]
pub(crate) enum Made {
    /// This one.
    Now(Written),
    /// An earlier one, with this body.
    Earlier(String),
}

impl Done {
    pub fn is_earlier(&self) -> bool {
        matches!(self.made, Made::Earlier(_))
    }
}

/// Has the events counted that these requests wrote.
pub(crate) fn counted<'a>(done: impl IntoIterator<Item = &'a Done>) -> Extension<Counted> {
    let written = done.into_iter().filter_map(|done| match &done.made {
        Made::Now(written) => Some(written.clone()),
        Made::Earlier(_) => None,
    });
    Extension(Counted::Written(written.collect()))
}

/// Why an event is to be decided again.
#[derive(Clone, Copy, Debug)]
enum Again {
    /// It was decided under an older generation.
    Stale,
    /// Nobody knows whether it was written.
    Unknown,
}

/// What is known of an item so far.
#[derive(Debug)]
enum State {
    Undecided,
    Again(Again),
    /// Refused by types that were remembered: to be decided again if they have changed since.
    Doubtful(Problem),
    Replayed(EventId),
    Answered(Result<Done, Problem>),
}

impl State {
    /// After an attempt that may have written the event, only finding it, or writing it now, is an end: everything else leaves that open.
    fn after(self, attempt: Attempt) -> Self {
        match (attempt, self) {
            (Attempt::AfterUnknown, Self::Undecided | Self::Again(_) | Self::Doubtful(_) | Self::Answered(Err(_))) => {
                Self::Again(Again::Unknown)
            }
            (_, state) => state,
        }
    }

    /// Lets a refusal stand.
    fn believe(&mut self) {
        *self = match std::mem::replace(self, Self::Undecided) {
            Self::Doubtful(problem) => Self::Answered(Err(problem)),
            other => other,
        };
    }
}

/// Appends one event.
pub(crate) async fn append(writer: &Writer, caller: Caller, item: Item) -> Result<Done, Problem> {
    append_all(writer, caller, &[item]).await.pop().unwrap_or_else(|| Err(Problem::internal()))
}

/// Appends events; each succeeds or fails by itself, and those of one chain get their places in this order. Answers come in order.
pub(crate) async fn append_all(writer: &Writer, caller: Caller, items: &[Item]) -> Vec<Result<Done, Problem>> {
    let states = items.iter().map(|_| State::Undecided).collect();
    let mut appending = Appending { writer, caller, items, states, began: Instant::now() };
    appending.round().await;
    for _ in 0..AGAIN {
        if !appending.is_undecided() {
            break;
        }
        match writer.authority.renew(&appending.caller).await {
            Ok(caller) => appending.renew(caller),
            Err(problem) => appending.give_up(&problem),
        }
        appending.round().await;
    }
    appending.finish().await
}

struct Appending<'a> {
    writer: &'a Writer,
    caller: Caller,
    items: &'a [Item],
    states: Vec<State>,
    began: Instant,
}

impl Appending<'_> {
    fn is_undecided(&self) -> bool {
        self.states.iter().any(|state| matches!(state, State::Undecided | State::Again(_) | State::Doubtful(_)))
    }

    /// Goes on with what is known of the caller now. What was refused under the same generation stays refused.
    fn renew(&mut self, caller: Caller) {
        if caller.generation == self.caller.generation {
            self.states.iter_mut().for_each(State::believe);
        }
        self.caller = caller;
    }

    /// Decides what is undecided, submits it in order, and waits for what becomes of it.
    async fn round(&mut self) {
        if !self.is_undecided() {
            return;
        }
        let types = match self.writer.types.of(&self.caller).await {
            Ok(types) => types,
            Err(error) => return self.give_up(&error.into()),
        };
        let mut submitted = Vec::with_capacity(self.items.len());
        for index in 0..self.items.len() {
            let attempt = match self.states[index] {
                State::Undecided | State::Again(Again::Stale) | State::Doubtful(_) => Attempt::Plain,
                State::Again(Again::Unknown) => Attempt::AfterUnknown,
                State::Replayed(_) | State::Answered(_) => continue,
            };
            match self.submit(&types, &self.items[index], attempt).await {
                Ok((salt, event)) => submitted.push((index, attempt, salt, event)),
                Err(state) => self.states[index] = state.after(attempt),
            }
        }
        let mut appended = false;
        for (index, attempt, salt, event) in submitted {
            let state = self.settle(&self.items[index], salt, event.outcome().await).after(attempt);
            appended |= matches!(state, State::Answered(Ok(_)));
            self.states[index] = state;
        }
        if appended {
            self.writer.nudge().await;
        }
    }

    async fn submit(&self, types: &TypeSet, item: &Item, attempt: Attempt) -> Result<(Salt, Submitted), State> {
        let checked = types.check(&item.event.event_type, &item.event.body.payload, &item.at);
        checked.map_err(State::Doubtful)?;
        let draft = item.draft(&self.caller, attempt);
        let salt = draft.salt.clone();
        match self.writer.appender.submit(draft).await {
            Ok(submitted) => Ok((salt, submitted)),
            Err(error) => Err(failed(item, error)),
        }
    }

    fn settle(&self, item: &Item, salt: Salt, outcome: Result<Outcome, AppendError>) -> State {
        match outcome {
            Ok(Outcome::Appended(event)) => State::Answered(Ok(self.done(item, salt, *event))),
            Ok(Outcome::Replayed(event)) => State::Replayed(event),
            Ok(Outcome::Stale) => State::Again(Again::Stale),
            Err(error) => failed(item, error),
        }
    }

    fn done(&self, item: &Item, salt: Salt, event: Appended) -> Done {
        let keyring = self.writer.witness.keyring();
        let opening = Opening::new(salt, item.event.canonical.as_str().to_owned(), event.stream_key);
        let receipt = Receipt::sign(keyring.receipts(), &event.hash);
        let log = keyring.log(&event.header.log);
        let evidence = Evidence::receipted(log, EventText::new(event.header_text), opening, receipt);
        let Header { id, event_type, org, .. } = event.header;
        let written = Written { event_type, org, took: self.began.elapsed() };
        Done { id, evidence: Box::new(evidence), made: Made::Now(written) }
    }

    /// Answers everything that is undecided: with this problem, or with that of an unknown outcome, which weighs more.
    fn give_up(&mut self, problem: &Problem) {
        for (state, item) in self.states.iter_mut().zip(self.items) {
            match state {
                State::Undecided | State::Again(Again::Stale) => *state = State::Answered(Err(problem.clone())),
                State::Again(Again::Unknown) => *state = State::Answered(Err(unknown(item))),
                State::Doubtful(_) => state.believe(),
                State::Replayed(_) | State::Answered(_) => {}
            }
        }
    }

    async fn finish(mut self) -> Vec<Result<Done, Problem>> {
        let changing = "the organization's keys, types or status keep changing";
        self.give_up(&Problem::unavailable().with_detail(changing).with_retry_after(1));
        let event = |(index, state): (usize, &State)| match state {
            State::Replayed(event) => Some((index, *event)),
            _ => None,
        };
        let replayed: Vec<_> = self.states.iter().enumerate().filter_map(event).collect();
        for (index, answer) in replay::answers(self.writer, &self.caller, self.items, &replayed).await {
            self.states[index] = State::Answered(answer);
        }
        let answer = |state| match state {
            State::Answered(answer) => answer,
            _ => Err(Problem::internal()),
        };
        self.states.into_iter().map(answer).collect()
    }
}

/// Without a key of the client's, an event of unknown outcome is sent again by us: it claims the id that it had at first.
fn failed(item: &Item, error: AppendError) -> State {
    match (error, &item.claimed) {
        (AppendError::Unknown(_), Claimed::OwnId(_)) => State::Again(Again::Unknown),
        (AppendError::Unknown(_), Claimed::Key(_)) => State::Answered(Err(unknown(item))),
        (AppendError::Refused(error), _) => State::Answered(Err(error.into())),
    }
}

fn unknown(item: &Item) -> Problem {
    let detail = match item.claimed {
        Claimed::Key(_) => "the outcome is unknown: retry with the same idempotency key",
        Claimed::OwnId(_) => {
            "the outcome is unknown: look the event up before you send it again, or send an Idempotency-Key from the start"
        }
    };
    Problem::outcome_unknown().with_detail(detail).with_retry_after(1)
}

#[cfg(test)]
mod tests {
    use super::{Again, Attempt, EventId, Problem, State};

    #[test]
    fn an_unknown_outcome_stays_unknown_until_the_event_is_found() {
        let refused = || State::Answered(Err(Problem::internal()));
        for state in [State::Undecided, State::Again(Again::Stale), State::Doubtful(Problem::internal()), refused()] {
            assert!(matches!(state.after(Attempt::AfterUnknown), State::Again(Again::Unknown)));
        }
        let found = State::Replayed(EventId::from_parts(1, [1; 10]));
        assert!(matches!(found.after(Attempt::AfterUnknown), State::Replayed(_)));
        assert!(matches!(refused().after(Attempt::Plain), State::Answered(Err(_))));
    }
}
