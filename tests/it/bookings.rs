//! Booking: the hours, who may, and that nobody ever shares one.

use anyhow::Result;
use harness::app::{App, free_wish, wish, wish_for};
use harness::people::{ROOM_A, ROOM_B};
use serde_json::{Value, json};

#[tokio::test]
async fn a_room_that_costs_something_is_held_for_ten_minutes_at_our_price() -> Result<()> {
    let app = App::start().await?;
    let booking = app.member().await?.book(&wish(10, 12)).await?;
    assert_eq!(booking["status"], "held");
    assert_eq!(booking["amount"], 40_000);
    assert_eq!(booking["expires_at"], "2026-12-01T08:10:00+09:00");
    assert_eq!(booking["start_time"], "2026-12-02T10:00:00+09:00");
    Ok(())
}
