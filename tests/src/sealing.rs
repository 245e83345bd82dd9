//! Waiting until what was appended is sealed and published.

use std::time::Duration;

use sqlx::PgConnection;

use crate::region::Region;

/// Chains that have more than is sealed, of those heads that are named by position: organization, mode, chain, sequence number.
const UNSEALED: &str = "SELECT count(*) FROM unnest($1::text[]) head
    WHERE NOT EXISTS (SELECT 1 FROM chain_seals s WHERE s.seq >= split_part(head, ' ', 4)::bigint
                      AND format('%s %s %s', s.org, s.mode, s.chain) = regexp_replace(head, ' [0-9]+$', ''))";

impl Region {
    /// Returns when every event that there is now stands under a published checkpoint.
    pub async fn everything_sealed(&self) {
        let mut superuser = self.superuser().await;
        let heads = "SELECT format('%s %s %s %s', org, mode, chain, seq) FROM chain_heads WHERE seq > 0";
        let heads: Vec<String> = sqlx::query_scalar(heads).fetch_all(&mut superuser).await.expect("the heads");
        until_none(&mut superuser, UNSEALED, &heads).await;
        let logs = "SELECT format('%s %s', origin, size) FROM logs";
        let logs: Vec<String> = sqlx::query_scalar(logs).fetch_all(&mut superuser).await.expect("the logs");
        let unpublished = "SELECT count(*) FROM unnest($1::text[]) log JOIN logs ON origin = split_part(log, ' ', 1)
                           WHERE published_size < split_part(log, ' ', 2)::bigint";
        until_none(&mut superuser, unpublished, &logs).await;
    }
}

impl Region {
    /// Returns when every event that there is now is told to the warehouse.
    pub async fn everything_followed(&self) {
        self.everything_sealed().await;
        let mut superuser = self.superuser().await;
        let logs = "SELECT format('%s %s', origin, published_size) FROM logs WHERE published_size > 0";
        let logs: Vec<String> = sqlx::query_scalar(logs).fetch_all(&mut superuser).await.expect("the logs");
        let behind = "SELECT count(*) FROM unnest($1::text[]) l(log) WHERE NOT EXISTS (
                          SELECT 1 FROM cursors WHERE consumer = 'fn_analytics' AND cursors.log = split_part(l.log, ' ', 1)
                          AND next_leaf >= split_part(l.log, ' ', 2)::bigint)";
        until_none(&mut superuser, behind, &logs).await;
    }
}

/// Asks again and again; a minute is far more than a busy machine needs.
async fn until_none(connection: &mut PgConnection, sql: &'static str, names: &[String]) {
    let mut left = 0;
    for _ in 0..600 {
        left = sqlx::query_scalar::<_, i64>(sql).bind(names).fetch_one(&mut *connection).await.expect("a count");
        if left == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{left} are still neither sealed nor published nor followed")
}
