//! Bookings: create, read, list, cancel.
