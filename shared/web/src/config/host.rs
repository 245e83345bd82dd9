//! What hands requests to a function's process.

use std::str::FromStr;

use axum::http::Uri;
use thiserror::Error;

use super::Environment;

/// Where requests come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// From connections: Cloud Run, or any machine.
    Network,
    /// From AWS Lambda, one invocation at a time.
    #[cfg(feature = "lambda")]
    Lambda,
}

/// `AWS_LAMBDA_RUNTIME_API`: host and port of the Runtime API, which may begin with `http://` and may have a path.
struct RuntimeApi;

/// A text that is no address of a Runtime API.
#[derive(Clone, Copy, Debug, Error)]
#[error("not of the form <host>:<port>")]
struct NotARuntimeApi;

impl FromStr for RuntimeApi {
    type Err = NotARuntimeApi;

    fn from_str(text: &str) -> Result<Self, NotARuntimeApi> {
        let uri: Uri = text.parse().map_err(|_| NotARuntimeApi)?;
        uri.authority().map(|_| Self).ok_or(NotARuntimeApi)
    }
}

impl Host {
    /// Lambda where `AWS_LAMBDA_RUNTIME_API` is set, and then everything that its runtime needs must be there.
    pub(super) fn read(environment: &mut Environment) -> Option<Self> {
        if environment.text("AWS_LAMBDA_RUNTIME_API").is_none() {
            return Some(Self::Network);
        }
        environment.required::<RuntimeApi>("AWS_LAMBDA_RUNTIME_API").and(Self::lambda(environment))
    }

    /// The runtime's library ends the process where one of these is missing; here it is a mistake like any other.
    #[cfg(feature = "lambda")]
    fn lambda(environment: &mut Environment) -> Option<Self> {
        let name = environment.required::<String>("AWS_LAMBDA_FUNCTION_NAME");
        let version = environment.required::<String>("AWS_LAMBDA_FUNCTION_VERSION");
        let memory = environment.required::<i32>("AWS_LAMBDA_FUNCTION_MEMORY_SIZE");
        name.and(version).and(memory).map(|_| Self::Lambda)
    }

    #[cfg(not(feature = "lambda"))]
    fn lambda(environment: &mut Environment) -> Option<Self> {
        let mistake = "AWS_LAMBDA_RUNTIME_API is set, but this program was built without the feature `lambda`";
        environment.take(Err(mistake.to_owned().into()))
    }

    /// The variable that says where requests come from.
    pub(crate) const fn variable(self) -> &'static str {
        match self {
            Self::Network => "PORT",
            #[cfg(feature = "lambda")]
            Self::Lambda => "AWS_LAMBDA_RUNTIME_API",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Environment, Host};

    fn read<const N: usize>(variables: [(&str, &str); N]) -> Result<Host, String> {
        let mut environment = Environment::from(variables);
        let host = Host::read(&mut environment);
        environment.finish(|| host).map_err(|mistakes| mistakes.to_string())
    }

    #[test]
    fn without_a_runtime_api_requests_come_from_the_network() {
        assert_eq!(read([]), Ok(Host::Network));
        assert_eq!(read([("AWS_LAMBDA_RUNTIME_API", ""), ("AWS_LAMBDA_FUNCTION_NAME", "query")]), Ok(Host::Network));
    }

    #[cfg(feature = "lambda")]
    #[test]
    fn with_a_runtime_api_they_come_from_lambda_and_what_is_missing_is_told() {
        let set = |api| {
            read([
                ("AWS_LAMBDA_RUNTIME_API", api),
                ("AWS_LAMBDA_FUNCTION_NAME", "query"),
                ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
                ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
            ])
        };
        for api in ["127.0.0.1:9001", "http://127.0.0.1:9001/.rt"] {
            assert_eq!(set(api), Ok(Host::Lambda), "{api}");
        }
        let mistake = "cannot start:\n  - AWS_LAMBDA_RUNTIME_API: not of the form <host>:<port>";
        assert_eq!(set("/runtime"), Err(mistake.to_owned()));
        let mistakes = read([("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001"), ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "big")]);
        insta::assert_snapshot!(mistakes.err().unwrap_or_default(), @r"
        cannot start:
          - AWS_LAMBDA_FUNCTION_NAME is not set
          - AWS_LAMBDA_FUNCTION_VERSION is not set
          - AWS_LAMBDA_FUNCTION_MEMORY_SIZE: invalid digit found in string
        ");
    }

    #[cfg(not(feature = "lambda"))]
    #[test]
    fn a_program_without_lambda_refuses_to_start_under_it() {
        let mistake = "cannot start:\n  - AWS_LAMBDA_RUNTIME_API is set, but this program was built without the \
                       feature `lambda`";
        assert_eq!(read([("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001")]), Err(mistake.to_owned()));
    }
}
