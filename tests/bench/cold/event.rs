//! An event that is sent again and again; as somebody else's each time, where one person would soon be
//! refused for asking too often.

use std::sync::atomic::{AtomicU32, Ordering};

use axum::body::Bytes;
use serde_json::Value;

/// Stands for a number nobody had before.
pub const WHO: &str = "~who~";
/// Stands for an address of the net in a place nobody called from before.
pub const WHERE: &str = "~where~";

/// Numbers given out so far, by all starts of all functions: their store is one.
static GIVEN: AtomicU32 = AtomicU32::new(0);

/// What is sent.
pub struct Event(String);

impl Event {
    /// Of this JSON.
    pub fn new(event: &Value) -> anyhow::Result<Self> {
        Ok(Self(serde_json::to_string(event)?))
    }

    /// The next one's bytes.
    pub fn next(&self) -> Bytes {
        if !self.0.contains(WHO) && !self.0.contains(WHERE) {
            return self.0.clone().into();
        }
        let number = GIVEN.fetch_add(1, Ordering::Relaxed);
        let [_, high, middle, low] = number.to_be_bytes();
        let place = format!("{}.{middle}.{low}.1", 10 + high % 100);
        self.0.replace(WHO, &number.to_string()).replace(WHERE, &place).into()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_of_nobody_in_particular_stays_as_it_is() {
        let event = Event::new(&json!({"path": "/rooms"})).unwrap();
        assert_eq!(event.next(), event.next());
    }

    #[test]
    fn somebody_else_asks_from_somewhere_else_each_time() {
        let event = Event::new(&json!({"body": format!("kim.{WHO}"), "ip": WHERE})).unwrap();
        let (first, second) = (event.next(), event.next());
        assert_ne!(first, second);
        let read = |bytes: &[u8], name: &str| -> String {
            let value: Value = serde_json::from_slice(bytes).unwrap();
            value[name].as_str().unwrap().to_owned()
        };
        assert!(read(&first, "ip").parse::<std::net::Ipv4Addr>().is_ok());
        assert!(read(&first, "body").trim_start_matches("kim.").parse::<u32>().is_ok());
        assert_ne!(read(&first, "ip"), read(&second, "ip"));
    }
}
