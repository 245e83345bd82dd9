//! Cloud Tasks' `CreateTask` over HTTP, as its reference describes it (REST resource `v2.projects.locations.queues.tasks`): strict about
//! what it takes, and it makes the requests. It fails when told to, before or after it has stored the task.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use cloud::clock::Clock;
use cloud::google::endpoints::{GivenEndpoint, Service};
use cloud::google::{Access, Budget};
use cloud::task_queue::{GoogleQueue, QueueName, Target, TaskQueue};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use truth_kernel::encoding::decode_base64;
use truth_kernel::time::Timestamp;

pub const QUEUE: &str = "projects/a-project/locations/europe-west1/queues/webhooks";
pub const ACCOUNT: &str = "webhooks@a-project.iam.gserviceaccount.com";
/// What stands for the token that Google would sign for the account.
pub const TOKEN: &str = "a token of the test";

/// What goes wrong with one request.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// Nothing is stored, and this status is answered.
    Before(u16),
    /// The task is stored, and this status is answered.
    After(u16),
    /// The task is stored, and no answer comes.
    Silence,
    /// The task is stored and answered properly, and its request is never made.
    Lost,
}

#[derive(Clone)]
pub struct Fake(Arc<Inner>);

struct Inner {
    clock: Clock,
    faults: Mutex<VecDeque<Fault>>,
    tasks: Mutex<BTreeMap<String, Value>>,
    requests: Mutex<usize>,
}

impl Default for Fake {
    fn default() -> Self {
        Self::by(Clock::System)
    }
}

impl Fake {
    /// One that goes by this clock.
    pub fn by(clock: Clock) -> Self {
        let (faults, tasks, requests) = (Mutex::default(), Mutex::default(), Mutex::default());
        Self(Arc::new(Inner { clock, faults, tasks, requests }))
    }

    /// Starts to listen; a queue for this push URL.
    pub async fn queue(&self, target: &str) -> TaskQueue {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let path = "/v2/projects/{project}/locations/{location}/queues/{queue}/tasks";
        let router = Router::new().route(path, post(create_task)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let target = Target { url: target.to_owned(), service_account: ACCOUNT.to_owned() };
        let queue: QueueName = QUEUE.parse().unwrap();
        let endpoint: GivenEndpoint = endpoint.parse().unwrap();
        let budget = Budget { attempt: Duration::from_secs(1), attempts: 4, ..Budget::default() };
        let access = Access::new(Service::Tasks, queue.region(), Some(endpoint)).with_budget(budget);
        TaskQueue::Google(GoogleQueue::new(queue, target, access))
    }

    pub fn fail(&self, faults: &[Fault]) {
        self.0.faults.lock().unwrap().extend(faults);
    }

    pub fn tasks(&self) -> usize {
        self.0.tasks.lock().unwrap().len()
    }

    /// Requests since this was last asked.
    pub fn requests(&self) -> usize {
        std::mem::take(&mut *self.0.requests.lock().unwrap())
    }
}

async fn create_task(
    State(fake): State<Fake>,
    Path((project, location, queue)): Path<(String, String, String)>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    *fake.0.requests.lock().unwrap() += 1;
    assert!(headers.get("authorization").is_none(), "a fake is shown no credentials");
    let fault = fake.0.faults.lock().unwrap().pop_front();
    if let Some(Fault::Before(status)) = fault {
        return refusal(status);
    }
    let parent = format!("projects/{project}/locations/{location}/queues/{queue}");
    assert_eq!(parent, QUEUE);
    let task = match parse(&parent, &body) {
        Ok(task) => task,
        Err(why) => panic!("INVALID_ARGUMENT: {why}: {body}"),
    };
    let is_new = {
        let mut tasks = fake.0.tasks.lock().unwrap();
        let is_new = !tasks.contains_key(&task.name);
        tasks.entry(task.name.clone()).or_insert_with(|| body["task"].clone());
        is_new
    };
    if is_new && !matches!(fault, Some(Fault::Lost)) {
        tokio::spawn(dispatch(task.clone(), fake.0.clock.clone()));
    }
    match fault {
        Some(Fault::After(status)) => refusal(status),
        Some(Fault::Silence) => std::future::pending().await,
        _ if is_new => Json(json!({ "name": task.name, "view": "BASIC" })).into_response(),
        _ => refusal(409),
    }
}

fn refusal(status: u16) -> Response {
    let code = match status {
        400 => "INVALID_ARGUMENT",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        409 => "ALREADY_EXISTS",
        429 => "RESOURCE_EXHAUSTED",
        500 => "INTERNAL",
        503 => "UNAVAILABLE",
        other => panic!("a status without a code: {other}"),
    };
    let error = json!({ "error": { "code": status, "message": "as the test wants it", "status": code } });
    (StatusCode::from_u16(status).unwrap(), Json(error)).into_response()
}

#[derive(Clone)]
struct Wanted {
    name: String,
    url: String,
    body: Vec<u8>,
    due: Timestamp,
}

/// Exactly the members that we mean to send, each in the form of the reference.
fn parse(parent: &str, body: &Value) -> Result<Wanted, &'static str> {
    let members = |value: &Value, expected: &[&str]| {
        let mut names: Vec<_> = value.as_object().map(|object| object.keys().cloned().collect()).unwrap_or_default();
        names.sort();
        names == expected
    };
    let task = &body["task"];
    let http = &task["httpRequest"];
    if !members(body, &["task"]) || !members(task, &["dispatchDeadline", "httpRequest", "name", "scheduleTime"]) {
        return Err("members of the task");
    }
    if !members(http, &["body", "headers", "httpMethod", "oidcToken", "url"]) {
        return Err("members of the request");
    }
    let name = task["name"].as_str().ok_or("name")?;
    let id = name.strip_prefix(parent).and_then(|rest| rest.strip_prefix("/tasks/")).ok_or("the name's parent")?;
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if id.is_empty() || id.len() > 500 || !id.chars().all(fits) {
        return Err("the name");
    }
    // The client asks for numbers in place of names (`$alt=json;enum-encoding=int`); POST is 1.
    if http["httpMethod"] != 1 || http["headers"] != json!({ "Content-Type": "application/json" }) {
        return Err("method or headers");
    }
    let url = http["url"].as_str().ok_or("the URL")?;
    if http["oidcToken"] != json!({ "serviceAccountEmail": ACCOUNT, "audience": url }) {
        return Err("the OIDC token");
    }
    let deadline = task["dispatchDeadline"].as_str().and_then(|text| text.strip_suffix('s')?.parse::<f64>().ok());
    if !deadline.is_some_and(|seconds| (15.0..=1800.0).contains(&seconds)) {
        return Err("the deadline is 15 s to 30 min");
    }
    let due = Timestamp::parse_rfc3339(task["scheduleTime"].as_str().ok_or("a time")?).map_err(|_| "a time")?;
    let body = decode_base64(http["body"].as_str().ok_or("a body")?).map_err(|_| "a body in base64")?;
    Ok(Wanted { name: name.to_owned(), url: url.to_owned(), body, due })
}

/// Makes the request when it is due, and again while it is refused.
async fn dispatch(task: Wanted, clock: Clock) {
    let wait = task.due.millis() - clock.now().millis();
    tokio::time::sleep(Duration::from_millis(u64::try_from(wait).unwrap_or(0))).await;
    let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
    for _ in 0..20 {
        let request = Request::post(&task.url)
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {TOKEN}"))
            .body(Body::from(task.body.clone()))
            .unwrap();
        if client.request(request).await.is_ok_and(|answer| answer.status().is_success()) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
