//! Business that was done before: copies of real records, put straight into the tables.

use std::collections::HashMap;

use anyhow::{Context, ensure};
use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, PutRequest, WriteRequest},
};
use harness::{app::App, people::ROOM_B};
use jiff::{SignedDuration, Timestamp};
use maru_bookings::{BOOKINGS, LEDGER};
use maru_kernel::{BookingId, Random, RoomId, UserId};
use maru_table::{Item, TableSpec};

use crate::visit::{QUARTERS, fill_day};

/// What DynamoDB takes in one call.
const BATCH: usize = 25;
/// Every so many bookings there is one of the member's.
const MEMBERS: u32 = 10;

/// Puts `wanted` bookings there, full days of other rooms, every tenth of them the member's.
pub async fn bookings(app: &App, wanted: u32) -> anyhow::Result<()> {
    let day = "2026-12-20";
    let booking = fill_day(app, day).await?;
    let client = Client::new(&app.stack().sdk);
    let booking = item(&client, &BOOKINGS, &booking).await?;
    let full = item(&client, &LEDGER, &format!("{ROOM_B}#{day}")).await?;

    let first: Timestamp = "2020-01-01T00:00:00Z".parse()?;
    let (clock, random) = (app.clock.clock(), Random::system());
    let text = |value: String| AttributeValue::S(value);
    let mut bookings = Vec::new();
    let mut days = Vec::new();
    for number in 0..wanted {
        let start = first.checked_add(SignedDuration::from_mins(i64::from(number) * 15))?;
        let mut copy = booking.clone();
        copy.insert("booking_id".into(), text(BookingId::new(&clock, &random).to_string()));
        copy.insert("start_time".into(), text(start.to_string()));
        if number % MEMBERS != 0 {
            copy.insert("user_id".into(), text(UserId::new(&clock, &random).to_string()));
        }
        bookings.push(copy);
        if number % QUARTERS == 0 {
            let mut copy = full.clone();
            copy.insert("day".into(), text(format!("{}#2026-11-30", RoomId::new(&clock, &random))));
            days.push(copy);
        }
    }
    put(&client, &BOOKINGS, bookings).await?;
    put(&client, &LEDGER, days).await
}

async fn item(client: &Client, table: &TableSpec, key: &str) -> anyhow::Result<Item> {
    let key = AttributeValue::S(key.to_owned());
    let found = client.get_item().table_name(table.name).key(table.partition.name, key).send().await?;
    found.item.with_context(|| format!("there is nothing to copy in {}", table.name))
}

#[allow(clippy::disallowed_methods, reason = "a past nobody lived: no change of anybody's, so no trail")]
async fn put(client: &Client, table: &TableSpec, items: Vec<Item>) -> anyhow::Result<()> {
    for batch in items.chunks(BATCH) {
        let puts = batch.iter().map(|item| {
            let put = PutRequest::builder().set_item(Some(item.clone())).build()?;
            Ok(WriteRequest::builder().put_request(put).build())
        });
        let puts = puts.collect::<anyhow::Result<Vec<WriteRequest>>>()?;
        let request = HashMap::from([(table.name.to_owned(), puts)]);
        let answer = client.batch_write_item().set_request_items(Some(request)).send().await?;
        let left = answer.unprocessed_items.unwrap_or_default();
        ensure!(left.is_empty(), "the engine left items of {} aside", table.name);
    }
    Ok(())
}
