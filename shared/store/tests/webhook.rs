//! Webhooks in the store, as `fn_webhooks`: whose rows are whose, and who else may touch them.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use store::Store;
use store::follow::Consumer;
use store::vault::Vault;
use store::webhook::{DeliveryFilter, Endpoint, EndpointStatus, NewDelivery, Replay};
use test_support::draft::claim_filed;
use test_support::{TestRegion, fresh_id};
use truth_kernel::classification::Mode;
use truth_kernel::id::{EventId, OrgId, WebhookDeliveryId};
use truth_kernel::time::Timestamp;

const DUE: Timestamp = Timestamp::from_millis(1_000_000);

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(DUE.millis() + millis)
}

async fn endpoint(store: &Store, vault: &Vault, org: OrgId, types: &[&str]) -> Endpoint {
    let endpoint = Endpoint {
        id: fresh_id(),
        mode: Mode::Test,
        url: "https://hooks.example.com/".to_owned(),
        description: String::new(),
        event_types: types.iter().map(|name| name.parse().unwrap()).collect(),
        status: EndpointStatus::Enabled,
        created: DUE,
    };
    let sealed = vault.seal_webhook_secret(org, endpoint.id, b"a secret of the test").await.unwrap();
    let mut tx = store.begin(org).await.unwrap();
    assert!(tx.create_webhook(&endpoint, &sealed, 5).await.unwrap());
    tx.commit().await.unwrap();
    endpoint
}

fn delivery(org: OrgId, endpoint: &Endpoint, event: EventId) -> NewDelivery {
    NewDelivery {
        id: fresh_id(),
        org,
        endpoint: endpoint.id,
        event,
        event_type: "claim.filed".parse().unwrap(),
        seq: 1,
        time: DUE,
    }
}

/// Makes deliveries in one transaction that speaks for these organizations.
async fn make(store: &Store, orgs: &[OrgId], new: &[NewDelivery]) -> Result<(), store::Error> {
    let mut tx = store.begin_system().await?;
    tx.webhook_subscribers(orgs, Mode::Test).await?;
    tx.create_deliveries(&TestRegion::log(Mode::Test), new, DUE).await?;
    tx.commit().await
}

async fn listed(store: &Store, org: OrgId) -> Vec<WebhookDeliveryId> {
    let mut tx = store.begin(org).await.unwrap();
    let list = tx.deliveries(Mode::Test, DeliveryFilter::default(), None, 100).await.unwrap();
    list.iter().map(|delivery| delivery.id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_sees_and_changes_only_its_own_rows() {
    let region = TestRegion::new().await;
    let (store, vault) = (region.store("fn_webhooks"), region.vault("fn_webhooks"));
    let (mine, other) = (region.organization().await, region.organization().await);
    let (own, foreign) = (endpoint(&store, &vault, mine, &[]).await, endpoint(&store, &vault, other, &[]).await);
    let (one, two) = (delivery(mine, &own, fresh_id()), delivery(other, &foreign, fresh_id()));
    make(&store, &[mine, other], &[one.clone(), two.clone()]).await.unwrap();
    assert_eq!(listed(&store, mine).await, [one.id]);
    let mut tx = store.begin(mine).await.unwrap();
    assert!(tx.webhook(Mode::Test, foreign.id).await.unwrap().is_none());
    assert!(tx.webhook(Mode::Live, own.id).await.unwrap().is_none(), "nor of the other mode");
    assert!(!tx.delete_webhook(Mode::Test, foreign.id).await.unwrap());
    tx.change_webhook(&Endpoint { status: EndpointStatus::Disabled, ..foreign.clone() }).await.unwrap();
    assert!(tx.claim_delivery(two.id, at(0), at(0), at(60)).await.unwrap().is_none());
    assert_eq!(tx.replay_delivery(Mode::Test, two.id, at(0)).await.unwrap(), Replay::Unknown);
    tx.commit().await.unwrap();
    let mut tx = store.begin(other).await.unwrap();
    assert_eq!(tx.webhook(Mode::Test, foreign.id).await.unwrap().unwrap().status, EndpointStatus::Enabled);
    assert!(make(&store, &[mine], &[delivery(other, &foreign, fresh_id())]).await.is_err(), "it speaks for others");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_one_delivery_of_an_endpoint_however_often_it_is_made() {
    let region = TestRegion::new().await;
    let (store, vault, org) = (region.store("fn_webhooks"), region.vault("fn_webhooks"), region.organization().await);
    let own = endpoint(&store, &vault, org, &[]).await;
    let event = fresh_id();
    let first = delivery(org, &own, event);
    make(&store, &[org], &[first.clone(), delivery(org, &own, event)]).await.unwrap();
    make(&store, &[org], &[delivery(org, &own, event)]).await.unwrap();
    assert_eq!(listed(&store, org).await, [first.id]);
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_and_the_cursor_move_together_or_not_at_all() {
    let region = TestRegion::new().await;
    let (store, vault, org) = (region.store("fn_webhooks"), region.vault("fn_webhooks"), region.organization().await);
    let own = endpoint(&store, &vault, org, &["claim.filed"]).await;
    region.appender().append(claim_filed(org, 1, None)).await.unwrap();
    region.seal(Mode::Test).await;
    let log = TestRegion::log(Mode::Test);
    let mut tx = store.begin_system().await.unwrap();
    let subscribers = tx.webhook_subscribers(&[org], Mode::Test).await.unwrap();
    assert!(subscribers[0].takes(&"claim.filed".parse().unwrap()));
    assert!(!subscribers[0].takes(&"payment.made".parse().unwrap()));
    tx.create_deliveries(&log, &[delivery(org, &own, fresh_id())], DUE).await.unwrap();
    assert!(tx.advance(Consumer::Webhooks, &log, 0, 1).await.unwrap());
    drop(tx);
    assert!(listed(&store, org).await.is_empty());
    assert_eq!(store.begin_system().await.unwrap().cursor(Consumer::Webhooks, &log).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_due_and_nobodys_is_overdue() {
    let region = TestRegion::new().await;
    let (store, vault, org) = (region.store("fn_webhooks"), region.vault("fn_webhooks"), region.organization().await);
    let own = endpoint(&store, &vault, org, &[]).await;
    let new = delivery(org, &own, fresh_id());
    make(&store, &[org], std::slice::from_ref(&new)).await.unwrap();
    let overdue = async |role, before| {
        let found = region.store(role).begin_system().await.unwrap().overdue_deliveries(before, 9).await.unwrap();
        found.iter().map(|one| (one.org, one.id)).collect::<Vec<_>>()
    };
    assert_eq!(overdue("fn_webhooks", at(0)).await, []);
    assert_eq!(overdue("fn_webhooks", at(1)).await, [(org, new.id)]);
    assert_eq!(overdue("fn_timekeeper", at(1)).await, [(org, new.id)]);
    let mut tx = store.begin(org).await.unwrap();
    assert!(tx.claim_delivery(new.id, at(0), at(-1), at(50)).await.unwrap().is_none(), "not due");
    assert_eq!(tx.claim_delivery(new.id, at(0), at(0), at(50)).await.unwrap().unwrap().attempt, 1);
    tx.commit().await.unwrap();
    assert_eq!(overdue("fn_webhooks", at(50)).await, [], "somebody is at it");
    assert_eq!(overdue("fn_webhooks", at(51)).await.len(), 1);
    let found = [store::webhook::Overdue { org, id: new.id }];
    for taken in [1, 0] {
        let mut tx = store.begin_system().await.unwrap();
        assert_eq!(tx.requeue_deliveries(&found, at(51), at(90)).await.unwrap().len(), taken, "one of two takes it");
        tx.commit().await.unwrap();
    }
    assert_eq!(overdue("fn_webhooks", at(90)).await, [], "it was queued again");
    assert_eq!(overdue("fn_webhooks", at(91)).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_other_function_reads_the_tables_and_webhooks_rewrites_no_history() {
    let region = TestRegion::new().await;
    let mut superuser = region.superuser().await;
    for table in ["webhook_endpoints", "webhook_secrets", "webhook_deliveries"] {
        let holders: Vec<String> = sqlx::query_scalar(
            "SELECT DISTINCT grantee::text FROM information_schema.role_table_grants WHERE table_name = $1 AND grantee <> 'ledger_owner'",
        )
        .bind(table)
        .fetch_all(&mut superuser)
        .await
        .unwrap();
        assert_eq!(holders, ["fn_webhooks"], "{table}");
    }
    for (column, may) in
        [("status", true), ("event_id", false), ("endpoint", false), ("org", false), ("created_at", false)]
    {
        let found: bool =
            sqlx::query_scalar("SELECT has_column_privilege('fn_webhooks', 'webhook_deliveries', $1, 'UPDATE')")
                .bind(column)
                .fetch_one(&mut superuser)
                .await
                .unwrap();
        assert_eq!(found, may, "{column}");
    }
}
