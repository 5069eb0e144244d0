//! The store misbehaves: a request still happens exactly once, or not at all and says so.

mod cells;
mod deeds;
mod lasting;
mod lines;
mod passing;
mod traces;
mod unheard;

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use aws_sdk_dynamodb::types::Select;
use cells::*;
use deeds::*;
use futures::future::{join_all, try_join_all};
use harness::app::{App, Guest, Reply, Wish, wish_for};
use harness::fakes::toss::Behaviour;
use harness::faults::{Calls, Fault};
use harness::people::{PASSWORD, ROOM_A, ROOM_B};
use maru_payments::Checked;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::Instant;
use traces::*;

/// More than anybody tries.
const FOR_EVER: usize = 100_000;
/// The longest a request may take whose store never answers: a commit gives up within eight seconds.
const PATIENCE: Duration = Duration::from_secs(12);
/// What healthy feels like, on a busy machine.
const SOON: Duration = Duration::from_secs(3);
/// A wait of nothing: lets a call through.
const PASS: Fault = Fault::Delay(Duration::ZERO);
/// Every fault that ends by itself.
const FAULTS: [Fault; 6] = [
    Fault::Refuse,
    Fault::LoseReply,
    Fault::Throttle,
    Fault::ServerError,
    Fault::Conflict,
    Fault::Delay(Duration::from_millis(15)),
];
