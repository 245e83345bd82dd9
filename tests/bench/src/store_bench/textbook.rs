//! The peer that every text book shows: lock the head of the chain, build and hash in the client, insert, commit; one event each.

use std::time::Duration;

use cloud::random::Random;
use private_postgres::SUPERUSER;
use sqlx::postgres::PgConnection;
use sqlx::{Connection, Row};
use test_support::TestRegion;
use truth_kernel::hash::sha256;
use truth_kernel::id::EventId;
use uuid::Uuid;

use crate::Failure;
use crate::load::{Caller, Sample, closed_loop};

/// How many chains there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chains {
    /// One for all, as in the text book.
    One,
    /// One for each organization.
    PerOrganization,
}

/// A database with heads to lock.
#[derive(Debug, Clone)]
pub struct Textbook {
    url: String,
    orgs: std::sync::Arc<[Uuid]>,
    header: usize,
    envelope: usize,
}

impl Textbook {
    /// Over a region's database; its organizations must exist.
    pub fn new(region: &TestRegion, orgs: &[Uuid], header: usize, envelope: usize) -> Self {
        Self { url: region.url(SUPERUSER), orgs: orgs.into(), header, envelope }
    }

    /// Runs with so many callers, each with a connection of its own.
    pub async fn run(&self, callers: usize, chains: Chains, time: Duration) -> Result<Sample, Failure> {
        let mut all = Vec::new();
        for _ in 0..callers {
            let connection = PgConnection::connect(&self.url).await?;
            all.push(TextbookCaller { connection, chains, book: self.clone() });
        }
        closed_loop(all, time).await
    }
}

struct TextbookCaller {
    connection: PgConnection,
    chains: Chains,
    book: Textbook,
}

const LOCK: &str = "SELECT seq, hash FROM chain_heads WHERE org = $1 AND mode = 'test' AND chain = 'ledger' FOR UPDATE";
const INSERT: &str = "WITH e AS (
        INSERT INTO ledger_events (org, mode, chain, seq, id, hash, time, class, type, stream, stream_seq, header)
        VALUES ($1, 'test', 'ledger', $2, $3, $4, clock_timestamp(), 'transactional', 'claim.filed', $5, $2, $6)),
    p AS (INSERT INTO event_payloads (id, org, data_key, claim_id, subject_id, tags, receipt_key, envelope)
        VALUES ($3, $1, $3, $7, NULL, '{claim}', 'ledger.example/europe-west1/receipts', $8)),
    k AS (INSERT INTO idempotency_keys (org, mode, digest, event_id) VALUES ($1, 'test', $9, $3))
    UPDATE chain_heads SET seq = $2, hash = $4 WHERE org = $1 AND mode = 'test' AND chain = 'ledger'";

impl Caller for TextbookCaller {
    async fn call(&mut self) -> Result<(), Failure> {
        let random = Random::system();
        let number = u32::from_be_bytes(random.bytes()) as usize;
        let org = match self.chains {
            Chains::One => self.book.orgs[0],
            Chains::PerOrganization => self.book.orgs[number % self.book.orgs.len()],
        };
        let claim = format!("C-{}", number % 200_000);
        let id: EventId = test_support::fresh_id();
        let envelope = vec![0xab_u8; self.book.envelope];
        let mut tx = self.connection.begin().await?;
        let head = sqlx::query(LOCK).bind(org).fetch_one(&mut *tx).await?;
        let seq = head.get::<i64, _>("seq") + 1;
        let header =
            format!("{:0>width$}", format!("{:?}{seq}{id}", head.get::<&[u8], _>("hash")), width = self.book.header);
        let header = &header[..self.book.header];
        let hash = sha256(&[header.as_bytes()]);
        // A stream of its own for each chain, so that a sequence number never meets another chain's.
        let stream = sha256(&[org.as_bytes(), claim.as_bytes()]);
        sqlx::query(INSERT)
            .bind(org)
            .bind(seq)
            .bind(id.as_uuid())
            .bind(hash.as_bytes().as_slice())
            .bind(stream.as_bytes().as_slice())
            .bind(header)
            .bind(claim)
            .bind(envelope)
            .bind(Uuid::from_bytes(random.bytes()))
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }
}
