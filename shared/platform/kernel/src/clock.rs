//! What time it is, handed in.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// Answers "what time is it". The system's clock in the cloud, a [`ManualClock`] in tests.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The machine's clock.
    #[allow(clippy::disallowed_methods, reason = "the one room that may ask the machine for the time")]
    pub fn system() -> Self {
        Self(Arc::new(Timestamp::now))
    }

    /// A clock that answers what `read` says.
    pub fn from_fn(read: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }

    /// The current instant.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

/// A clock that runs `offset` ahead of another one and moves only forward when told.
#[derive(Clone)]
pub struct ManualClock {
    base: Clock,
    offset_seconds: Arc<AtomicI64>,
}

impl ManualClock {
    /// A clock that stands still at `at` until advanced.
    pub fn at(at: Timestamp) -> Self {
        Self::ahead_of(Clock::from_fn(move || at))
    }

    /// A clock that shows what `base` shows plus what it was advanced by.
    pub fn ahead_of(base: Clock) -> Self {
        Self { base, offset_seconds: Arc::default() }
    }

    /// Moves the clock forward.
    pub fn advance(&self, seconds: u32) {
        self.offset_seconds.fetch_add(i64::from(seconds), Ordering::SeqCst);
    }

    /// The clock to hand to the code under test.
    pub fn clock(&self) -> Clock {
        let me = self.clone();
        Clock::from_fn(move || {
            let ahead = SignedDuration::from_secs(me.offset_seconds.load(Ordering::SeqCst));
            me.base.now().checked_add(ahead).unwrap_or(Timestamp::MAX)
        })
    }
}
