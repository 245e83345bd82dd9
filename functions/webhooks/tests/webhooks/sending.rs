//! Sending: names whose addresses are not what they were, and encryption.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{CertificateParams, CertifiedIssuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{RootCertStore, ServerConfig};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use webhooks::destination::{Policy, Refusal, Unreachable};
use webhooks::sender::{Failure, Notification, Resolver, Sender};

use super::fixture::{ENDPOINTS, Fixture, router};
use super::receiver::Receiver;

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const PUBLIC: IpAddr = IpAddr::V4(Ipv4Addr::new(8, 8, 8, 8));
const METADATA: IpAddr = IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254));

fn notification() -> Notification {
    Notification { id: "whd_1".to_owned(), timestamp: 1, signature: "v1,x".to_owned(), body: b"{}".to_vec() }
}

/// A name service that gives these answers, one after the other, the last for ever.
fn answers(answers: &[&[IpAddr]]) -> (Resolver, Arc<AtomicUsize>) {
    let answers: Vec<Vec<IpAddr>> = answers.iter().map(|answer| answer.to_vec()).collect();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let resolve = move |_: &str| {
        let index = count.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
        answers[index].clone()
    };
    (Resolver::Function(Arc::new(resolve)), asked)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_with_one_forbidden_address_is_not_sent_to() {
    for (addresses, refusal) in [
        (&[&[LOOPBACK][..]][..], Refusal::Unreachable(Unreachable::Loopback)),
        (&[&[PUBLIC, LOOPBACK][..]][..], Refusal::Unreachable(Unreachable::Loopback)),
        (&[&[PUBLIC, METADATA][..]][..], Refusal::Unreachable(Unreachable::LinkLocal)),
        (&[&[][..]][..], Refusal::Unresolved),
    ] {
        let sender = Sender::new(Policy::PublicOnly).resolving_by(answers(addresses).0);
        let url = "https://hooks.example.com/";
        assert_eq!(sender.check(url).await, Err(refusal));
        assert_eq!(sender.send(url, notification()).await, Err(Failure::Refused(refusal)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_systems_own_names_of_this_machine_are_found_out() {
    let sender = Sender::new(Policy::PublicAndLoopback);
    assert_eq!(sender.check("http://localhost:1/").await, Ok(()));
    let sender = Sender::new(Policy::PublicOnly);
    assert_eq!(sender.check("https://localhost:1/").await, Err(Refusal::PrivateName));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_changes_after_registration_is_found_out_when_sending() {
    let mut fixture = Fixture::with_schedule("3600").await;
    let (resolver, _) = answers(&[&[PUBLIC], &[METADATA]]);
    fixture.state.sender = Sender::new(Policy::PublicOnly).resolving_by(resolver);
    fixture.restart_queue().await;
    assert_eq!(fixture.post(ENDPOINTS, &json!({ "url": "https://hooks.example.com/" })).await.status, 201);
    fixture.publish(1).await;
    fixture.nudge().await;
    for _ in 0..500 {
        let log = fixture.deliveries().await;
        if log[0]["last_error"] == "forbidden-address" {
            return assert_eq!(log[0]["status"], "pending");
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("{:?}", fixture.deliveries().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_name_is_asked_for_once_and_the_checked_address_is_the_one_connected_to() {
    let receiver = Receiver::default();
    let (url, roots) = encrypted(&receiver, "hooks.example.com").await;
    let (resolver, asked) = answers(&[&[LOOPBACK], &[METADATA]]);
    let sender = Sender::new(Policy::PublicAndLoopback).resolving_by(resolver).trusting(roots);
    assert_eq!(sender.send(&url, notification()).await, Ok(204));
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    let told = receiver.got().remove(0);
    assert_eq!((told.header("webhook-id"), told.header("host")), ("whd_1".to_owned(), authority(&url)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_another_name_or_authority_is_not_trusted() {
    let receiver = Receiver::default();
    let (url, roots) = encrypted(&receiver, "other.example.com").await;
    let sender = || Sender::new(Policy::PublicAndLoopback).resolving_by(answers(&[&[LOOPBACK]]).0);
    let url = url.replace("other.", "hooks.");
    assert_eq!(sender().trusting(roots).send(&url, notification()).await, Err(Failure::Tls));
    assert_eq!(sender().send(&url, notification()).await, Err(Failure::Tls));
    let plain = receiver.listen().await.replace("http://", "https://");
    assert_eq!(sender().send(&plain, notification()).await, Err(Failure::Tls), "nor none at all");
    assert!(receiver.got().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_router_of_a_region_that_is_not_local_takes_no_loopback_url() {
    let mut fixture = Fixture::new().await;
    fixture.state.sender = Sender::new(Policy::PublicOnly);
    fixture.router = router(fixture.state.clone());
    let receiver = Receiver::default();
    let answer = fixture.post(ENDPOINTS, &json!({ "url": receiver.listen().await })).await;
    assert_eq!(answer.problem(), (422, "invalid-request".to_owned()));
    assert!(answer.text().contains("loopback"), "{}", answer.text());
}

fn authority(url: &str) -> String {
    url.trim_start_matches("https://").split('/').next().unwrap().to_owned()
}

/// The receiver behind TLS, with a certificate for a name from an authority of the test's own: its URL by that name, and the authority.
async fn encrypted(receiver: &Receiver, name: &str) -> (String, RootCertStore) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(authority.der().clone()).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let config = config.with_single_cert(vec![certificate.der().clone()], key).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{name}:{}/hooks", listener.local_addr().unwrap().port());
    let (acceptor, router) = (TlsAcceptor::from(Arc::new(config)), receiver.router());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, router) = (acceptor.clone(), router.clone());
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let service = hyper_util::service::TowerToHyperService::new(router);
                let stream = hyper_util::rt::TokioIo::new(stream);
                // A client that hangs up is no failure of the test.
                let _ = hyper::server::conn::http1::Builder::new().serve_connection(stream, service).await;
            });
        }
    });
    (url, roots)
}
