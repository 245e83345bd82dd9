//! What every function's OpenAPI document has.

use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{OpenApi as Document, SecurityRequirement};

use crate::problem::ProblemDocument;

/// The open endpoints, which every process has, and the form of refusals.
#[derive(OpenApi)]
#[openapi(paths(super::open::health, super::open::ready, super::open::openapi), components(schemas(ProblemDocument)))]
struct Common;

/// Adds the open endpoints, the problem document, and the two ways to send an API key; unless an
/// operation says otherwise, it needs one of them.
pub(super) fn complete(document: Document) -> Document {
    let mut document = document.merge_from(Common::openapi());
    // Not the name of the function whose document it was: a process may serve several.
    document.info.title = "Proveniq Ledger".into();
    let components = document.components.get_or_insert_default();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("pk_…").build();
    let header = ApiKey::Header(ApiKeyValue::new("X-API-Key"));
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    components.add_security_scheme("api_key", SecurityScheme::ApiKey(header));
    let either = ["bearer", "api_key"].map(|name| SecurityRequirement::new(name, [""; 0]));
    document.security.get_or_insert_with(|| either.into());
    document
}
