//! An authority in a folder of the test's own.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use private_authority::{Authority, Plan};
use timestamp::{Demands, PolicyId, Request, Roots, Timestamp, Token, TokenError, token_of_response};

/// What the tests have stamped.
pub const STAMPED: &[u8] = b"ledger.example/us-east1/1\n7\nAAAA\n";
pub const NONCE: u64 = 0xfedc_ba98_7654_3210;

pub struct Fixture {
    pub authority: Authority,
    pub folder: PathBuf,
}

impl Fixture {
    /// None where the program is missing, which the test has then said.
    pub fn new(test: &str, plan: &Plan) -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        if !private_authority::is_installed() {
            private_postgres::skip(test, "openssl");
            return None;
        }
        let name = format!("proveniq-timestamp-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        Some(Self { authority: Authority::prepare(&folder, plan).unwrap(), folder })
    }

    pub fn roots(&self) -> Roots {
        Roots::from_pem(&fs::read(self.authority.roots()).unwrap()).unwrap()
    }

    /// A token for [`STAMPED`] under [`NONCE`].
    pub fn token(&self) -> Token {
        self.token_under(None)
    }

    pub fn token_under(&self, policy: Option<&str>) -> Token {
        let policy = policy.map(|policy| policy.parse::<PolicyId>().unwrap());
        let query = Request::new(STAMPED, NONCE, policy).unwrap().to_der().unwrap();
        token_of_response(&self.authority.reply(&query).unwrap()).unwrap()
    }

    /// As whoever asked does.
    pub fn verify(&self, token: &Token) -> Result<Timestamp, TokenError> {
        token.verify(STAMPED, &Demands { nonce: Some(NONCE), policy: None }, &self.roots())
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The `TSTInfo` of a token, signed anew by `signer.pem` with these further arguments of `openssl cms -sign`.
    pub fn sign_again(&self, token: &Token, more: &[&str]) -> Token {
        fs::write(self.file("info.der"), content(token)).unwrap();
        let mut arguments = vec!["cms", "-sign", "-in", "info.der", "-binary", "-nodetach", "-outform", "DER"];
        arguments.extend(["-signer", "signer.pem", "-inkey", "signer.key", "-md", "sha256", "-out", "again.der"]);
        arguments.extend(more);
        self.authority.run(&arguments).unwrap();
        Token::from_der(fs::read(self.file("again.der")).unwrap())
    }
}

/// The `TSTInfo` in a token: it begins with version 1 and the policy.
fn content(token: &Token) -> Vec<u8> {
    let bytes = token.as_der();
    let inner = find(bytes, b"\x02\x01\x01\x06\x04\x2a\x03\x04\x01").unwrap();
    // A sequence of up to 127 bytes, or of 128 to 255.
    let start = if bytes[inner - 2] == 0x30 { inner - 2 } else { inner - 3 };
    assert_eq!(bytes[start], 0x30);
    bytes[start..inner + usize::from(bytes[inner - 1])].to_vec()
}

/// Where the bytes begin.
pub fn find(within: &[u8], bytes: &[u8]) -> Option<usize> {
    within.windows(bytes.len()).position(|window| window == bytes)
}

impl Drop for Fixture {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(Path::new(&self.folder));
    }
}
