//! An event's whole way, from the writer by the batcher to the analyst, while each message in turn goes wrong.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

#[path = "line/stage.rs"]
mod stage;

use cloud::fault::{Fault, Faults};

use crate::stage::Stage;

/// A message that is lost costs nothing but time: the sweep makes up for it. One that is sent although the sender hears of a failure is as
/// good as any. After each fault everything is published, told once, and sound.
#[tokio::test(flavor = "multi_thread")]
async fn whichever_message_goes_wrong_nothing_is_lost_and_nothing_is_told_twice() {
    let stage = Stage::new().await;
    let mut posted = 0;
    for fault in [Fault::Before, Fault::After] {
        for call in 0.. {
            let faults = Faults::at(call, fault);
            let line = stage.line(&faults).await;
            line.post().await;
            posted += 1;
            line.until_told(posted).await;
            stage.audit(posted).await;
            if !faults.has_come() {
                assert!(call > 1, "the writer's and the batcher's message went wrong");
                break;
            }
        }
    }
}
