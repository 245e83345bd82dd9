//! The OpenAPI document of the endpoints that are served.

use utoipa::openapi::OpenApi;
use utoipa::openapi::path::{Operation, PathItem};

/// Whether the document has an operation of this id at this path.
pub(super) fn describes(document: &OpenApi, name: &str, path: &str) -> bool {
    // axum writes a parameter that spans segments `{*path}`; OpenAPI has no word for it.
    let item = document.paths.paths.get(&path.replace("{*", "{")).cloned();
    item.is_some_and(|mut item| operations(&mut item).into_iter().any(|slot| is_one_of(slot.as_ref(), &[name])))
}

/// The document with the operations of these ids only.
pub(super) fn only(mut document: OpenApi, names: &[&str]) -> OpenApi {
    document.paths.paths.retain(|_, item| {
        let mut slots = operations(item);
        for slot in &mut slots {
            slot.take_if(|operation| !is_one_of(Some(operation), names));
        }
        slots.iter().any(|slot| slot.is_some())
    });
    document
}

fn operations(item: &mut PathItem) -> [&mut Option<Operation>; 6] {
    [&mut item.get, &mut item.head, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete]
}

fn is_one_of(operation: Option<&Operation>, names: &[&str]) -> bool {
    let id = operation.and_then(|operation| operation.operation_id.as_deref());
    id.is_some_and(|id| names.contains(&id))
}
