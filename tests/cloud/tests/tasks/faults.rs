//! Cloud Tasks fails, before or after it has stored the task.

use cloud::task_queue::EnqueueError;

use super::contract::task;
use super::fake::{Fake, Fault};
use super::receiver::Receiver;

#[tokio::test(flavor = "multi_thread")]
async fn after_a_failure_the_task_is_there_once() {
    for fault in [Fault::Before(503), Fault::After(503), Fault::Silence] {
        let (fake, receiver) = (Fake::default(), Receiver::default());
        let queue = fake.queue(&receiver.listen().await).await;
        fake.fail(&[fault]);
        queue.enqueue(&task("a", "a", 0)).await.unwrap();
        assert_eq!((fake.requests(), fake.tasks()), (2, 1), "{fault:?}");
        queue.enqueue(&task("b", "b", 0)).await.unwrap();
        let mut contents = receiver.contents(2).await;
        contents.sort();
        assert_eq!(contents, ["a", "b"], "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_stays_away_is_given_up_and_told() {
    let (fake, receiver) = (Fake::default(), Receiver::default());
    let queue = fake.queue(&receiver.listen().await).await;
    fake.fail(&[Fault::Before(503); 4]);
    let refused = queue.enqueue(&task("a", "a", 0)).await;
    assert!(matches!(refused, Err(EnqueueError::Service(_))), "{refused:?}");
    assert_eq!((fake.requests(), fake.tasks()), (4, 0));
    queue.enqueue(&task("a", "a", 0)).await.unwrap();
    assert_eq!(receiver.contents(1).await, ["a"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_not_repeated() {
    let (fake, receiver) = (Fake::default(), Receiver::default());
    let queue = fake.queue(&receiver.listen().await).await;
    for status in [400, 403, 404] {
        fake.fail(&[Fault::Before(status)]);
        assert!(queue.enqueue(&task("a", "a", 0)).await.is_err(), "{status}");
        assert_eq!((fake.requests(), fake.tasks()), (1, 0), "{status}");
    }
}
