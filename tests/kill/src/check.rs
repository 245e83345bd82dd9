//! After the harm: everything acknowledged is there once, what was not can be sent again, and the region is sound.

use std::collections::BTreeSet;

use sqlx::PgConnection;
use store::audit::{Audit, Finding, Pace};
use test_support::log_signer;
use tokio::task::JoinSet;
use truth_kernel::classification::Mode;

use crate::ground::Ground;
use crate::said::Said;
use crate::writer::{Caller, Writer};
use crate::{Failure, ensure};

/// Drafts that are sent again at once.
const AT_ONCE: usize = 64;

/// What a round came to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Rounds.
    pub rounds: u32,
    /// Answers that say that an event is durable.
    pub acknowledged: u64,
    /// Answers that say that nobody knows.
    pub unknown: u64,
    /// Of these, how many because the barrier found an event missing.
    pub caught: u64,
    /// Drafts that the dead writer had not answered for, and that were sent again.
    pub sent_again: u64,
    /// Of these, how many had become events.
    pub found: u64,
    /// Acknowledged events that are gone.
    pub lost: u64,
}

impl Tally {
    /// Adds a round.
    pub fn add(&mut self, other: &Self) {
        self.rounds += other.rounds;
        self.acknowledged += other.acknowledged;
        self.unknown += other.unknown;
        self.caught += other.caught;
        self.sent_again += other.sent_again;
        self.found += other.found;
        self.lost += other.lost;
    }
}

/// Checks what a writer of this region said before it died.
pub async fn check(ground: &mut Ground, writer: &Writer, lines: &[String]) -> Result<Tally, Failure> {
    let said: Result<Vec<Said>, Failure> =
        lines.iter().map(|line| line.parse().map_err(|()| format!("not understood: {line}").into())).collect();
    let said = said?;
    if let Some(refused) = said.iter().find(|said| matches!(said, Said::Refused { .. })) {
        return Err(format!("a good draft was refused: {refused}").into());
    }
    let mut superuser = ground.region.superuser().await;
    let lost = lost(ground, &mut superuser, &said).await?;
    ensure(lost.is_empty(), || format!("{} acknowledged events are lost, first {}", lost.len(), lost[0]))?;
    let again = unanswered(&said, writer);
    let found = send_again(ground, writer, &again).await?;
    let end = again.last().map_or(ground.next, |last| last + 1);
    ground.next = end.max(said.iter().map(|said| said.number() + 1).max().unwrap_or(0));
    each_is_one_event(ground, &mut superuser, writer.first).await?;
    audit(ground).await?;
    let count = |which: fn(&Said) -> bool| said.iter().filter(|said| which(said)).count() as u64;
    Ok(Tally {
        rounds: 1,
        acknowledged: count(Said::is_acknowledgement),
        unknown: count(|said| matches!(said, Said::Unknown { .. })),
        caught: count(|said| matches!(said, Said::Unknown { reason, .. } if reason.contains("lost before"))),
        sent_again: again.len() as u64,
        found,
        lost: 0,
    })
}

/// Acknowledgements whose event is not there with its id, place and hash, or not under its idempotency key.
async fn lost<'s>(ground: &Ground, superuser: &mut PgConnection, said: &'s [Said]) -> Result<Vec<&'s Said>, Failure> {
    let acknowledged: Vec<&Said> = said.iter().filter(|said| said.is_acknowledgement()).collect();
    let place = |said: &&Said| match **said {
        Said::Appended { event, seq, hash, .. } => (*event.as_uuid(), i64::try_from(seq).ok(), Some(*hash.as_bytes())),
        Said::Replayed { event, .. } => (*event.as_uuid(), None, None),
        Said::Unknown { .. } | Said::Refused { .. } => (uuid::Uuid::nil(), None, None),
    };
    let places: Vec<_> = acknowledged.iter().map(place).collect();
    let numbers = || acknowledged.iter().map(|said| said.number());
    let missing: Vec<i64> = sqlx::query_scalar(
        "SELECT slot FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::bytea[])
             WITH ORDINALITY a(org, digest, event, seq, hash, slot)
         WHERE NOT EXISTS (SELECT 1 FROM ledger_events e WHERE e.id = a.event AND e.org = a.org AND e.mode = 'test' AND e.chain = 'ledger'
                           AND e.seq = coalesce(a.seq, e.seq) AND e.hash = coalesce(a.hash, e.hash))
            OR NOT EXISTS (SELECT 1 FROM idempotency_keys k WHERE k.org = a.org AND k.mode = 'test' AND k.digest = a.digest
                           AND k.event_id = a.event)",
    )
    .bind(numbers().map(|number| *ground.load.org(number).as_uuid()).collect::<Vec<_>>())
    .bind(numbers().map(|number| ground.load.digest(number)).collect::<Vec<_>>())
    .bind(places.iter().map(|place| place.0).collect::<Vec<_>>())
    .bind(places.iter().map(|place| place.1).collect::<Vec<_>>())
    .bind(places.iter().map(|place| place.2.map(Vec::from)).collect::<Vec<_>>())
    .fetch_all(superuser)
    .await?;
    Ok(missing.into_iter().filter_map(|slot| acknowledged.get(usize::try_from(slot - 1).ok()?).copied()).collect())
}

/// Every draft that may have been sent and was not answered for.
fn unanswered(said: &[Said], writer: &Writer) -> Vec<u64> {
    let answered: BTreeSet<u64> = said.iter().filter(|said| said.is_acknowledgement()).map(Said::number).collect();
    // Each caller has at most one draft under way.
    let end = answered.last().map_or(writer.first, |last| last + 1) + writer.callers;
    (writer.first..end).filter(|number| !answered.contains(number)).collect()
}

/// Sends them again as their client would; answers with how many had become events.
async fn send_again(ground: &Ground, writer: &Writer, numbers: &[u64]) -> Result<u64, Failure> {
    let caller =
        Caller { appender: Writer { connections: 4, ..writer.clone() }.appender()?, load: ground.load.clone() };
    let mut found = 0;
    for some in numbers.chunks(AT_ONCE) {
        let mut sending = JoinSet::new();
        for number in some.iter().copied() {
            let caller = caller.clone();
            sending.spawn(async move { caller.once(number).await });
        }
        while let Some(said) = sending.join_next().await {
            match said?? {
                Said::Replayed { .. } => found += 1,
                Said::Appended { .. } => {}
                other => return Err(format!("cannot be sent again: {other}").into()),
            }
        }
    }
    Ok(found)
}

/// Each draft of the region is exactly one event.
async fn each_is_one_event(ground: &Ground, superuser: &mut PgConnection, first: u64) -> Result<(), Failure> {
    let numbers = || first..ground.next;
    let once: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM unnest($1::uuid[], $2::uuid[]) a(org, digest)
         JOIN idempotency_keys k ON k.org = a.org AND k.mode = 'test' AND k.digest = a.digest
         JOIN ledger_events e ON e.id = k.event_id",
    )
    .bind(numbers().map(|number| *ground.load.org(number).as_uuid()).collect::<Vec<_>>())
    .bind(numbers().map(|number| ground.load.digest(number)).collect::<Vec<_>>())
    .fetch_one(&mut *superuser)
    .await?;
    let drafts = ground.next - first;
    ensure(i64::try_from(drafts) == Ok(once), || format!("{drafts} drafts are {once} events"))?;
    let all: i64 = sqlx::query_scalar("SELECT count(*) FROM ledger_events").fetch_one(superuser).await?;
    let drafts = ground.next;
    ensure(i64::try_from(drafts) == Ok(all), || format!("the region has {all} events of {drafts} drafts"))
}

/// The whole region, bodies included.
pub async fn audit(ground: &Ground) -> Result<(), Failure> {
    let log = test_support::TestRegion::log(Mode::Test);
    let trust = [log_signer(&log).verifier().clone()];
    let vault = ground.region.vault("fn_auditor");
    let store = ground.region.store("fn_auditor");
    let finding =
        Audit { pace: Pace::Full, trust: &trust, vault: Some(&vault), progress: &mut |_, _| {} }.run(&store).await?;
    store.close().await;
    match finding {
        Finding::Sound(_) => Ok(()),
        other => Err(format!("the audit says: {other:?}").into()),
    }
}
