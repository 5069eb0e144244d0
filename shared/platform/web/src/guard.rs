//! Guards: the first argument of every handler, and the only way to a caller.

use std::marker::PhantomData;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use maru_identity::{Caller, Credentials, Identity, Permission, Permit};
use maru_table::Actor;

use crate::{Meta, Problem};

/// What a route demands, as the document tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// Nobody in particular.
    Public,
    /// Any signed-in person.
    SignedIn,
    /// Staff, or an API key, with this permission.
    Staff(Permission),
    /// The person the record belongs to, or staff or a key with this permission.
    SelfOrStaff(Permission),
}

/// A first argument that a route may have.
pub trait Guard {
    /// What it demands.
    const SECURITY: Security;
}

/// Anyone may call. Must be written out.
#[derive(Debug, Clone)]
pub struct Public {
    /// The anonymous caller, for the trail.
    pub actor: Actor,
}

/// Any signed-in person.
#[derive(Debug, Clone)]
pub struct Member(pub Caller);

/// Staff, or an API key, with the permission `P`.
#[derive(Debug, Clone)]
pub struct Staff<P>(pub Caller, PhantomData<P>);

/// Anyone signed in; the service shows them their own, and everyone's to whom `P` permits it.
#[derive(Debug, Clone)]
pub struct MemberOrStaff<P>(pub Caller, PhantomData<P>);

impl Guard for Public {
    const SECURITY: Security = Security::Public;
}

impl Guard for Member {
    const SECURITY: Security = Security::SignedIn;
}

impl<P: Permit> Guard for Staff<P> {
    const SECURITY: Security = Security::Staff(P::PERMISSION);
}

impl<P: Permit> Guard for MemberOrStaff<P> {
    const SECURITY: Security = Security::SelfOrStaff(P::PERMISSION);
}

impl<S: Send + Sync> FromRequestParts<S> for Public {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self { actor: meta(parts)?.actor() })
    }
}

impl<S> FromRequestParts<S> for Member
where
    S: Send + Sync,
    Identity: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        caller(parts, state).await.map(Self)
    }
}

impl<S, P> FromRequestParts<S> for Staff<P>
where
    S: Send + Sync,
    P: Permit,
    Identity: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let caller = caller(parts, state).await?;
        if caller.may(P::PERMISSION) { Ok(Self(caller, PhantomData)) } else { Err(Problem::forbidden()) }
    }
}

impl<S, P> FromRequestParts<S> for MemberOrStaff<P>
where
    S: Send + Sync,
    P: Permit,
    Identity: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Ok(Self(caller(parts, state).await?, PhantomData))
    }
}

async fn caller<S>(parts: &Parts, state: &S) -> Result<Caller, Problem>
where
    Identity: FromRef<S>,
{
    let header = |name: &str| parts.headers.get(name).and_then(|v| v.to_str().ok());
    let bearer = header("authorization").and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
    });
    let api_key = header("x-api-key").map(|key| key.trim().to_owned());
    let shown = Credentials { bearer, api_key, actor: meta(parts)?.actor() };
    Ok(Identity::from_ref(state).authenticate(&shown).await?)
}

/// The front puts it there; a router served without one is our bug.
fn meta(parts: &Parts) -> Result<&Meta, Problem> {
    parts.extensions.get::<Meta>().ok_or_else(Problem::internal)
}
