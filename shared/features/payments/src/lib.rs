//! Payments: money in is money recorded.
