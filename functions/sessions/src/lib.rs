//! Refreshes, lists and ends sessions.
