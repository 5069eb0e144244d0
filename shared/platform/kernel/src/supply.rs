//! Values that are asked for when needed, because they can change while a sandbox lives.

use std::pin::Pin;
use std::sync::Arc;

type Pending<T> = Pin<Box<dyn Future<Output = Option<Arc<T>>> + Send>>;

/// Supplies a `T`, the newest there is; `None` when it cannot be had now. Cheap to clone.
pub struct Supply<T>(Arc<dyn Fn() -> Pending<T> + Send + Sync>);

impl<T> Clone for Supply<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Send + Sync + 'static> Supply<T> {
    /// Asks `fetch` each time; caching is its business.
    pub fn new<F>(fetch: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Option<Arc<T>>> + Send + 'static,
    {
        Self(Arc::new(move || Box::pin(fetch())))
    }

    /// Always this value.
    pub fn fixed(value: T) -> Self {
        let value = Arc::new(value);
        Self::new(move || {
            let value = Arc::clone(&value);
            async move { Some(value) }
        })
    }

    /// The value now.
    pub async fn get(&self) -> Option<Arc<T>> {
        (self.0)().await
    }
}
