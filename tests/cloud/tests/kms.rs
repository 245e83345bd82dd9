//! Keys: files and Cloud KMS keep the same contracts.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use cloud::aead::Key;
use cloud::google::Kms;
use cloud::key_file;
use cloud::key_wrapper::{Folder, KeyVersion, KeyWrapper, KmsWrapper, WrapError};
use cloud::random::Random;
use cloud::signer::{self, KmsSigner, LONGEST, Signer, SignerError};
use cloud_tests::contract::{key_wrapper, signer as signer_contract};
use cloud_tests::fake::Fault;
use cloud_tests::fake::kms::{FakeKms, RING, SEED};
use cloud_tests::folder::TestFolder;
use serde_json::{Value, json};
use truth_kernel::signature::SigningKey;

/// A change of an answer on its way.
type Tampering = Box<dyn FnOnce(&mut Value) + Send>;

const NAME: &str = "ledger.example/europe-west1/1";

async fn fetch(fake: &FakeKms) -> Result<KmsSigner, SignerError> {
    let key = format!("{RING}/cryptoKeys/log/cryptoKeyVersions/1").parse().unwrap();
    KmsSigner::fetch(Kms::new(fake.server.access()), key, NAME).await
}

async fn signer(fake: &FakeKms) -> Signer {
    Signer::Google(fetch(fake).await.unwrap())
}

fn wrapper(fake: &FakeKms) -> KeyWrapper {
    let key = format!("{RING}/cryptoKeys/wrapping").parse().unwrap();
    KeyWrapper::Google(KmsWrapper::new(Kms::new(fake.server.access()), key))
}

fn version(number: u32) -> KeyVersion {
    KeyVersion::new(number).unwrap()
}

#[tokio::test]
async fn a_key_file_keeps_the_contract_of_a_signer() {
    let folder = TestFolder::new();
    let path = folder.join("1.key");
    key_file::generate(&path, Random::system()).unwrap();
    signer_contract::check(&Signer::KeyFile(signer::from_file(&path, NAME).unwrap()), NAME).await;
}

#[tokio::test]
async fn cloud_kms_keeps_the_contract_of_a_signer() {
    let fake = FakeKms::start().await;
    let signer = signer(&fake).await;
    assert_eq!(signer.verifier().public(), &SigningKey::from_seed(&SEED).public());
    signer_contract::check(&signer, NAME).await;
}

#[tokio::test]
async fn a_folder_keeps_the_contract_of_a_key_wrapper() {
    let root = TestFolder::new();
    key_wrapper::check(&KeyWrapper::Folder(Folder::open(&root, Random::system()).unwrap())).await;
}

#[tokio::test]
async fn cloud_kms_keeps_the_contract_of_a_key_wrapper() {
    let fake = FakeKms::start().await;
    key_wrapper::check(&wrapper(&fake)).await;
    assert_eq!(fake.states(), [(1, "DESTROY_SCHEDULED"), (2, "DESTROY_SCHEDULED"), (3, "ENABLED")]);
}

#[tokio::test]
async fn a_public_key_that_is_not_what_it_should_be_is_refused() {
    let fake = FakeKms::start().await;
    let tamperings: [fn(&mut Value); 5] = [
        |answer| answer["pemCrc32c"] = json!("1"),
        |answer| answer["pemCrc32c"] = Value::Null,
        |answer| answer["pem"] = json!("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n"),
        |answer| answer["name"] = json!(format!("{RING}/cryptoKeys/log/cryptoKeyVersions/2")),
        |answer| answer["algorithm"] = json!(12),
    ];
    for (number, tampering) in tamperings.into_iter().enumerate() {
        fake.tamper(tampering);
        assert!(matches!(fetch(&fake).await, Err(SignerError::Answer(_))), "tampering {number}");
    }
    fake.change_algorithm(12);
    assert!(matches!(fetch(&fake).await, Err(SignerError::Answer(_))));
}

#[tokio::test]
async fn a_signature_that_is_not_what_it_should_be_is_refused() {
    let fake = FakeKms::start().await;
    let signer = signer(&fake).await;
    let other = SigningKey::from_seed(&[1; 32]).sign(b"message");
    let (text, checksum) = (truth_kernel::encoding::base64(&other), cloud_tests::fake::crc32c(&other).to_string());
    let tamperings: [Tampering; 6] = [
        Box::new(|answer| answer["signatureCrc32c"] = json!("1")),
        Box::new(|answer| answer["signatureCrc32c"] = Value::Null),
        Box::new(|answer| answer["verifiedDataCrc32c"] = json!(false)),
        Box::new(|answer| answer["name"] = json!(format!("{RING}/cryptoKeys/other/cryptoKeyVersions/1"))),
        Box::new(|answer| answer["signature"] = json!("AAAA")),
        Box::new(move |answer| {
            answer["signature"] = json!(text);
            answer["signatureCrc32c"] = json!(checksum);
        }),
    ];
    for (number, tampering) in tamperings.into_iter().enumerate() {
        fake.tamper(tampering);
        assert!(matches!(signer.sign(b"message").await, Err(SignerError::Answer(_))), "tampering {number}");
    }
    signer.sign(b"message").await.unwrap();
}

#[tokio::test]
async fn a_message_that_cloud_kms_would_refuse_is_not_sent() {
    let fake = FakeKms::start().await;
    let signer = signer(&fake).await;
    let refused = signer.sign(&vec![0; LONGEST + 1]).await;
    assert!(matches!(refused, Err(SignerError::TooLong(_))));
    assert_eq!(fake.server.faults.calls().len(), 1, "only the public key was asked for");
}

#[tokio::test]
async fn a_wrapped_key_that_is_not_what_it_should_be_is_refused() {
    let fake = FakeKms::start().await;
    let keys = wrapper(&fake);
    let (first, key) = (keys.create_version().await.unwrap(), Key::generate(Random::system()));
    let tamperings: [fn(&mut Value); 5] = [
        |answer| answer["ciphertextCrc32c"] = json!("1"),
        |answer| answer["ciphertextCrc32c"] = Value::Null,
        |answer| answer["verifiedPlaintextCrc32c"] = json!(false),
        |answer| answer["verifiedAdditionalAuthenticatedDataCrc32c"] = json!(false),
        |answer| answer["name"] = json!(format!("{RING}/cryptoKeys/wrapping/cryptoKeyVersions/2")),
    ];
    for (number, tampering) in tamperings.into_iter().enumerate() {
        fake.tamper(tampering);
        assert!(matches!(keys.wrap(first, b"a", &key).await, Err(WrapError::Io(_))), "tampering {number}");
    }
    let wrapped = keys.wrap(first, b"a", &key).await.unwrap();
    fake.tamper(|answer| answer["plaintextCrc32c"] = json!("1"));
    assert!(matches!(keys.unwrap(first, b"a", &wrapped).await, Err(WrapError::Io(_))));
    fake.tamper(|answer| {
        answer["plaintext"] = json!("AAAA");
        answer["plaintextCrc32c"] = json!(cloud_tests::fake::crc32c(&[0; 3]).to_string());
    });
    assert!(matches!(keys.unwrap(first, b"a", &wrapped).await, Err(WrapError::DoesNotOpen(_))));
    assert_eq!(keys.unwrap(first, b"a", &wrapped).await.unwrap().as_bytes(), key.as_bytes());
}

#[tokio::test]
async fn a_new_version_is_waited_for() {
    let fake = FakeKms::start().await;
    fake.be_slow(2);
    let made = wrapper(&fake).create_version().await.unwrap();
    assert_eq!((made, fake.states()), (version(1), vec![(1, "ENABLED")]));
}

#[tokio::test]
async fn calls_that_may_be_repeated_are() {
    for fault in [Fault::Refuse(503), Fault::FailAfter, Fault::Hang, Fault::HangAfter] {
        let fake = FakeKms::start().await;
        fake.server.faults.next(&[fault]);
        let signer = signer(&fake).await;
        fake.server.faults.next(&[fault]);
        signer.sign(b"message").await.unwrap();
        let (keys, key) = (wrapper(&fake), Key::generate(Random::system()));
        let (first, second) = (keys.create_version().await.unwrap(), keys.create_version().await.unwrap());
        fake.server.faults.next(&[fault]);
        let wrapped = keys.wrap(first, b"", &key).await.unwrap();
        fake.server.faults.next(&[fault]);
        keys.unwrap(first, b"", &wrapped).await.unwrap();
        // Looking at the version, listing, destroying, listing again: each goes wrong in turn.
        let calls = fake.server.faults.calls().len();
        for call in [0, 2, 4, 6] {
            fake.server.faults.at(calls + call, fault);
        }
        keys.destroy(second).await.unwrap();
        assert_eq!(fake.states(), [(1, "ENABLED"), (2, "DESTROY_SCHEDULED")], "{fault:?}");
    }
}

#[tokio::test]
async fn a_version_that_was_made_and_not_heard_of_is_not_made_twice() {
    for fault in [Fault::FailAfter, Fault::HangAfter] {
        let fake = FakeKms::start().await;
        fake.server.faults.next(&[fault]);
        assert!(matches!(wrapper(&fake).create_version().await, Err(WrapError::Io(_))), "{fault:?}");
        assert_eq!(fake.states(), [(1, "ENABLED")]);
        assert_eq!(wrapper(&fake).create_version().await.unwrap(), version(2));
    }
}

#[tokio::test]
async fn two_who_destroy_the_last_two_versions_leave_one() {
    let fake = FakeKms::start().await;
    let keys = wrapper(&fake);
    for _ in 0..2 {
        keys.create_version().await.unwrap();
    }
    // The other one destroys version 1 after this one has seen it alive: while its own destruction is under way.
    let calls = fake.server.faults.calls().len();
    fake.server.faults.at(calls + 2, Fault::Hang);
    let destroying = tokio::spawn({
        let keys = keys.clone();
        async move { keys.destroy(version(2)).await }
    });
    while fake.server.faults.calls().len() < calls + 3 {
        tokio::task::yield_now().await;
    }
    fake.destroy(1);
    assert!(matches!(destroying.await.unwrap(), Err(WrapError::LastVersion(_))));
    assert_eq!(fake.states(), [(1, "DESTROY_SCHEDULED"), (2, "ENABLED")]);
    keys.wrap(version(2), b"", &Key::generate(Random::system())).await.unwrap();
}
