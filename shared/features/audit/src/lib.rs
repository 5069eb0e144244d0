//! The trail as an outbox: every committed change is told to people once, or reported.
//!
//! The trail itself is written by `maru-table` inside every change. Here lies what reads its stream:
//! a letter per event, marked before it is sent so that a repeated, doubled or reordered event sends
//! nothing twice. Which event deserves which letter is the business of the feature that made it.

mod outbox;

pub use maru_table::AuditRecord;
pub use outbox::{DELIVERIES, Delivered, OUTBOX_GRANTS, Outbox};
