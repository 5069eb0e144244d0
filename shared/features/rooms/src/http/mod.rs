//! The routes of rooms.

mod input;
mod views;

use maru_kernel::{Clock, FieldError, Random, RoomId, Timestamp};
use maru_table::IndexSpec;
use maru_web::{Api, Doc, Mounted};
use serde_json::json;

use crate::form::{Form, Sent};
use crate::offers::{self, Offer, OfferNames, PAGE, Removal};
use crate::store::BY_SHELF;
use crate::{Room, Rooms};
use input::{NewRoom, RoomChange};
use views::RoomView;

/// `/rooms`, what the classroom system calls its list, and the panel's list.
pub fn api(rooms: Rooms) -> Mounted {
    let paged = |doc: Doc| {
        doc.query("page_size", "1~50", || json!({"type": "integer", "minimum": 1, "maximum": PAGE}))
            .query("next", "앞 쪽의 next · the cursor of the page before", || json!({"type": "string"}))
            .list::<RoomView>("강의실 · rooms")
            .refuses(422, "잘못된 질의 · wrong query")
    };
    let create_doc = Doc::new(
        "createRoom",
        "강의실 만들기",
        "Makes a room. A rate of zero is free of charge; a price below the provider's least is refused.",
    )
    .body::<NewRoom>()
    .one::<RoomView>(201, "만들었습니다 · made")
    .idempotent();
    let list_doc = paged(Doc::new("listRooms", "강의실 목록", "Active rooms by name."));
    let alias_doc =
        paged(Doc::new("listRoomsClassic", "강의실 목록", "GET /rooms under the classroom system's name."));
    let all_doc = paged(Doc::new(
        "listAllRooms",
        "모든 강의실",
        "Rooms by name, also inactive ones; not deleted ones.",
    ));
    let get_doc = Doc::new("getRoom", "강의실", "One active room.").one::<RoomView>(200, "강의실 · the room");
    let change_doc = Doc::new(
        "changeRoom",
        "강의실 변경",
        "Changes what is sent; bookings keep the terms they were made on. Zone, grid and rush never change.",
    )
    .body::<RoomChange>()
    .one::<RoomView>(200, "변경되었습니다 · changed")
    .versioned();
    let remove_doc = Doc::new(
        "deleteRoom",
        "강의실 삭제",
        "Takes a room off the books for good; its bookings stay. A repeated deletion answers the same.",
    )
    .maybe_body::<Removal>()
    .one::<RoomView>(200, "삭제했습니다 · deleted")
    .versioned();
    Api::new()
        .post("/rooms", create_doc, offers::create::<Room>)
        .get("/rooms", list_doc, offers::list::<Room>)
        .get("/api/rooms/list", alias_doc, offers::list::<Room>)
        .get("/api/admin/rooms", all_doc, offers::list_all::<Room>)
        .get("/rooms/{id}", get_doc, offers::get::<Room>)
        .patch("/rooms/{id}", change_doc, offers::change::<Room>)
        .delete("/rooms/{id}", remove_doc, offers::remove::<Room>)
        .with_state(rooms)
}

impl Offer for Room {
    type Id = RoomId;
    type New = NewRoom;
    type Wish = RoomChange;
    type View = RoomView;

    const INDEX: &'static IndexSpec = &BY_SHELF;
    const SHELF: &'static str = "rooms";
    const NAMES: OfferNames = OfferNames {
        path: "/rooms",
        route: "POST /rooms",
        created: "room.created",
        changed: "room.changed",
        removed: "room.deleted",
        message: "강의실을 만들었습니다.",
    };

    fn new_id(clock: &Clock, random: &Random) -> RoomId {
        RoomId::new(clock, random)
    }

    fn ordinary(id: RoomId, now: Timestamp) -> Self {
        Self::ordinary(id, now)
    }

    fn made(new: NewRoom, id: RoomId, now: Timestamp) -> Result<Self, Vec<FieldError>> {
        let (mut form, mut room) = (Form::fresh(), Self::ordinary(id, now));
        new.whole().fill(&mut form, &mut room);
        form.finish(room)
    }

    fn changed(&self, wish: RoomChange, now: Timestamp) -> Result<Self, Vec<FieldError>> {
        let (mut form, mut room) = (Form::change(), Self { updated_at: now, ..self.clone() });
        form.version(&wish.lock_version);
        form.flag(wish.is_active, "/is_active", &mut room.is_active);
        wish.room.fill(&mut form, &mut room);
        form.finish(room)
    }

    fn seen_by(wish: &RoomChange) -> Sent<u64> {
        wish.lock_version.clone()
    }

    fn is_open(&self) -> bool {
        self.is_open()
    }

    fn is_removed(&self) -> bool {
        self.deleted_at.is_some()
    }

    fn removed(self, now: Timestamp) -> Self {
        Self { is_active: false, deleted_at: Some(now), updated_at: now, ..self }
    }
}

#[cfg(test)]
mod tests;
