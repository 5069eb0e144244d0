//! What workers do about accounts.

mod eraser;
mod feedback;
mod letters;
mod rotator;

pub use eraser::{Erased, Eraser};
pub use feedback::Suppressions;
pub use letters::Letters;
pub use rotator::Rotator;
