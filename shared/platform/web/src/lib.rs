//! The edge: the only user of axum and `lambda_http`.
//!
//! A feature mounts handlers on an [`Api`]; a handler whose first argument is not a guard does not
//! compile there. What is mounted is what is documented: the OpenAPI operations come from the same call.
//! A function serves a [`Front`] over one or more features, in Lambda or on a laptop's port, with the
//! same code from the event on.
//!
//! Not here: what a route does, and who may see what of a record.

mod api;
mod cookie;
mod doc;
mod front;
mod guard;
mod input;
mod lambda;
mod logs;
mod openapi;
mod output;
mod problem;
mod request;
mod version;

pub use api::{Api, GuardFirst, Mounted};
pub use axum::extract::{FromRef, State};
pub use axum::http::{HeaderMap, Method, StatusCode};
pub use axum::response::{IntoResponse, Response};
pub use cookie::CookieSession;
pub use doc::Doc;
pub use front::Front;
pub use guard::{Guard, Member, MemberOrStaff, Oneself, Public, Refresh, Security, Staff, Verifier, Webhook};
pub use input::{Amount, Body, Form, MAX_BODY, MaybeBody, Raw, Repeat, Segment, Texts};
pub use lambda::{
    HTTP_VARS, Notice, NoticeEvent, NoticeRecord, Started, StreamEvent, StreamImage, StreamRecord, TickEvent,
    boot, serve, serve_events, serve_stream, serve_ticks,
};
pub use logs::{lines as log_lines, start as start_logs};
pub use openapi::document;
pub use output::{Answer, Calendar, Page, Pagination, SeeOther, instant};
pub use problem::Problem;
pub use request::{Lang, Meta};
pub use version::{IfMatch, Seen};
