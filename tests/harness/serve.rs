//! Serving a stack on a loopback port, with the local-only routes beside the API.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Result;
use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect};
use maru_kernel::ManualClock;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::local;
use crate::stack::{Options, Outsiders, Stack};

/// A stack that is served.
pub struct Served {
    /// `http://127.0.0.1:port`
    pub base_url: String,
    /// The stack.
    pub stack: Arc<Stack>,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<()>,
    worker: Option<JoinHandle<()>>,
}

impl Served {
    /// Serves a stack on `listener`; `work` runs its workers by themselves.
    pub async fn start(
        listener: TcpListener,
        options: Options,
        manual: Option<ManualClock>,
        work: bool,
    ) -> Result<Self> {
        let base_url = options.base_url.clone();
        let stack = Arc::new(Stack::start(options).await?);
        let app = app(&stack, manual);
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(async move {
            let service = app.into_make_service_with_connect_info::<SocketAddr>();
            let serving =
                axum::serve(listener, service).with_graceful_shutdown(async move { drop(stopped.await) });
            if let Err(error) = serving.await {
                tracing::error!(%error, "the server stopped");
            }
        });
        let worker = work.then(|| {
            let stack = Arc::clone(&stack);
            tokio::spawn(async move { stack.workers.work().await })
        });
        Ok(Self { base_url, stack, stop: Some(stop), server, worker })
    }

    /// Stops taking requests and ends the workers.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            let _gone_already = stop.send(());
        }
        // Requests under way may finish; a customer's page that hangs may not hold the stop.
        let _late = tokio::time::timeout(std::time::Duration::from_secs(2), &mut self.server).await;
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.server.abort();
        if let Some(worker) = &self.worker {
            worker.abort();
        }
    }
}

fn app(stack: &Arc<Stack>, manual: Option<ManualClock>) -> Router {
    let api = Arc::clone(stack);
    let fallback = move |ConnectInfo(from): ConnectInfo<SocketAddr>, request: Request| {
        let api = Arc::clone(&api);
        // A customer elsewhere: only here can somebody say where they call from.
        let said = request.headers().get("x-local-ip").and_then(|ip| ip.to_str().ok()).map(str::to_owned);
        async move { api.answer(request, Some(said.unwrap_or_else(|| from.ip().to_string()))).await }
    };
    let known = Arc::clone(stack);
    let complete = move |request: Request, next: Next| {
        let stack = Arc::clone(&known);
        async move {
            match local::complete_pay_link(&stack, request.uri()).await {
                Some(link) => Redirect::temporary(&link).into_response(),
                None => next.run(request).await,
            }
        }
    };
    outside(&stack.outsiders)
        .layer(axum::middleware::from_fn(complete))
        .merge(local::routes(stack, manual))
        .fallback(fallback)
}

/// The outsiders alone: what `--fakes-only` serves.
pub fn outside(outsiders: &Outsiders) -> Router {
    Router::new()
        .nest("/outside/toss", outsiders.toss.api())
        .nest("/outside/kauth", outsiders.kakao.auth())
        .nest("/outside/kapi", outsiders.kakao.api())
        .merge(outsiders.kakao.window())
        .merge(outsiders.ses.api("/outside/ses"))
        .merge(outsiders.toss.window())
        .merge(outsiders.ses.window())
}
