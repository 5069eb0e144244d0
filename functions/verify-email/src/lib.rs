//! Turns a sign-up into a person; mails the link again.
