//! Guards: the first argument of every handler, and the only way to a caller.

use std::marker::PhantomData;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use maru_identity::{Caller, Credentials, Denied, Identity, Means, Permission, Permit};
use maru_table::Actor;

use crate::cookie::{self, CookieSession};
use crate::{Meta, Problem};

/// What a route demands, as the document tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// Nobody in particular.
    Public,
    /// Any signed-in person.
    SignedIn,
    /// Any signed-in person, and no API key of theirs.
    Oneself,
    /// Staff, or an API key, with this permission.
    Staff(Permission),
    /// The person the record belongs to, or staff or a key with this permission.
    SelfOrStaff(Permission),
    /// A refresh token, in the body or in the panel's cookie; or an access token.
    Refresh,
    /// Another system, which shows a secret it shares with us.
    Webhook,
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

/// Any signed-in person, and no API key of theirs: for what concerns the person and not their work.
#[derive(Debug, Clone)]
pub struct Oneself(pub Caller);

/// Staff, or an API key, with the permission `P`.
#[derive(Debug, Clone)]
pub struct Staff<P>(pub Caller, PhantomData<P>);

/// Anyone signed in; the service shows them their own, and everyone's to whom `P` permits it.
#[derive(Debug, Clone)]
pub struct MemberOrStaff<P>(pub Caller, PhantomData<P>);

/// Whoever holds a session: by the panel's cookie, by an access token, or by a refresh token in the body,
/// which the handler reads.
#[derive(Debug, Clone)]
pub struct Refresh {
    /// The call, still anonymous.
    pub actor: Actor,
    /// The cookie's session. Only with the header that another site's page cannot set.
    pub cookie: Option<CookieSession>,
    /// The access token's caller, if it counts.
    pub caller: Option<Caller>,
}

/// Another system that has shown its secret to `V`.
#[derive(Debug, Clone)]
pub struct Webhook<V> {
    /// The call, by that system.
    pub actor: Actor,
    verifier: PhantomData<V>,
}

/// Knows another system by what it shows.
pub trait Verifier: Send + Sync + Sized + 'static {
    /// The system's name in the trail.
    const NAME: &'static str;
    /// Whether these headers are its own; `None` where that cannot be known now.
    fn knows(&self, headers: &HeaderMap) -> impl Future<Output = Option<bool>> + Send;
}

impl Guard for Refresh {
    const SECURITY: Security = Security::Refresh;
}

impl<V> Guard for Webhook<V> {
    const SECURITY: Security = Security::Webhook;
}

impl Guard for Public {
    const SECURITY: Security = Security::Public;
}

impl Guard for Member {
    const SECURITY: Security = Security::SignedIn;
}

impl Guard for Oneself {
    const SECURITY: Security = Security::Oneself;
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

impl<S> FromRequestParts<S> for Oneself
where
    S: Send + Sync,
    Identity: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let caller = caller(parts, state).await?;
        match caller.means {
            Means::Session(_) => Ok(Self(caller)),
            Means::ApiKey(_) => Err(Problem::forbidden()),
        }
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
        let caller = caller(parts, state).await?;
        // A key reaches its owner's own records within its scopes, like everybody's.
        match &caller.means {
            Means::ApiKey(scopes) if !scopes.contains(&P::PERMISSION) => Err(Problem::forbidden()),
            Means::ApiKey(_) | Means::Session(_) => Ok(Self(caller, PhantomData)),
        }
    }
}

impl<S> FromRequestParts<S> for Refresh
where
    S: Send + Sync,
    Identity: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let shown = credentials(parts)?;
        let caller = match Identity::from_ref(state).authenticate(&shown).await {
            Ok(caller) => Some(caller),
            Err(Denied::Unknown) => None,
            Err(error @ Denied::Store(_)) => return Err(error.into()),
        };
        Ok(Self { actor: shown.actor, cookie: cookie::session(&parts.headers), caller })
    }
}

impl<S, V> FromRequestParts<S> for Webhook<V>
where
    S: Send + Sync,
    V: Verifier + FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let actor = meta(parts)?.actor();
        match V::from_ref(state).knows(&parts.headers).await {
            Some(true) => {
                let actor = Actor { id: format!("system:{}", V::NAME), ..actor };
                Ok(Self { actor, verifier: PhantomData })
            }
            Some(false) => Err(Problem::unauthorized()),
            None => Err(Problem::unavailable()),
        }
    }
}

async fn caller<S>(parts: &Parts, state: &S) -> Result<Caller, Problem>
where
    Identity: FromRef<S>,
{
    Ok(Identity::from_ref(state).authenticate(&credentials(parts)?).await?)
}

fn credentials(parts: &Parts) -> Result<Credentials, Problem> {
    let header = |name: &str| parts.headers.get(name).and_then(|v| v.to_str().ok());
    let bearer = header("authorization").and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
    });
    // Of two, the gateway may have looked at one and we at the other: neither counts.
    let doubled = parts.headers.get_all("authorization").iter().nth(1).is_some();
    let bearer = if doubled { Some(String::new()) } else { bearer };
    let api_key = header("x-api-key").map(|key| key.trim().to_owned());
    Ok(Credentials { bearer, api_key, actor: meta(parts)?.actor() })
}

/// The front puts it there; a router served without one is our bug.
fn meta(parts: &Parts) -> Result<&Meta, Problem> {
    parts.extensions.get::<Meta>().ok_or_else(Problem::internal)
}
