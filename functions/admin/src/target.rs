//! For which organization a caller acts.

use axum::extract::FromRequestParts;
use truth_kernel::classification::Mode;
use truth_kernel::id::OrgId;
use web::caller::{Authorized, Caller, Door};
use web::problem::Problem;
use web::scope::Permission;

/// The organization that is meant: the caller's own, or any for an operator. Somebody else's is as if it did not exist.
pub fn target(caller: &Caller, wanted: Option<OrgId>) -> Result<OrgId, Problem> {
    match wanted {
        Some(org) if org != caller.org && !caller.operator => Err(Problem::not_found()),
        wanted => Ok(wanted.unwrap_or(caller.org)),
    }
}

/// Whether a caller may make or revoke keys of a mode: what a test key may do ends where live data begins.
pub fn may_manage_keys(caller: &Caller, mode: Mode) -> Result<(), Problem> {
    if !caller.operator && caller.mode == Mode::Test && mode == Mode::Live {
        return Err(Problem::forbidden().with_rule("a test key makes and revokes only test keys"));
    }
    Ok(())
}

/// An operator with this permission. A handler that asks for it cannot be reached by an organization's own key.
#[derive(Debug)]
pub struct Operator<P>(std::marker::PhantomData<fn() -> P>);

impl<P: Permission, S: Send + Sync> FromRequestParts<S> for Operator<P>
where
    Door: axum::extract::FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut axum::http::request::Parts, state: &S) -> Result<Self, Problem> {
        let Authorized { caller, .. } = Authorized::<P>::from_request_parts(parts, state).await?;
        if caller.operator {
            Ok(Self(std::marker::PhantomData))
        } else {
            Err(Problem::forbidden().with_rule("only a key of the region's system organization is an operator's"))
        }
    }
}
