//! The tests of the whole, through HTTP, as people and machines use it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
#![allow(clippy::wildcard_imports, reason = "parts of one subject share its helpers")]
#![allow(clippy::print_stdout, reason = "races tell their figures")]

mod accounts;
mod availability;
mod blobs;
mod bookings;
mod calendars;
mod contract;
mod departures;
mod desk;
mod edge;
mod faults;
mod garbage;
mod journeys;
mod kakao;
mod letters;
mod payments;
mod races;
mod reservations;
mod rooms;
mod simulation;
mod staff;
mod tours;
mod trail;
mod waitlist;
