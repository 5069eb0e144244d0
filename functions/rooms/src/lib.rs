//! Rooms and their free hours.
