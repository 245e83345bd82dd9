//! The events that AWS makes of a request.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// Who passes a request on.
#[derive(Clone, Copy, Debug)]
pub enum Front {
    /// API Gateway HTTP API, payload version 2.0, with the stage `$default`.
    HttpApi,
    /// The same with a stage that is part of the path.
    StagedHttpApi,
    /// API Gateway REST API, payload version 1.0, with the stage `prod`.
    RestApi,
    /// Application Load Balancer.
    LoadBalancer,
}

pub const FRONTS: [Front; 4] = [Front::HttpApi, Front::StagedHttpApi, Front::RestApi, Front::LoadBalancer];

/// A request on its way.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub query: &'a str,
    pub headers: Vec<(&'a str, &'a str)>,
    pub body: Vec<u8>,
}

impl<'a> Asked<'a> {
    pub fn get(path: &'a str, key: &'a str) -> Self {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let headers = [("host", "ledger.example"), ("x-api-key", key)];
        let headers = headers.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        Self { method: "GET", path, query, headers, body: Vec::new() }
    }

    pub fn post(path: &'a str, key: &'a str, body: impl Into<Vec<u8>>) -> Self {
        let mut asked = Self::get(path, key);
        asked.headers.push(("content-type", "application/json"));
        Self { method: "POST", body: body.into(), ..asked }
    }

    pub fn with(mut self, name: &'a str, value: &'a str) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The event; the body is in base64, as whatever is not known to be text.
    pub fn event(&self, front: Front) -> Value {
        let encoded = (!self.body.is_empty()).then(|| STANDARD.encode(&self.body));
        let mut event = match front {
            Front::HttpApi => self.http_api("$default", self.path),
            Front::StagedHttpApi => self.http_api("prod", &format!("/prod{}", self.path)),
            Front::RestApi => self.rest_api(),
            Front::LoadBalancer => self.load_balancer(),
        };
        event["isBase64Encoded"] = encoded.is_some().into();
        event["body"] = encoded.into();
        event
    }

    fn http_api(&self, stage: &str, path: &str) -> Value {
        let http = json!({"method": self.method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"});
        json!({
            "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": self.query,
            "headers": map(&self.headers()),
            "requestContext": {
                "accountId": "1", "apiId": "a", "domainName": "a.execute-api.eu-west-1.amazonaws.com", "http": http,
                "requestId": "r", "routeKey": "$default", "stage": stage, "timeEpoch": 1_583_348_638_390_u64,
            },
        })
    }

    /// Its query parameters are decoded.
    fn rest_api(&self) -> Value {
        let (headers, queries) = (self.headers(), self.queries().into_iter().map(decoded).collect::<Vec<_>>());
        let context = json!({
            "accountId": "1", "apiId": "a", "stage": "prod", "path": format!("/prod{}", self.path),
            "protocol": "HTTP/1.1", "httpMethod": self.method, "resourcePath": "/{proxy+}", "requestId": "r",
            "identity": {"sourceIp": "192.0.2.1"},
        });
        json!({
            "resource": "/{proxy+}", "path": self.path, "httpMethod": self.method, "requestContext": context,
            "headers": map(&headers), "multiValueHeaders": lists(&headers),
            "queryStringParameters": map(&queries), "multiValueQueryStringParameters": lists(&queries),
            "pathParameters": {"proxy": &self.path[1..]}, "stageVariables": null,
        })
    }

    /// Its query parameters are as the client wrote them.
    fn load_balancer(&self) -> Value {
        let arn = "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/t/1";
        json!({
            "requestContext": {"elb": {"targetGroupArn": arn}}, "httpMethod": self.method, "path": self.path,
            "queryStringParameters": map(&self.queries()), "headers": map(&self.headers()),
        })
    }

    fn queries(&self) -> Vec<(String, String)> {
        let pairs = self.query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    fn headers(&self) -> Vec<(String, String)> {
        self.headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }
}

fn map(pairs: &[(String, String)]) -> Value {
    pairs.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect::<Map<_, _>>().into()
}

fn lists(pairs: &[(String, String)]) -> Value {
    pairs.iter().map(|(name, value)| (name.clone(), json!([value]))).collect::<Map<_, _>>().into()
}

/// The value without its percent signs.
fn decoded((name, value): (String, String)) -> (String, String) {
    let mut parts = value.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
        bytes.extend(&part.as_bytes()[2..]);
    }
    (name, String::from_utf8(bytes).unwrap())
}
