//! The name of the endpoint that answers a request.

use std::collections::HashMap;
use std::sync::Arc;

use utoipa::openapi::OpenApi;
use utoipa::openapi::path::PathItem;

/// Endpoints by method and path, as the OpenAPI document has them. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Names(Arc<HashMap<(&'static str, String), String>>);

impl Names {
    pub(crate) fn of_document(document: &OpenApi) -> Self {
        let mut names = HashMap::new();
        for (path, item) in &document.paths.paths {
            names.extend(operations(item).map(|(method, name)| ((method, path.clone()), name)));
        }
        Self(Arc::new(names))
    }

    /// `post_event` for `POST` and `/api/v1/events`.
    pub(crate) fn of(&self, method: &'static str, path: &str) -> Option<&str> {
        // axum writes a parameter that spans segments `{*path}`; OpenAPI has no word for it.
        self.0.get(&(method, path.replace("{*", "{"))).map(String::as_str)
    }
}

fn operations(item: &PathItem) -> impl Iterator<Item = (&'static str, String)> {
    let slots = [
        ("GET", &item.get),
        ("HEAD", &item.head),
        ("POST", &item.post),
        ("PUT", &item.put),
        ("PATCH", &item.patch),
        ("DELETE", &item.delete),
    ];
    slots.into_iter().filter_map(|(method, slot)| Some((method, slot.as_ref()?.operation_id.clone()?)))
}
