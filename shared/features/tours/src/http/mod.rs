//! The routes of tours.

mod input;
mod views;

use maru_kernel::{Clock, FieldError, Random, Timestamp, TourId};
use maru_rooms::form::{Form, Sent};
use maru_rooms::offers::{self, Offer, OfferNames, PAGE, Removal};
use maru_table::IndexSpec;
use maru_web::{Api, Doc, Mounted};
use serde_json::json;

use crate::Tours;
use crate::model::Tour;
use crate::store::BY_SHELF;
use input::{NewTour, TourChange};
use views::TourView;

/// `/tours`, and the panel's list.
pub fn api(tours: Tours) -> Mounted {
    let paged = |doc: Doc| {
        doc.query("page_size", "1~50", || json!({"type": "integer", "minimum": 1, "maximum": PAGE}))
            .query("next", "앞 쪽의 next · the cursor of the page before", || json!({"type": "string"}))
            .list::<TourView>("투어 · tours")
            .refuses(422, "잘못된 질의 · wrong query")
    };
    let create_doc =
        Doc::new("createTour", "투어 만들기", "Makes a tour. A price of zero is free of charge.")
            .body::<NewTour>()
            .one::<TourView>(201, "만들었습니다 · made")
            .idempotent();
    let list_doc = paged(Doc::new("listTours", "투어 목록", "Active tours by name."));
    let all_doc =
        paged(Doc::new("listAllTours", "모든 투어", "Tours by name, also inactive ones; not deleted ones."));
    let get_doc = Doc::new("getTour", "투어", "One active tour.").one::<TourView>(200, "투어 · the tour");
    let change_doc = Doc::new(
        "changeTour",
        "투어 변경",
        "Changes what is sent; bookings keep the terms they were made on. The zone never changes.",
    )
    .body::<TourChange>()
    .one::<TourView>(200, "변경되었습니다 · changed")
    .versioned();
    let remove_doc = Doc::new(
        "deleteTour",
        "투어 삭제",
        "Takes a tour off the books for good; its bookings stay. A repeated deletion answers the same.",
    )
    .maybe_body::<Removal>()
    .one::<TourView>(200, "삭제했습니다 · deleted")
    .versioned();
    Api::new()
        .post("/tours", create_doc, offers::create::<Tour>)
        .get("/tours", list_doc, offers::list::<Tour>)
        .get("/api/admin/tours", all_doc, offers::list_all::<Tour>)
        .get("/tours/{id}", get_doc, offers::get::<Tour>)
        .patch("/tours/{id}", change_doc, offers::change::<Tour>)
        .delete("/tours/{id}", remove_doc, offers::remove::<Tour>)
        .with_state(tours)
}

impl Offer for Tour {
    type Id = TourId;
    type New = NewTour;
    type Wish = TourChange;
    type View = TourView;

    const INDEX: &'static IndexSpec = &BY_SHELF;
    const SHELF: &'static str = "tours";
    const NAMES: OfferNames = OfferNames {
        path: "/tours",
        route: "POST /tours",
        created: "tour.created",
        changed: "tour.changed",
        removed: "tour.deleted",
        message: "투어를 만들었습니다.",
    };

    fn new_id(clock: &Clock, random: &Random) -> TourId {
        TourId::new(clock, random)
    }

    fn ordinary(id: TourId, now: Timestamp) -> Self {
        Self::ordinary(id, now)
    }

    fn made(new: NewTour, id: TourId, now: Timestamp) -> Result<Self, Vec<FieldError>> {
        let (mut form, mut tour) = (Form::fresh(), Self::ordinary(id, now));
        new.whole().fill(&mut form, &mut tour);
        form.finish(tour)
    }

    fn changed(&self, wish: TourChange, now: Timestamp) -> Result<Self, Vec<FieldError>> {
        let (mut form, mut tour) = (Form::change(), Self { updated_at: now, ..self.clone() });
        form.version(&wish.lock_version);
        form.flag(wish.is_active, "/is_active", &mut tour.is_active);
        wish.tour.fill(&mut form, &mut tour);
        form.finish(tour)
    }

    fn seen_by(wish: &TourChange) -> Sent<u64> {
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
