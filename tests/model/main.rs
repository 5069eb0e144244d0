//! An exhaustive model of the booking gate: every order in which a few people, two workers and a
//! clerk can read, commit, crash, lose a reply, arrive late and see holds lapse. `right` checks the
//! design in every reachable state; `wrong` builds one mistake at a time into it and demands that
//! the checker finds it. `cargo test --test model -- --nocapture` prints states and traces.
//!
//! What stands for what: `store` is `DynamoDB` (items, versions, one conditional transaction);
//! `gate` says which conditions each write carries; `decide` is the read and the pure rule;
//! `people` and `workers` are processes, of which one step is what happens between two awaits;
//! `world` puts them together with the clock and the provider; `properties` are the promises.
//!
//! Where the model is wider than the code, which makes its verdict stronger:
//! - A process may stop for ever, crash, or commit on a read of any age. A lost transaction may
//!   arrive at any later time, or never (one per person; another one waits for its end).
//! - A hold may lapse at any moment after it was written. One scenario lets every reader's clock
//!   show what it likes.
//! - Numbers in a day's list are reused at once. An owner may pay a hold that has lapsed as long as
//!   nobody has evicted it. The provider may take any time to decide, and decide either way.
//!
//! Where it makes many states one without losing a violation:
//! - Versions, locks and fences count as "as it is now" or "overwritten" (`World::renumber`).
//! - A write that can never be accepted again is refused at once, except in the scenario that lets
//!   it arrive (`Scenario::refused_late`): a refusal changes nothing in the store.
//! - A crash leaves the request key and nothing else, so it leads to where the request begins.
//! - One read sees all items of one moment. Only the attempt record is read apart from the day; for
//!   the others a torn read carries an overwritten version and is refused.
//!
//! Beside it stand smaller models, for rules that the large one would grow too large with. They
//! share one frame, `race`: a few hands that read, and commit at any later time or never, so that a
//! retry, a crash and a late arrival are all some hand's doing. `room` covers `rush` days (one item
//! per slot), swaps, no-shows, closures, the waiting line and the limit of bookings per person,
//! `seats` for tours. Each keeps its mistakes with it. There a booking is held or firm, and what the
//! payments do in between is the large model's business; a slot carries its booking itself. `money`
//! follows the money of one booking: amounts, a ledger, virtual accounts, refunds, and a provider with
//! a truth of its own. It says of progress, too, that the checker, left alone, closes everything.
//!
//! Left out: the limit of 16 tries and its 503, the most actions that a transaction takes, who may
//! do what, and but for money progress: nothing says that anybody is ever served, only that it is
//! possible. Moves, restores and series are seen beside neither line nor limit nor closure; nobody leaves the
//! line but by an offer or at his limit; a party keeps its number of seats. The provider refuses a
//! call that comes after its session's end. States are told apart by a 64-bit hash, as stateright
//! does.
#![allow(
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::struct_excessive_bools,
    clippy::wildcard_enum_match_arm,
    reason = "a test of small fixed arrays that prints what it found"
)]

mod decide;
mod gate;
mod money;
mod people;
mod properties;
mod race;
mod right;
mod room;
mod scenario;
mod seats;
mod show;
mod store;
mod workers;
mod world;
mod wrong;
