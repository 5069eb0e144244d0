//! The build script of every function, and of the hello they are compared with.
#![allow(clippy::print_stdout, reason = "how a build script talks to cargo")]
#![allow(clippy::disallowed_methods, reason = "how cargo talks to a build script")]

use std::env;

/// Links functions to fixed addresses. A position-independent one has some 17,000 pointers in its data
/// (vtables, above all) that the loader corrects one by one at each start, and thereby copies 65 pages:
/// a tenth of a cold start. The libraries, the heap and the stack stay at random addresses.
///
/// Not in `.cargo/config.toml`: cargo-lambda sets `RUSTFLAGS`, which makes cargo pass over the flags there.
fn main() {
    let target = |what: &str| env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    if target("OS") == "linux" && target("ENV") == "gnu" {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
