//! Randomness, handed in.

use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest;
use aws_lc_rs::rand::{SecureRandom, SystemRandom};

type Fill = dyn Fn(&mut [u8]) + Send + Sync;

/// Fills buffers with random bytes: the system's generator in the cloud, a seeded one in simulations.
#[derive(Clone)]
pub struct Random(Arc<Fill>);

impl Random {
    /// The operating system's generator.
    ///
    /// # Panics
    ///
    /// When the system gives no randomness: to go on would make every secret guessable.
    #[allow(clippy::panic, reason = "a machine without randomness must not go on")]
    pub fn system() -> Self {
        let source = SystemRandom::new();
        Self(Arc::new(move |into| match source.fill(into) {
            Ok(()) => {}
            Err(aws_lc_rs::error::Unspecified) => panic!("the operating system gives no randomness"),
        }))
    }

    /// A generator that repeats itself for the same seed. For simulations only.
    pub fn seeded(seed: u64) -> Self {
        let counter = Mutex::new(0_u64);
        Self(Arc::new(move |into| {
            for chunk in into.chunks_mut(32) {
                let mut n = counter.lock().unwrap_or_else(PoisonError::into_inner);
                *n += 1;
                let block = digest::digest(&digest::SHA256, &[seed.to_be_bytes(), n.to_be_bytes()].concat());
                for (byte, value) in chunk.iter_mut().zip(block.as_ref()) {
                    *byte = *value;
                }
            }
        }))
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut out = [0; N];
        (self.0)(&mut out);
        out
    }

    /// A number in `0..bound`; 0 for a bound of 0. The bias is below one in 2³² for bounds below 2³².
    pub fn below(&self, bound: u64) -> u64 {
        u64::from_be_bytes(self.bytes()).checked_rem(bound).unwrap_or(0)
    }
}
