//! Checks a password and opens a session.
