//! The outsiders, as small servers that can misbehave on demand, so that our real clients run.

pub mod kakao;
pub mod ses;
pub mod toss;
