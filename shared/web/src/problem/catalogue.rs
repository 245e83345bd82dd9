//! Every type of problem that the API knows, listed once.

use axum::http::StatusCode;

use super::{Kind, Problem};

macro_rules! catalogue {
    ($($name:ident = $status:ident, $slug:literal, $title:literal;)+) => {
        impl Problem {
            $(
                #[doc = concat!("`", $slug, "`: ", $title, ".")]
                pub fn $name() -> Self {
                    static KIND: &Kind = &Kind { slug: $slug, title: $title, status: StatusCode::$status };
                    Self::of(KIND)
                }
            )+
        }

        /// Constructors of all types of problems, in the order of their statuses.
        pub const CATALOGUE: &[fn() -> Problem] = &[$(Problem::$name,)+];
    };
}

catalogue! {
    bad_request            = BAD_REQUEST,            "bad-request",            "The request cannot be understood";
    invalid_cursor         = BAD_REQUEST,            "invalid-cursor",         "The cursor is not one of this list";
    invalid_idempotency_key = BAD_REQUEST,           "invalid-idempotency-key", "The idempotency key is not 1 to 255 visible ASCII characters";
    invalid_push           = BAD_REQUEST,            "invalid-push",           "The push envelope is broken";
    invalid_query          = BAD_REQUEST,            "invalid-query",          "A query parameter is unknown or has no valid value";
    malformed_json         = BAD_REQUEST,            "malformed-json",         "The body is not JSON that can be kept unchanged";
    key_expired            = UNAUTHORIZED,           "key-expired",            "The API key has expired";
    key_revoked            = UNAUTHORIZED,           "key-revoked",            "The API key was revoked";
    key_unknown            = UNAUTHORIZED,           "key-unknown",            "The API key is not known";
    unauthenticated        = UNAUTHORIZED,           "unauthenticated",        "Who are you?";
    forbidden              = FORBIDDEN,              "forbidden",              "The caller may not do this";
    not_found              = NOT_FOUND,              "not-found",              "There is nothing here for the caller";
    method_not_allowed     = METHOD_NOT_ALLOWED,     "method-not-allowed",     "The resource does not have this method";
    conflict               = CONFLICT,               "conflict",               "The request does not fit the present state";
    payload_too_large      = PAYLOAD_TOO_LARGE,      "payload-too-large",      "The body is larger than this endpoint takes";
    unsupported_encoding   = UNSUPPORTED_MEDIA_TYPE, "unsupported-encoding",   "The body must not be compressed";
    unsupported_media_type = UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "The body must be application/json in UTF-8";
    wrong_region           = MISDIRECTED_REQUEST,    "wrong-region",           "This organization lives in another region";
    idempotency_key_reused = UNPROCESSABLE_ENTITY,   "idempotency-key-reused", "The idempotency key was used for another request";
    invalid_event          = UNPROCESSABLE_ENTITY,   "invalid-event",          "The event has missing, unknown or invalid members";
    invalid_request        = UNPROCESSABLE_ENTITY,   "invalid-request",        "The body has missing, unknown or invalid members";
    payload_does_not_fit   = UNPROCESSABLE_ENTITY,   "payload-does-not-fit",   "The payload does not fit the schema of its event type";
    unknown_event_type     = UNPROCESSABLE_ENTITY,   "unknown-event-type",     "The event type is not registered";
    too_many_requests      = TOO_MANY_REQUESTS,      "too-many-requests",      "Too many requests";
    internal               = INTERNAL_SERVER_ERROR,  "internal",               "Something went wrong on our side";
    outcome_unknown        = SERVICE_UNAVAILABLE,    "outcome-unknown",        "Nobody knows yet whether the event was written";
    unavailable            = SERVICE_UNAVAILABLE,    "unavailable",            "The service cannot answer now: try again";
}

impl Problem {
    /// The problem for a status that some library answered with, without knowing of problems.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => Self::unauthenticated(),
            StatusCode::FORBIDDEN => Self::forbidden(),
            StatusCode::NOT_FOUND => Self::not_found(),
            StatusCode::METHOD_NOT_ALLOWED => Self::method_not_allowed(),
            StatusCode::CONFLICT => Self::conflict(),
            StatusCode::PAYLOAD_TOO_LARGE => Self::payload_too_large(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::unsupported_media_type(),
            StatusCode::UNPROCESSABLE_ENTITY => Self::invalid_request(),
            StatusCode::TOO_MANY_REQUESTS => Self::too_many_requests(),
            StatusCode::SERVICE_UNAVAILABLE => Self::unavailable().with_retry_after(1),
            status if status.is_server_error() => Self::internal(),
            _ => Self::bad_request(),
        }
    }
}
