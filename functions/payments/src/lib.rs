//! Reads payments.
