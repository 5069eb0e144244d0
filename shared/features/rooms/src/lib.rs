//! Rooms that can be booked by the hour.
