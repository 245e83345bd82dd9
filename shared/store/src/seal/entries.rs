//! The log's entries: headers by leaf, for entry bundles.

use truth_kernel::region::LogOrigin;

use crate::database::SystemTx;
use crate::error::{Error, Result};
use crate::row::bigint;

impl SystemTx {
    /// The headers of leaves `first .. first + count`, in leaf order, every one of them.
    pub async fn entries(&mut self, origin: &LogOrigin, first: u64, count: u64) -> Result<Vec<String>> {
        self.only_probes().await?;
        // One value per segment: the inner order is that of the index, and so is the outer one.
        let segments: Vec<Option<Vec<String>>> = sqlx::query_scalar(
            "SELECT l.headers FROM segments g,
                 LATERAL (SELECT array_agg(e.header) AS headers
                          FROM (SELECT e.header FROM ledger_events e WHERE e.org = g.org AND e.mode = g.mode AND e.chain = g.chain
                                AND e.seq >= g.first_seq + greatest($2 - g.first_leaf, 0)
                                AND e.seq < g.first_seq + least($2 + $3 - g.first_leaf, g.count) ORDER BY e.seq) e) l
             WHERE g.log = $1 AND g.first_leaf < $2 + $3
               AND g.first_leaf >= (SELECT max(first_leaf) FROM segments WHERE log = $1 AND first_leaf <= $2)
             ORDER BY g.first_leaf",
        )
        .bind(origin.as_str())
        .bind(bigint(first))
        .bind(bigint(count))
        .fetch_all(&mut *self.inner)
        .await?;
        let headers: Vec<String> = segments.into_iter().flatten().flatten().collect();
        if headers.len() as u64 == count {
            Ok(headers)
        } else {
            Err(Error::Inconsistent { table: "segments", fault: "leaves without an event" })
        }
    }
}
