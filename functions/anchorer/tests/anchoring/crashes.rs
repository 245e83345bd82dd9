//! An anchorer dies, or stalls, between any two steps.

use anchorer::{Anchorer, Stamped};
use store::anchor::AnchorWork;
use truth_kernel::classification::Mode;

use crate::ledger::{Ledger, test_log};

/// How far an anchorer gets before it dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
enum Step {
    Begun,
    Stamped,
    /// The note is in the bucket, the token is not.
    HalfCopied,
    Copied,
    Recorded,
}

const STEPS: [Step; 5] = [Step::Begun, Step::Stamped, Step::HalfCopied, Step::Copied, Step::Recorded];

async fn die_after(ledger: &Ledger, step: Step) -> (Anchorer, AnchorWork, Option<Stamped>) {
    let anchorer = ledger.anchorer();
    let work = anchorer.begin(&test_log()).await.unwrap().unwrap();
    if step == Step::Begun {
        return (anchorer, work, None);
    }
    let stamped = anchorer.stamp(&work.checkpoint).await.unwrap();
    if step >= Step::Copied {
        anchorer.copy(&work.checkpoint, stamped.clone()).await.unwrap();
    } else if step == Step::HalfCopied {
        let path = format!("log/test-1/anchors/{}/checkpoint", work.checkpoint.size).parse().unwrap();
        ledger.bucket.create(&path, work.checkpoint.note.clone().into_bytes()).await.unwrap();
    }
    if step == Step::Recorded {
        anchorer.record(&work.checkpoint, &stamped).await.unwrap();
    }
    (anchorer, work, Some(stamped))
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_after_a_death_finishes_the_same_checkpoint_once() {
    let Some(ledger) = Ledger::new("whoever_comes_after_a_death_finishes_the_same_checkpoint_once").await else {
        return;
    };
    let mut expected = Vec::new();
    for step in STEPS {
        let size = ledger.publish(Mode::Test).await;
        die_after(&ledger, step).await;
        // What is published meanwhile comes later.
        ledger.publish(Mode::Test).await;
        assert_eq!(ledger.anchorer().run().await.unwrap(), 0, "{step:?}: the dead one's time is not over");
        ledger.after_seconds(30);
        let finished = ledger.anchorer().run().await.unwrap();
        assert_eq!(finished, u64::from(step != Step::Recorded), "{step:?}");
        expected.push(size);
        assert_eq!(ledger.anchored().await, expected, "{step:?}");
        ledger.after_seconds(60);
        ledger.anchorer().run().await.unwrap();
        expected.push(size + 1);
        assert_eq!(ledger.anchored().await, expected, "{step:?}");
        ledger.after_seconds(60);
        // The authority's clock goes on by itself; ours must not run away from it.
        ledger.hands.advance(-150_000);
        sqlx::query("UPDATE anchor_states SET next_attempt_at = '2000-01-01'")
            .execute(&mut ledger.region.superuser().await)
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_in_the_bucket_is_taken_over_and_none_is_asked_for() {
    let Some(ledger) = Ledger::new("a_token_that_is_in_the_bucket_is_taken_over").await else { return };
    ledger.publish(Mode::Test).await;
    die_after(&ledger, Step::Copied).await;
    ledger.after_seconds(30);
    assert_eq!(ledger.anchorer().run().await.unwrap(), 1);
    assert_eq!(ledger.authority.stamped(), 1);
    assert_eq!(ledger.anchored().await, [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stalled_anchorer_that_wakes_up_changes_nothing() {
    for step in STEPS {
        let Some(ledger) = Ledger::new("a_stalled_anchorer_that_wakes_up_changes_nothing").await else { return };
        ledger.publish(Mode::Test).await;
        let (stalled, work, stamped) = die_after(&ledger, step).await;
        ledger.after_seconds(30);
        ledger.anchorer().run().await.unwrap();
        let anchored = ledger.anchored().await;
        let objects = ledger.objects();
        let stamped = match stamped {
            Some(stamped) => stamped,
            None => stalled.stamp(&work.checkpoint).await.unwrap(),
        };
        let kept = stalled.copy(&work.checkpoint, stamped).await.unwrap();
        stalled.record(&work.checkpoint, &kept).await.unwrap();
        assert_eq!((ledger.anchored().await, ledger.objects()), (anchored, objects), "{step:?}");
        assert_eq!(ledger.cursor(&test_log()).await, 1);
    }
}
