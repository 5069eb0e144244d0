//! Confirms a payment with the provider.
