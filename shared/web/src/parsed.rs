//! Paths and queries as parsed values.

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// Path parameters. What does not parse names nothing, so it is 404 like any other unknown id.
#[derive(Clone, Copy, Debug)]
pub struct ParsedPath<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for ParsedPath<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(value)) => Ok(Self(value)),
            Err(PathRejection::FailedToDeserializePathParams(_)) => Err(Problem::not_found()),
            Err(error) => {
                tracing::error!(error = %error, "a route does not have the parameters that its handler takes");
                Err(Problem::internal())
            }
        }
    }
}

/// The query. `T` denies unknown fields, so that a misspelt filter is not silently ignored.
#[derive(Clone, Copy, Debug)]
pub struct ParsedQuery<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for ParsedQuery<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Query::from_request_parts(parts, state).await {
            Ok(Query(value)) => Ok(Self(value)),
            Err(error) => Err(Problem::invalid_query().with_detail(error.body_text())),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::http::Request;
    use axum::routing::get;
    use serde::Deserialize;
    use truth_kernel::id::EventId;

    use super::{ParsedPath, ParsedQuery};
    use crate::page::Limit;
    use crate::test_http::{ask, slug};

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Filter {
        limit: Option<Limit>,
    }

    fn router() -> Router {
        Router::new()
            .route("/events/{id}", get(async |ParsedPath(id): ParsedPath<EventId>| id.to_string()))
            .route("/events", get(async |ParsedQuery(Filter { limit })| limit.unwrap_or_default().to_string()))
    }

    #[tokio::test]
    async fn an_id_is_parsed_and_anything_else_is_not_found() {
        let id = EventId::from_parts(1, [1; 10]);
        let (_, body) = ask(&router(), Request::get(format!("/events/{id}")), "").await;
        assert_eq!(body, id.to_string());
        for other in ["1", "org_0193", "%2e%2e", "%ff"] {
            let (parts, body) = ask(&router(), Request::get(format!("/events/{other}")), "").await;
            assert_eq!((parts.status.as_u16(), slug(&body)), (404, "not-found"), "{other}");
        }
    }

    #[tokio::test]
    async fn a_query_is_parsed_and_a_misspelt_parameter_is_refused() {
        for (query, expected) in [("", 50), ("?limit=1", 1), ("?limit=500", 500)] {
            let (_, body) = ask(&router(), Request::get(format!("/events{query}")), "").await;
            assert_eq!(body, expected, "{query}");
        }
        for query in ["limit=0", "limit=501", "limit=x", "limit=", "limits=5", "limit=1&limit=2"] {
            let (parts, body) = ask(&router(), Request::get(format!("/events?{query}")), "").await;
            assert_eq!((parts.status.as_u16(), slug(&body)), (400, "invalid-query"), "{query}");
        }
    }
}
