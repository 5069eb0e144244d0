//! The harness: every function assembled once, over embedded engines and fakes of the outsiders.
//!
//! `cargo local` serves it on a port; tests act through it as people do, over HTTP. What runs here is
//! the code that runs in Lambda from the gateway's event on; what differs is handed in: engines for AWS,
//! fakes for strangers, and a clock.

pub mod app;
pub mod contract;
pub mod engines;
pub mod fakes;
pub mod faults;
pub mod functions;
pub mod gateway;
pub mod history;
pub mod inprocess;
pub mod local;
pub mod people;
pub mod serve;
pub mod stack;
pub mod trace;
pub mod workers;
