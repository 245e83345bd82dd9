//! Authorities, buckets and databases that fail or lie.

use std::time::Duration;

use store::{Database, Store};
use truth_kernel::classification::Mode;

use crate::authority::Mood;
use crate::ledger::{Ledger, test_log};

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_authority_does_wrong_is_noted_and_it_is_asked_again_later() {
    let Some(ledger) = Ledger::new("whatever_the_authority_does_wrong_is_noted").await else { return };
    ledger.publish(Mode::Test).await;
    ledger.anchorer().run().await.unwrap();
    ledger.after_seconds(60);
    for (mood, kind) in [
        (Mood::Failing, "no-reply"),
        (Mood::LosingAnswers, "no-reply"),
        (Mood::Repeating, "unverified"),
        (Mood::OtherType, "no-reply"),
        (Mood::Endless, "unreachable"),
        (Mood::Refusing, "refused"),
    ] {
        let size = ledger.publish(Mode::Test).await;
        ledger.authority.be(mood).await;
        assert_eq!(ledger.anchorer().run().await.unwrap(), 0, "{mood:?}");
        assert_eq!(ledger.failures().await, (1, Some(kind.to_owned())), "{mood:?}");
        ledger.authority.be(Mood::Right).await;
        assert_eq!(ledger.anchorer().run().await.unwrap(), 0, "{mood:?}: not before the pause is over");
        ledger.after_seconds(2);
        assert_eq!(ledger.anchorer().run().await.unwrap(), 1, "{mood:?}");
        assert_eq!(ledger.failures().await, (0, None));
        assert_eq!(ledger.anchored().await.last(), Some(&size), "{mood:?}");
        ledger.hands.advance(-2_000);
        sqlx::query("UPDATE anchor_states SET next_attempt_at = '2000-01-01'")
            .execute(&mut ledger.region.superuser().await)
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pauses_grow_with_every_failure() {
    let Some(ledger) = Ledger::new("pauses_grow_with_every_failure").await else { return };
    ledger.publish(Mode::Test).await;
    let anchorer = ledger.anchorer_asking("http://127.0.0.1:1/nobody");
    for (failures, longest) in [(1, 2), (2, 4), (3, 8), (4, 16)] {
        anchorer.run().await.unwrap();
        assert_eq!(ledger.failures().await, (failures, Some("unreachable".into())));
        ledger.after_seconds(longest / 2 - 1);
        anchorer.run().await.unwrap();
        assert_eq!(ledger.failures().await.0, failures, "too early");
        ledger.after_seconds(longest / 2 + 1);
    }
    assert_eq!(ledger.anchored().await, [0; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_whose_clock_is_wrong_or_whom_nobody_trusts_is_not_believed() {
    let test = "an_authority_whose_clock_is_wrong_or_whom_nobody_trusts_is_not_believed";
    let Some(ledger) = Ledger::new(test).await else { return };
    let Some(stranger) = crate::authority::TestAuthority::start(test).await else { return };
    ledger.publish(Mode::Test).await;
    ledger.anchorer_asking(stranger.url()).run().await.unwrap();
    assert_eq!(ledger.failures().await, (1, Some("unverified".into())));
    // Seen from an hour later, it is the authority whose time is an hour ago.
    ledger.after_seconds(3_600);
    ledger.anchorer().run().await.unwrap();
    assert_eq!(ledger.failures().await, (2, Some("clock".into())));
    assert_eq!(ledger.anchored().await, [0; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_whose_bucket_fails_does_not_hold_up_the_other() {
    let Some(ledger) = Ledger::new("a_log_whose_bucket_fails_does_not_hold_up_the_other").await else { return };
    ledger.publish(Mode::Test).await;
    ledger.publish(Mode::Live).await;
    let blocked = ledger.folder.join("objects/log/test-1");
    std::fs::create_dir_all(ledger.folder.join("objects/log")).unwrap();
    std::fs::write(&blocked, "a file where a folder should be").unwrap();
    assert_eq!(ledger.anchorer().run().await.unwrap(), 1);
    assert_eq!(ledger.failures().await, (1, Some("bucket".into())));
    std::fs::remove_file(blocked).unwrap();
    ledger.after_seconds(2);
    assert_eq!(ledger.anchorer().run().await.unwrap(), 1);
    assert_eq!(ledger.anchored().await, [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_with_other_bytes_is_never_believed_nor_changed() {
    for name in ["checkpoint", "token.der"] {
        let Some(ledger) = Ledger::new("a_bucket_with_other_bytes_is_never_believed_nor_changed").await else { return };
        ledger.publish(Mode::Test).await;
        let path = format!("log/test-1/anchors/1/{name}").parse().unwrap();
        ledger.bucket.create(&path, b"forged".to_vec()).await.unwrap();
        assert_eq!(ledger.anchorer().run().await.unwrap(), 0);
        assert_eq!(ledger.failures().await, (1, Some("other-bytes".into())), "{name}");
        assert_eq!(ledger.bucket.get(&path).await.unwrap().unwrap().bytes, b"forged");
        assert_eq!(ledger.cursor(&test_log()).await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_database_a_run_ends_in_an_error_that_may_pass() {
    let Some(ledger) = Ledger::new("without_the_database_a_run_ends_in_an_error_that_may_pass").await else { return };
    let gone = Store::open(Database::from_url("postgres://fn_anchorer@%2Fnowhere/none").unwrap());
    let authority = anchorer::Authority::new(ledger.authority.url().parse().unwrap(), ledger.authority.roots(), None);
    let anchorer = anchorer::Anchorer::new(gone, ledger.bucket.clone(), authority, ledger.clock.clone())
        .with_interval(Duration::ZERO);
    assert!(anchorer.run().await.unwrap_err().is_transient());
}
