//! Turns audit records into mail.
