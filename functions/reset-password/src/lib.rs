//! Sets a new password by a mailed link.
