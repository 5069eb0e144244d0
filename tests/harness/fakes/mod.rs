//! The outsiders, as small servers that can misbehave on demand, so that our real clients run.

mod keep;
mod page;

pub mod kakao;
pub mod ses;
pub mod toss;
