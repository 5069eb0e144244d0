//! The routes of rooms.

use maru_kernel::RoomId;
use maru_table::Cursor;
use maru_web::{Answer, Api, Doc, Mounted, Pagination, Problem, Public, Segment, State, Texts};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::{Room, Rooms};

/// Rooms a page shows where the client says nothing, and at most.
const PAGE: u16 = 50;

/// `GET /rooms` and `GET /rooms/{id}`.
pub fn api(rooms: Rooms) -> Mounted {
    let list_doc = Doc::new("listRooms", "강의실 목록", "Active rooms by name.")
        .query("page_size", "1~50", json!({"type": "integer", "minimum": 1, "maximum": PAGE}))
        .query("next", "앞 쪽의 next · the cursor of the page before", json!({"type": "string"}))
        .list::<RoomView>("강의실 · rooms")
        .refuses(422, "잘못된 질의 · wrong query");
    let get_doc = Doc::new("getRoom", "강의실", "One active room.").one::<RoomView>(200, "강의실 · the room");
    Api::new().get("/rooms", list_doc, list).get("/rooms/{id}", get_doc, get).with_state(rooms)
}

/// A room as customers see it.
#[derive(Serialize, ToSchema)]
struct RoomView {
    id: String,
    name: String,
    capacity: u32,
    description: String,
    /// Major units.
    #[schema(value_type = f64)]
    hourly_rate: Value,
    currency: &'static str,
    is_active: bool,
    zone: String,
    /// `09:00`
    open_time: String,
    /// `22:00`
    close_time: String,
    slot_minutes: u16,
    min_minutes: u16,
    max_minutes: u16,
    max_ahead_days: u16,
    auto_confirm: bool,
    lock_version: u64,
}

impl From<Room> for RoomView {
    fn from(room: Room) -> Self {
        let Room {
            room_id,
            name,
            capacity,
            description,
            hourly_rate,
            is_active,
            zone,
            opens,
            closes,
            slot_minutes,
            min_minutes,
            max_minutes,
            max_ahead_days,
            auto_confirm,
            shelf: _,
            created_at: _,
            updated_at: _,
            lock_version,
        } = room;
        Self {
            id: room_id.to_string(),
            name,
            capacity,
            description,
            hourly_rate: hourly_rate.to_json(),
            currency: hourly_rate.currency.code(),
            is_active,
            zone,
            open_time: clock_text(opens),
            close_time: clock_text(closes),
            slot_minutes,
            min_minutes,
            max_minutes,
            max_ahead_days,
            auto_confirm,
            lock_version,
        }
    }
}

fn clock_text(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

async fn list(_: Public, State(rooms): State<Rooms>, query: Texts) -> Result<Answer, Problem> {
    let size = query.parse::<u16>("page_size").map_err(|e| vec![e])?.unwrap_or(PAGE).clamp(1, PAGE);
    let after = query.get("next").and_then(Cursor::decode);
    let page = rooms.list(size, after).await?;
    let next = page.next.map(|cursor| cursor.encode());
    let views: Vec<RoomView> = page.items.into_iter().map(RoomView::from).collect();
    Ok(Answer::list(&views, &Pagination { page_size: size, has_next: next.is_some(), next }))
}

async fn get(_: Public, State(rooms): State<Rooms>, Segment(id): Segment<RoomId>) -> Result<Answer, Problem> {
    let room = rooms.active(id).await?.ok_or_else(Problem::not_found)?;
    let version = room.lock_version;
    Ok(Answer::one(&RoomView::from(room)).version(version))
}
