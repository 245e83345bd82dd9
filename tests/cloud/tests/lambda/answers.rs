//! What a front makes of an answer.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cloud_tests::runtime_api::Outcome;
use serde_json::{Map, Value};

use crate::events::Front;

/// What the client gets in the end.
#[derive(Debug)]
pub struct Answered {
    pub status: u64,
    pub headers: Value,
    pub body: Vec<u8>,
    pub is_base64: bool,
}

impl Answered {
    pub fn of(front: Front, outcome: Outcome) -> Self {
        let Outcome::Response(answer) = outcome else { panic!("{front:?}: {outcome:?}") };
        let text = answer["body"].as_str().unwrap_or_default();
        let is_base64 = answer["isBase64Encoded"].as_bool().unwrap();
        let body = if is_base64 { STANDARD.decode(text).unwrap() } else { text.into() };
        let single = |list: &Value| list[0].clone();
        let headers = match front {
            Front::RestApi => {
                let lists = answer["multiValueHeaders"].as_object().unwrap();
                lists.iter().map(|(name, list)| (name.clone(), single(list))).collect::<Map<_, _>>().into()
            }
            _ => answer["headers"].clone(),
        };
        Self { status: answer["statusCode"].as_u64().unwrap(), headers, body, is_base64 }
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Status and last segment of the type of a problem document.
    pub fn problem(&self) -> (u64, String) {
        assert_eq!(self.headers["content-type"], "application/problem+json", "{self:?}");
        assert!(self.headers.get("connection").is_none(), "there is no connection: {self:?}");
        let kind = self.json()["type"].as_str().unwrap().to_owned();
        (self.status, kind.rsplit('/').next().unwrap().to_owned())
    }
}
