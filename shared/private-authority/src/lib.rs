//! A timestamp authority (RFC 3161) of one's own: a root and a signer made with the `openssl` program, which then answers queries with
//! `openssl ts`. For development machines and tests: nobody else trusts it.

mod error;
mod openssl;
mod plan;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

pub use self::error::Error;
pub use self::openssl::is_installed;
pub use self::plan::{Key, Plan};

/// The policy under which it stamps unless asked for another.
pub const POLICY: &str = "1.2.3.4.1";
/// Another policy that it knows.
pub const OTHER_POLICY: &str = "1.2.3.4.2";

/// An authority whose keys lie in a folder.
#[derive(Debug)]
pub struct Authority {
    folder: PathBuf,
    /// Held while the program runs: it counts serial numbers in a file.
    running: Mutex<()>,
}

impl Authority {
    /// The authority in `folder`, made as planned where there is none.
    pub fn prepare(folder: &Path, plan: &Plan) -> Result<Self, Error> {
        let authority = Self { folder: folder.to_owned(), running: Mutex::new(()) };
        if !folder.join(COMPLETE).exists() {
            fs::create_dir_all(folder)?;
            authority.make(plan)?;
        }
        Ok(authority)
    }

    /// Its root certificate in PEM: what one trusts who trusts its timestamps.
    pub fn roots(&self) -> PathBuf {
        self.folder.join("root.pem")
    }

    /// The answer to a query, both in DER. A query that it does not like has an answer, too.
    pub fn reply(&self, query: &[u8]) -> Result<Vec<u8>, Error> {
        let _running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        fs::write(self.folder.join("query.tsq"), query)?;
        self.run(&["ts", "-reply", "-config", CONFIG, "-queryfile", "query.tsq", "-out", "reply.tsr"])?;
        Ok(fs::read(self.folder.join("reply.tsr"))?)
    }

    /// Runs the program in the authority's folder.
    pub fn run(&self, arguments: &[&str]) -> Result<(), Error> {
        openssl::run(&self.folder, arguments)
    }

    fn make(&self, plan: &Plan) -> Result<(), Error> {
        fs::write(self.folder.join(CONFIG), plan.config())?;
        let days = plan.days.to_string();
        let hash = format!("-{}", plan.hash);
        self.make_key("root.key", plan.key)?;
        self.run(&[
            "req",
            "-x509",
            "-key",
            "root.key",
            &hash,
            "-days",
            "3650",
            "-subj",
            "/O=Proveniq/CN=Private root",
            "-config",
            CONFIG,
            "-extensions",
            "root",
            "-out",
            "root.pem",
        ])?;
        self.make_key("signer.key", plan.key)?;
        self.run(&[
            "req",
            "-new",
            "-key",
            "signer.key",
            "-subj",
            plan.subject,
            "-config",
            CONFIG,
            "-out",
            "signer.csr",
        ])?;
        self.run(&[
            "x509",
            "-req",
            "-in",
            "signer.csr",
            &hash,
            "-CA",
            "root.pem",
            "-CAkey",
            "root.key",
            "-CAcreateserial",
            "-days",
            &days,
            "-extfile",
            CONFIG,
            "-extensions",
            "signer",
            "-out",
            "signer.pem",
        ])?;
        Ok(fs::write(self.folder.join(COMPLETE), "")?)
    }

    fn make_key(&self, name: &str, key: Key) -> Result<(), Error> {
        let mut arguments = vec!["genpkey", "-out", name];
        arguments.extend(key.arguments());
        self.run(&arguments)
    }
}

const CONFIG: &str = "authority.cnf";
/// Written last: a folder without it was left by a start that was cut short.
const COMPLETE: &str = "complete";
