//! Names into addresses.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

/// Where addresses of names come from.
#[derive(Clone)]
pub enum Resolver {
    /// The system's name service.
    System,
    /// A function: for tests of what a name service may answer.
    Function(Arc<Resolve>),
}

/// The addresses of a name.
pub type Resolve = dyn Fn(&str) -> Vec<IpAddr> + Send + Sync;

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::System => "System",
            Self::Function(_) => "Function",
        })
    }
}

impl Resolver {
    /// The addresses of a name, none if there is none or nobody can tell.
    pub(super) async fn resolve(&self, name: &str) -> Vec<IpAddr> {
        match self {
            Self::System => {
                let found = tokio::net::lookup_host((name, 0)).await;
                found.map(|found| found.map(|address| address.ip()).collect()).unwrap_or_default()
            }
            Self::Function(resolve) => resolve(name),
        }
    }
}
