//! Takes requests for a reset mail.
