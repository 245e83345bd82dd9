//! What a crash between a batch and its barrier takes with it is never answered for, step by step instead of by chance.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

#[path = "barrier/scene.rs"]
mod scene;

use kill::check::audit;
use kill::ground;
use kill::said::Said;
use scene::{Scene, insist, send};

/// The log's writer may have been faster than the crash, or the new connection too late: then the scene is played again.
const TRIES: u32 = 8;
const NEVER: &str = "the crash never took what a barrier then looked for: this proves nothing";

/// Whether the barrier stood and found the event missing, and did not just fail to connect.
fn was_caught(said: &Said) -> bool {
    println!("{said}");
    matches!(said, Said::Unknown { reason, .. } if reason.contains("lost before"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_a_crash_took_is_not_acknowledged_by_a_barrier_on_a_new_connection() {
    let cluster = ground::cluster().unwrap();
    for _ in 0..TRIES {
        let scene = Scene::new(cluster).await;
        let writer = scene.writer();
        let first = send(&writer, 0);
        scene.barrier_waits(1).await;
        let second = send(&writer, 60);
        scene.is_event(60).await;
        let third = scene.stuck_in_append(&writer, 120).await;
        scene.crash().await;
        let (first, second, third) = (first.await.unwrap(), second.await.unwrap(), third.await.unwrap());
        assert!(!first.is_acknowledgement() && !third.is_acknowledgement(), "{first} {third}");
        if !scene.has(60).await {
            assert!(!second.is_acknowledgement(), "{second}");
            if was_caught(&second) {
                return;
            }
        }
    }
    panic!("{NEVER}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_of_an_event_that_a_crash_took_is_not_acknowledged() {
    let cluster = ground::cluster().unwrap();
    for _ in 0..TRIES {
        let scene = Scene::new(cluster).await;
        let writer = scene.writer();
        let original = send(&writer, 0);
        scene.barrier_waits(1).await;
        let replay = send(&writer, 0);
        scene.appended_since().await;
        let other = scene.stuck_in_append(&writer, 60).await;
        scene.crash().await;
        let (original, replay) = (original.await.unwrap(), replay.await.unwrap());
        assert!(!original.is_acknowledgement(), "{original}");
        other.await.unwrap();
        if !scene.has(0).await {
            assert!(!replay.is_acknowledgement(), "{replay}");
            if was_caught(&replay) {
                return;
            }
        }
    }
    panic!("{NEVER}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_key_that_a_crash_took_is_stored_again_by_a_writer_that_has_read_it() {
    let cluster = ground::cluster().unwrap();
    for _ in 0..TRIES {
        let scene = Scene::new(cluster).await;
        let (maker, reader) = (scene.writer(), scene.writer());
        let made = send(&maker, 0);
        scene.barrier_waits(1).await;
        let read = send(&reader, 60);
        scene.barrier_waits(2).await;
        scene.crash().await;
        assert!(!made.await.unwrap().is_acknowledgement());
        assert!(!read.await.unwrap().is_acknowledgement());
        if !scene.has_data_key().await {
            insist(&reader, 60).await;
            audit(&scene.ground).await.unwrap();
            return;
        }
    }
    panic!("{NEVER}");
}
