//! Signed URLs, held against the description of their form (Cloud Storage, "V4 signing process with your own program").
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use cloud::bucket::{BucketAddress, CloudStorage, Lifetime, SignedMethod, SignedUrl};
use cloud::google::Access;
use cloud::google::endpoints::Service;
use cloud_tests::contract::bucket::path;
use google_cloud_auth::signer::{Result, SigningProvider};
use truth_kernel::encoding::hex;

const KEY: &str = "projects/ledger-eu/locations/europe-west1/keyRings/ledger/cryptoKeys/bucket";
const HOST: &str = "storage.europe-west1.rep.googleapis.com";

/// One who signs nothing and remembers what was to be signed.
#[derive(Clone, Debug, Default)]
struct Notary(Arc<Mutex<Vec<u8>>>);

impl SigningProvider for Notary {
    async fn client_email(&self) -> Result<String> {
        Ok("documents@ledger-eu.iam.gserviceaccount.com".to_owned())
    }

    async fn sign(&self, content: &[u8]) -> Result<bytes::Bytes> {
        *self.0.lock().unwrap() = content.to_vec();
        Ok(bytes::Bytes::from_static(b"signature"))
    }
}

/// A URL, and the text that was signed for it.
async fn signed(method: SignedMethod) -> (SignedUrl, String) {
    let Ok(BucketAddress::CloudStorage(name)) = "gs://ledger-eu".parse() else { panic!("not a bucket") };
    let notary = Notary::default();
    let access = Access::new(Service::Storage, &"europe-west1".parse().unwrap(), None);
    let bucket = CloudStorage::with_signer(name, Some(KEY.parse().unwrap()), access, notary.clone().into());
    let lifetime = Lifetime::new(Duration::from_mins(15)).unwrap();
    let url = bucket.signed_url(&path("documents/a-1.pdf"), method, lifetime).await.unwrap();
    let text = String::from_utf8(notary.0.lock().unwrap().clone()).unwrap();
    (url, text)
}

/// The text to sign, put together from the URL alone.
fn text_of(method: &str, url: &SignedUrl) -> String {
    let (location, query) = url.url.split_once('?').unwrap();
    let (query, signature) = query.split_once("&X-Goog-Signature=").unwrap();
    assert_eq!(signature, hex(b"signature"));
    let location = location.strip_prefix("https://").unwrap().strip_prefix(HOST).unwrap();
    let mut headers = url.headers.clone();
    headers.push(("host".to_owned(), HOST.to_owned()));
    headers.sort();
    let lines: Vec<_> = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let names: Vec<_> = headers.iter().map(|(name, _)| name.as_str()).collect();
    let request = [method, location, query, &lines.concat(), &names.join(";"), "UNSIGNED-PAYLOAD"].join("\n");
    let value = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).unwrap();
    let (time, credential) = (value("X-Goog-Date"), value("X-Goog-Credential").replace("%2F", "/"));
    let scope = credential.split_once('/').unwrap().1;
    format!("GOOG4-RSA-SHA256\n{time}\n{scope}\n{}", hex(truth_kernel::hash::sha256(&[request.as_bytes()]).as_bytes()))
}

#[tokio::test]
async fn a_url_to_read_leads_to_the_region_and_ends() {
    let (url, text) = signed(SignedMethod::Get).await;
    assert!(url.url.starts_with(&format!("https://{HOST}/ledger-eu/documents/a-1.pdf?")), "{}", url.url);
    assert!(url.url.contains("&X-Goog-Expires=900&"), "{}", url.url);
    assert_eq!(url.headers, []);
    assert_eq!(text, text_of("GET", &url));
}

#[tokio::test]
async fn a_url_to_write_makes_an_object_under_the_key_and_replaces_none() {
    let (url, text) = signed(SignedMethod::Put).await;
    let headers = [("x-goog-if-generation-match", "0"), ("x-goog-encryption-kms-key-name", KEY)];
    assert_eq!(url.headers, headers.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(text, text_of("PUT", &url));
}
