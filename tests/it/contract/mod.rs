//! The contract: code, template, document and events say the same.

mod arrows;
mod document;
mod events;
mod rights;
mod template;
