//! Settles payments left open.
