//! Takes sign-ups.
