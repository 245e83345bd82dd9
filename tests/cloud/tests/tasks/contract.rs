//! What every task queue promises.

use std::time::Duration;

use cloud::clock::Clock;
use cloud::task_queue::{EnqueueError, Local, Task, TaskQueue};
use cloud::topic::{Drain, Pace};
use truth_kernel::time::Timestamp;

use super::fake::{Fake, TOKEN};
use super::receiver::Receiver;

pub fn task(name: &str, content: &str, in_millis: i64) -> Task {
    let not_before = Timestamp::from_millis(Clock::System.now().millis() + in_millis);
    Task { name: name.parse().unwrap(), data: content.into(), not_before }
}

async fn local(receiver: &Receiver) -> (TaskQueue, Drain) {
    let pace = Pace { first_pause: Duration::from_millis(5), ..Pace::default() };
    let (queue, drain) = Local::start(receiver.listen().await.parse().unwrap(), TOKEN, pace, &Clock::System);
    (TaskQueue::Local(queue), drain)
}

/// Runs a test of the contract against each implementation, with a receiver of its own.
async fn each(receiver: impl Fn() -> Receiver, test: impl AsyncFn(TaskQueue, Receiver)) {
    let one = receiver();
    let (queue, drain) = local(&one).await;
    test(queue, one).await;
    drain.drain(Duration::from_secs(5)).await;
    let other = receiver();
    let queue = Fake::default().queue(&other.listen().await).await;
    test(queue, other).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_arrives_in_the_envelope_of_a_push_with_its_name_and_a_token() {
    each(Receiver::default, async |queue, receiver| {
        queue.enqueue(&task("a-1_B", r#"{"id":1}"#, 0)).await.unwrap();
        let (envelope, authorization) = receiver.until(1).await.remove(0);
        assert_eq!(envelope["message"]["messageId"], "a-1_B");
        assert_eq!(envelope["message"]["data"], "eyJpZCI6MX0=");
        assert_eq!(authorization, format!("Bearer {TOKEN}"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_waits_or_was_taken_lately_is_the_same_task() {
    each(Receiver::default, async |queue, receiver| {
        for _ in 0..3 {
            queue.enqueue(&task("same", "first", 200)).await.unwrap();
        }
        assert_eq!(receiver.contents(1).await, ["first"]);
        queue.enqueue(&task("same", "first", 0)).await.unwrap();
        queue.enqueue(&task("other", "second", 0)).await.unwrap();
        assert_eq!(receiver.contents(2).await, ["first", "second"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_does_not_come_before_its_time() {
    each(Receiver::default, async |queue, receiver| {
        queue.enqueue(&task("late", "late", 700)).await.unwrap();
        queue.enqueue(&task("past", "past", -60_000)).await.unwrap();
        assert_eq!(receiver.contents(2).await, ["past", "late"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_is_refused_is_made_again() {
    each(
        || Receiver::answering(&[503, 429, 500, 204]),
        async |queue, receiver| {
            queue.enqueue(&task("stubborn", "x", 0)).await.unwrap();
            let got = receiver.until(4).await;
            assert!(got.iter().all(|(envelope, _)| envelope["message"] == got[0].0["message"]));
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_tasks_each_arrives_once() {
    each(Receiver::default, async |queue, receiver| {
        for number in 0..200 {
            queue.enqueue(&task(&format!("t-{number}"), &number.to_string(), 0)).await.unwrap();
        }
        let mut contents = receiver.contents(200).await;
        contents.sort_by_key(|content| content.parse::<u32>().unwrap());
        assert_eq!(contents, (0..200).map(|number| number.to_string()).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_local_queue_drops_what_waits_when_it_ends_and_takes_nothing_more() {
    let receiver = Receiver::default();
    let (queue, drain) = local(&receiver).await;
    queue.enqueue(&task("waits", "waits", 3_600_000)).await.unwrap();
    queue.enqueue(&task("now", "now", 0)).await.unwrap();
    assert_eq!(receiver.contents(1).await, ["now"]);
    drain.drain(Duration::from_secs(5)).await;
    let refused = queue.enqueue(&task("after", "after", 0)).await;
    assert!(matches!(refused, Err(EnqueueError::Closing)), "{refused:?}");
    assert_eq!(receiver.contents(1).await, ["now"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_local_queue_says_when_it_is_full() {
    let receiver = Receiver::default();
    let (queue, _drain) = local(&receiver).await;
    for number in 0..10_000 {
        queue.enqueue(&task(&format!("w-{number}"), "w", 3_600_000)).await.unwrap();
    }
    assert!(matches!(queue.enqueue(&task("one-more", "w", 0)).await, Err(EnqueueError::Full)));
    queue.enqueue(&task("w-1", "w", 0)).await.unwrap();
}
