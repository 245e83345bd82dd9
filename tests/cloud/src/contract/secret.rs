//! The contract of [`Secret`].

use cloud::secret::{Secret, SecretError};

/// A key's text, as it is kept.
pub const TEXT: &str = "0707070707070707070707070707070707070707070707070707070707070707\n";

/// Of one that holds [`TEXT`].
pub async fn check(secret: &Secret) {
    assert_eq!(secret.text().await.unwrap().as_str(), TEXT);
    assert_eq!(*secret.key().await.unwrap(), [7; 32]);
    assert!(!format!("{secret:?}").contains("0707"));
}

/// Of one that holds a text which is no key.
pub async fn check_malformed(secret: &Secret) {
    let error = secret.key().await.unwrap_err();
    assert!(matches!(error, SecretError::Malformed));
    let text = secret.text().await.unwrap();
    assert!(!error.to_string().contains(text.trim()), "an error never tells a secret");
}
