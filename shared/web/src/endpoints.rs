//! A function's endpoints by name, of which an instance serves all or those that `ROUTES` names.

mod document;
#[cfg(feature = "otlp")]
mod names;

use std::fmt;

use axum::Router;
use axum::routing::MethodRouter;
use utoipa::openapi::OpenApi;

#[cfg(feature = "otlp")]
pub(crate) use self::names::Names;
use crate::config::{Mistakes, Routes};

/// A function's endpoints and the document that describes them.
pub struct Endpoints<S> {
    document: OpenApi,
    list: Vec<Endpoint<S>>,
}

/// One endpoint: its name is the file's, the handler's and the operation's.
struct Endpoint<S> {
    name: &'static str,
    path: &'static str,
    methods: MethodRouter<S>,
}

/// What an instance serves: routes and the document of exactly these.
#[derive(Clone)]
pub struct Service {
    pub(crate) router: Router,
    pub(crate) document: OpenApi,
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.document.paths.paths.keys()).finish()
    }
}

impl<S> fmt::Debug for Endpoints<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.list.iter().map(|endpoint| (endpoint.name, endpoint.path))).finish()
    }
}

impl<S: Clone + Send + Sync + 'static> Endpoints<S> {
    /// The endpoints of a function with this OpenAPI document; an operation's id is its endpoint's name.
    pub fn new(document: OpenApi) -> Self {
        Self { document, list: Vec::new() }
    }

    /// Adds an endpoint: `add("post_event", "/api/v1/events", post(post_event))`.
    #[must_use]
    pub fn add(mut self, name: &'static str, path: &'static str, methods: MethodRouter<S>) -> Self {
        self.list.push(Endpoint { name, path, methods });
        self
    }

    /// Names and paths of all endpoints, for the route table in the function's README.
    pub fn table(&self) -> Vec<(&'static str, &'static str)> {
        self.list.iter().map(|endpoint| (endpoint.name, endpoint.path)).collect()
    }

    /// The endpoints that `routes` names. An unknown name is a mistake, and so is an endpoint that the
    /// document does not describe.
    pub fn select(self, routes: &Routes, state: S) -> Result<Service, Mistakes> {
        let mut mistakes = self.unknown(routes);
        let (mut chosen, mut names) = (Router::new(), Vec::new());
        for Endpoint { name, path, methods } in self.list {
            if !document::describes(&self.document, name, path) {
                mistakes.add(format!("the OpenAPI document has no operation {name} at {path}"));
            }
            if routes.includes(name) {
                chosen = chosen.route(path, methods);
                names.push(name);
            }
        }
        let document = document::only(self.document, &names);
        mistakes.or(Service { router: chosen.with_state(state), document })
    }

    fn unknown(&self, routes: &Routes) -> Mistakes {
        let mut mistakes = Mistakes::default();
        let Routes::Only(names) = routes else {
            return mistakes;
        };
        for name in names.iter().filter(|name| self.list.iter().all(|endpoint| endpoint.name != **name)) {
            let known: Vec<_> = self.list.iter().map(|endpoint| endpoint.name).collect();
            mistakes.add(format!("ROUTES: there is no endpoint {name:?} here, only {}", known.join(", ")));
        }
        mistakes
    }
}

impl Routes {
    fn includes(&self, endpoint: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.iter().any(|name| name == endpoint),
        }
    }
}

impl Service {
    /// Both services as one: for a process that hosts several functions.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        let router = self.router.merge(other.router);
        Self { router, document: self.document.merge_from(other.document) }
    }

    /// The OpenAPI document of what is served.
    pub fn document(&self) -> &OpenApi {
        &self.document
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use axum::http::Request;
    use axum::routing::{get, post};
    use utoipa::OpenApi;

    use super::{Endpoints, Routes, Service};
    use crate::test_http::ask;

    #[utoipa::path(post, path = "/events", responses((status = 200)))]
    async fn post_event() -> &'static str {
        "posted"
    }

    #[utoipa::path(get, path = "/events", responses((status = 200)))]
    async fn list_events() -> &'static str {
        "listed"
    }

    #[utoipa::path(get, path = "/tiles/{path}", params(("path" = String, Path)), responses((status = 200)))]
    async fn get_tile() -> &'static str {
        "tile"
    }

    #[derive(OpenApi)]
    #[openapi(paths(post_event, list_events, get_tile))]
    struct Document;

    fn endpoints() -> Endpoints<()> {
        Endpoints::new(Document::openapi())
            .add("post_event", "/events", post(post_event))
            .add("list_events", "/events", get(list_events))
            .add("get_tile", "/tiles/{*path}", get(get_tile))
    }

    fn only(routes: &str) -> Result<Service, String> {
        let routes = routes.parse::<Routes>().unwrap();
        endpoints().select(&routes, ()).map_err(|mistakes| mistakes.to_string())
    }

    async fn statuses(service: &Service) -> [u16; 3] {
        let ask = async |request| ask(&service.router, request, "").await.0.status.as_u16();
        let tile = ask(Request::get("/tiles/0/000")).await;
        [ask(Request::post("/events")).await, ask(Request::get("/events")).await, tile]
    }

    fn operations(service: &Service) -> Vec<String> {
        let document = serde_json::to_value(service.document()).unwrap();
        let items = document["paths"].as_object().unwrap().values();
        let operations = items.flat_map(|item| item.as_object().unwrap().values());
        let mut ids: Vec<_> = operations.map(|item| item["operationId"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    }

    #[tokio::test]
    async fn without_a_choice_all_endpoints_are_served() {
        let service = endpoints().select(&Routes::All, ()).unwrap();
        assert_eq!(statuses(&service).await, [200, 200, 200]);
        assert_eq!(operations(&service), ["get_tile", "list_events", "post_event"]);
    }

    #[tokio::test]
    async fn only_the_chosen_endpoints_are_served_and_described() {
        let service = only("post_event").unwrap();
        assert_eq!(statuses(&service).await, [200, 405, 404]);
        assert_eq!(operations(&service), ["post_event"]);
        let service = only("list_events, get_tile").unwrap();
        assert_eq!(statuses(&service).await, [405, 200, 200]);
        let both = only("list_events").unwrap().merge(only("post_event").unwrap());
        assert_eq!(statuses(&both).await, [200, 200, 404]);
        assert_eq!(operations(&both), ["list_events", "post_event"]);
    }

    #[test]
    fn unknown_names_are_refused_all_at_once() {
        insta::assert_snapshot!(only("post_event,post_evnt,,all").unwrap_err(), @r#"
        cannot start:
          - ROUTES: there is no endpoint "post_evnt" here, only post_event, list_events, get_tile
          - ROUTES: there is no endpoint "" here, only post_event, list_events, get_tile
          - ROUTES: there is no endpoint "all" here, only post_event, list_events, get_tile
        "#);
    }

    #[test]
    fn an_endpoint_that_is_not_documented_is_refused() {
        let undocumented = endpoints().add("secret", "/secret", get(async || "")).select(&Routes::All, ());
        assert!(undocumented.unwrap_err().to_string().contains("no operation secret at /secret"));
        let misplaced = Endpoints::<()>::new(Document::openapi()).add("post_event", "/event", post(post_event));
        assert!(misplaced.select(&Routes::All, ()).is_err());
    }
}
