//! Fixes the amount of a payment.
