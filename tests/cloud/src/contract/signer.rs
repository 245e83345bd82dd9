//! The contract of [`Signer`].

use cloud::signer::Signer;

/// All of it, for a signer of this name.
pub async fn check(signer: &Signer, name: &str) {
    assert_eq!(signer.verifier().name(), name);
    let longest = vec![0xff; 64 << 10];
    for message in [&b""[..], b"ledger.example/europe-west1/1\n3\nroot=\n", &longest] {
        let signature = signer.sign(message).await.unwrap();
        assert_eq!(signature, signer.sign(message).await.unwrap(), "Ed25519 is deterministic");
        assert!(signer.verifier().public().verify_strict(message, &signature).is_ok());
        let other = [message, b"x"].concat();
        assert!(signer.verifier().public().verify_strict(&other, &signature).is_err());
    }
}
