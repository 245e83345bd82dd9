//! The verification at the end of every story is no formality: it finds what is wrong.

use std::path::Path;

use sqlx::AssertSqlSafe;
use stories::{Durability, Needles, Region, block_on, log_output, start, tell};
use truth_kernel::classification::Mode;

/// A region with one sealed event.
async fn sealed_region() -> Region {
    let region = start(["us-east1"], Durability::Volatile).await.pop().unwrap();
    let org = region.organization(Mode::Live).await;
    org.append(&org.filed(&org.claim())).await;
    region.verify().await;
    region
}

/// Changes rows as a superuser whom no trigger stops.
async fn tamper(region: &Region, sql: &str) {
    let mut superuser = region.superuser().await;
    sqlx::query("SET session_replication_role = replica").execute(&mut superuser).await.unwrap();
    let changed = sqlx::query(AssertSqlSafe(sql.to_owned())).execute(&mut superuser).await.unwrap();
    assert_eq!(changed.rows_affected(), 1, "{sql}");
}

fn flip_a_byte(object: &Path) {
    let mut bytes = std::fs::read(object).unwrap();
    bytes[7] ^= 1;
    std::fs::write(object, bytes).unwrap();
}

#[test]
#[should_panic(expected = "ledger_events")]
fn an_edited_event_is_found() {
    block_on(async {
        let region = sealed_region().await;
        tamper(&region, "UPDATE ledger_events SET header = replace(header, 'transactional', 'operational')").await;
        region.verify().await;
    });
}

#[test]
#[should_panic(expected = "tile/0/000.p/1 is not what the database holds")]
fn a_tile_that_was_changed_in_the_bucket_is_found() {
    block_on(async {
        let region = sealed_region().await;
        flip_a_byte(&region.local.folder.bucket().join("objects/log/1/tile/0/000.p/1"));
        region.verify().await;
    });
}

#[test]
#[should_panic(expected = "tile/entries/000.p/1 was not published")]
fn an_object_that_is_gone_is_found() {
    block_on(async {
        let region = sealed_region().await;
        std::fs::remove_file(region.local.folder.bucket().join("objects/log/1/tile/entries/000.p/1")).unwrap();
        region.verify().await;
    });
}

#[test]
#[should_panic(expected = "event_payloads")]
fn a_claim_of_another_region_is_found() {
    block_on(async {
        let [eu, us] = start(["europe-west1", "us-east1"], Durability::Volatile).await.try_into().unwrap();
        let (org, claim) = (us.organization(Mode::Live).await, eu.organization(Mode::Live).await.claim());
        org.append(&org.filed(&claim)).await;
        us.knows_nothing_of(&eu).await;
    });
}

#[test]
fn the_functions_do_log_and_are_heard() {
    tell(async |regions| {
        let path = "/api/v1/claims/{id}/history";
        let answer = regions.eu.organization(Mode::Live).await.client.get_history("unheard-of").await;
        assert_eq!(answer.status, 404);
        assert!(Needles::of(path).are_in(&log_output()), "the line of the request, by its route");
    });
}
