//! Mounting: the one way a handler gets a route.

use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::Method;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, on};

use crate::{Doc, Guard, Security};

/// The argument list of a handler whose first argument is a guard.
pub trait GuardFirst {
    /// What that guard demands.
    const SECURITY: Security;
}

macro_rules! guard_first {
    ($($rest:ident),*) => {
        impl<M, G: Guard, $($rest),*> GuardFirst for (M, G, $($rest,)*) {
            const SECURITY: Security = G::SECURITY;
        }
    };
}

guard_first!();
guard_first!(A1);
guard_first!(A1, A2);
guard_first!(A1, A2, A3);
guard_first!(A1, A2, A3, A4);

/// A mounted operation.
#[derive(Debug, Clone)]
pub struct Operation {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) security: Security,
    pub(crate) doc: Doc,
}

impl Operation {
    /// Its method, its path, and what it demands.
    pub fn route(&self) -> (&Method, &'static str, Security) {
        (&self.method, self.path, self.security)
    }
}

/// The pattern a request matched, for the log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pattern(pub &'static str);

/// Routes over the state `S`.
///
/// A handler that does not begin with a guard does not compile here:
///
/// ```compile_fail
/// use maru_web::{Answer, Api, Doc, StatusCode, Texts};
/// async fn open_to_all(query: Texts) -> Answer {
///     Answer::plain(StatusCode::OK, &query.get("x"))
/// }
/// let api: Api<()> = Api::new().get("/secrets", Doc::new("s", "", ""), open_to_all);
/// ```
pub struct Api<S> {
    router: Router<S>,
    operations: Vec<Operation>,
}

impl<S: Clone + Send + Sync + 'static> Default for Api<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Clone + Send + Sync + 'static> Api<S> {
    /// No routes yet.
    pub fn new() -> Self {
        Self { router: Router::new(), operations: Vec::new() }
    }

    /// Mounts a GET.
    #[must_use]
    pub fn get<H, T>(self, path: &'static str, doc: Doc, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: GuardFirst + 'static,
    {
        self.mount(Method::GET, MethodFilter::GET, path, doc, handler)
    }

    /// Mounts a POST.
    #[must_use]
    pub fn post<H, T>(self, path: &'static str, doc: Doc, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: GuardFirst + 'static,
    {
        self.mount(Method::POST, MethodFilter::POST, path, doc, handler)
    }

    /// Mounts a PUT.
    #[must_use]
    pub fn put<H, T>(self, path: &'static str, doc: Doc, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: GuardFirst + 'static,
    {
        self.mount(Method::PUT, MethodFilter::PUT, path, doc, handler)
    }

    /// Mounts a PATCH.
    #[must_use]
    pub fn patch<H, T>(self, path: &'static str, doc: Doc, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: GuardFirst + 'static,
    {
        self.mount(Method::PATCH, MethodFilter::PATCH, path, doc, handler)
    }

    /// Mounts a DELETE.
    #[must_use]
    pub fn delete<H, T>(self, path: &'static str, doc: Doc, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: GuardFirst + 'static,
    {
        self.mount(Method::DELETE, MethodFilter::DELETE, path, doc, handler)
    }

    fn mount<H, T>(
        mut self,
        method: Method,
        filter: MethodFilter,
        path: &'static str,
        doc: Doc,
        handler: H,
    ) -> Self
    where
        H: Handler<T, S>,
        T: GuardFirst + 'static,
    {
        let marked = handler.layer(axum::middleware::map_response(move |response: Response| async move {
            let mut response = response;
            response.extensions_mut().insert(Pattern(path));
            response
        }));
        self.router = self.router.route(path, on(filter, marked));
        self.operations.push(Operation { method, path, security: T::SECURITY, doc });
        self
    }

    /// The routes with their state.
    pub fn with_state(self, state: S) -> Mounted {
        Mounted { router: self.router.with_state(state), operations: self.operations }
    }
}

/// Routes ready to be served.
#[derive(Default)]
pub struct Mounted {
    router: Router,
    operations: Vec<Operation>,
}

impl Mounted {
    /// These routes and `other`'s.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.operations.extend(other.operations);
        self
    }

    /// What is mounted.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// The router with our own 404 and 405 outermost. Feature routers carry no fallback.
    pub(crate) fn into_router(self) -> Router {
        self.router.fallback(no_route).method_not_allowed_fallback(no_method)
    }
}

async fn no_route(_: Request) -> Response {
    let said = ("그런 주소는 없습니다.", "There is nothing at this address.");
    crate::Problem::new(axum::http::StatusCode::NOT_FOUND, "no_such_route", said.0, said.1).into_response()
}

async fn no_method(_: Request) -> Response {
    let said = ("이 주소에서는 쓸 수 없는 메서드입니다.", "This address does not take that method.");
    crate::Problem::new(axum::http::StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", said.0, said.1)
        .into_response()
}
