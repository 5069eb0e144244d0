//! The letters about bookings: one for an event, to whom it concerns, in Korean and in English.

use anyhow::{Context, Result, ensure};
use harness::app::{App, Guest, free_wish, wish, wish_for};
use harness::fakes::ses::Received;
use harness::people::{PASSWORD, ROOM_A, ROOM_B};
use maru_table::AuditRecord;
use maru_web::{StreamImage, StreamRecord};
use reqwest::Method;
use serde_json::{Value, json};

use crate::availability::room;

/// The letters about bookings at an address.
async fn letters(app: &App, email: &str) -> Result<Vec<Received>> {
    let mut all = app.mails(email).await?;
    all.retain(|mail| ["예약", "자리", "영수증"].iter().any(|word| mail.subject.contains(word)));
    Ok(all)
}

/// Those that came since somebody looked last: one, with these words in it.
async fn next(app: &App, email: &str, seen: &mut usize, words: &[&str]) -> Result<Received> {
    let all = letters(app, email).await?;
    ensure!(all.len() == *seen + 1, "{} letters behind {seen}: {all:?}", all.len());
    *seen = all.len();
    let last = all.last().context("no letter")?;
    for word in words {
        ensure!(last.subject.contains(word) || last.text.contains(word), "no {word} in {last:?}");
        ensure!(last.html.contains(word) || last.subject.contains(word), "no {word} in {last:?}");
    }
    Ok(last.clone())
}

const MEMBER: &str = "member1@maru.local";
const ANOTHER: &str = "member2@maru.local";

fn path_of(booking: &Value) -> String {
    format!("/api/bookings/{}", booking["id"].as_str().unwrap_or_default())
}

/// What staff do about a booking.
async fn done(guest: &Guest, booking: &Value, verb: &str, body: &Value) -> Result<()> {
    let reply = guest.post(&format!("{}/{verb}", path_of(booking)), body).await?;
    ensure!(reply.status == 200, "{verb}: {reply:?}");
    Ok(())
}

async fn cancel(guest: &Guest, booking: &Value, body: &Value) -> Result<()> {
    let headers = [("content-type", "application/json")];
    let body = Some(body.to_string().into_bytes());
    let reply = guest.send(Method::DELETE, &path_of(booking), &headers, body).await?;
    ensure!(reply.status == 200, "{reply:?}");
    Ok(())
}

#[tokio::test]
async fn a_confirmed_booking_is_told_once() -> Result<()> {
    let app = App::start().await?;
    app.member().await?.book(&free_wish(10, 12)).await?;
    let words = [
        "예약이 확정되었습니다",
        "Your booking is confirmed",
        "김철수님",
        "강의실 B",
        "2026-12-02 10:00–12:00",
    ];
    next(&app, MEMBER, &mut 0, &words).await?;
    Ok(())
}

#[tokio::test]
async fn a_hold_is_told_by_its_receipt_once_it_is_paid() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let (_, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    assert_eq!(letters(&app, MEMBER).await?.len(), 0);
    assert_eq!(member.confirm(&key, &order, 40_000).await?.status, 200);
    let words = ["결제 영수증", "Receipt and confirmation", "40000 KRW", "2026-12-02 10:00–12:00"];
    next(&app, MEMBER, &mut 0, &words).await?;
    Ok(())
}

#[tokio::test]
async fn a_request_is_answered_by_letter_at_every_step() -> Result<()> {
    let app = App::start().await?;
    let asked = room(&app, json!({"auto_confirm": false, "hourly_rate": 10_000})).await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let mut seen = 0;
    let one = member.book(&wish_for(&asked, "2026-12-03", 10, 11)).await?;
    next(&app, MEMBER, &mut seen, &["예약 신청을 받았습니다", "We received your request"]).await?;
    done(&operator, &one, "approve", &json!({})).await?;
    let words = ["승인되었습니다. 결제해 주세요", "Approved, please pay", "기한 · Until: 2026-12-02 08:00"];
    next(&app, MEMBER, &mut seen, &words).await?;
    let two = member.book(&wish_for(&asked, "2026-12-03", 12, 13)).await?;
    next(&app, MEMBER, &mut seen, &["예약 신청을 받았습니다"]).await?;
    done(&operator, &two, "approve", &json!({"confirm": true})).await?;
    let told = next(&app, MEMBER, &mut seen, &["승인되어 확정되었습니다", "approved and confirmed"]).await?;
    assert!(!told.text.contains("기한"), "{told:?}");
    let three = member.book(&wish_for(&asked, "2026-12-03", 14, 15)).await?;
    next(&app, MEMBER, &mut seen, &["예약 신청을 받았습니다"]).await?;
    done(&operator, &three, "reject", &json!({"reason": "공사 <중>"})).await?;
    let told =
        next(&app, MEMBER, &mut seen, &["예약을 받지 못했습니다", "We cannot take your booking"]).await?;
    assert!(
        told.text.contains("사유 · Reason: 공사 <중>") && told.html.contains("공사 &lt;중&gt;"),
        "{told:?}"
    );
    Ok(())
}

#[tokio::test]
async fn a_request_nobody_answered_in_time_is_told_to_have_lapsed() -> Result<()> {
    let app = App::start().await?;
    let asked = room(&app, json!({"auto_confirm": false})).await?;
    app.member().await?.book(&wish_for(&asked, "2026-12-01", 9, 10)).await?;
    let mut seen = 0;
    next(&app, MEMBER, &mut seen, &["신청을 받았습니다"]).await?;
    app.clock.advance(3600);
    assert_eq!(app.stack().workers.tidy().await?.lapsed, 1);
    next(&app, MEMBER, &mut seen, &["예약 신청이 취소되었습니다", "has lapsed"]).await?;
    Ok(())
}

#[tokio::test]
async fn a_cancellation_tells_what_is_paid_back_and_is_told_once() -> Result<()> {
    let app = App::start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let (id, order, key) = member.up_to_the_window(&app, &wish(10, 12)).await?;
    assert_eq!(member.confirm(&key, &order, 40_000).await?.status, 200);
    let mut seen = letters(&app, MEMBER).await?.len();
    let booking = json!({"id": id});
    cancel(&operator, &booking, &json!({"reason": "누수"})).await?;
    cancel(&operator, &booking, &json!({"reason": "누수"})).await?;
    let words = [
        "예약이 취소되었습니다",
        "Your booking is cancelled",
        "환불 예정 금액 · To be refunded: 40000 KRW",
        "사유 · Reason: 누수",
    ];
    next(&app, MEMBER, &mut seen, &words).await?;
    let free = member.book(&free_wish(14, 15)).await?;
    seen = letters(&app, MEMBER).await?.len();
    cancel(&member, &free, &json!({})).await?;
    let told = next(&app, MEMBER, &mut seen, &["예약이 취소되었습니다"]).await?;
    assert!(!told.text.contains("환불") && !told.text.contains("사유"), "{told:?}");
    Ok(())
}

#[tokio::test]
async fn a_restored_and_a_moved_booking_are_told_as_they_are_now() -> Result<()> {
    let app = App::start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let booking = member.book(&free_wish(10, 12)).await?;
    cancel(&member, &booking, &json!({})).await?;
    let mut seen = letters(&app, MEMBER).await?.len();
    done(&operator, &booking, "restore", &json!({})).await?;
    next(&app, MEMBER, &mut seen, &["예약이 복구되었습니다", "Your booking is restored"]).await?;
    let later =
        json!({"room_id": ROOM_A, "start_time": "2026-12-03T13:00:00", "end_time": "2026-12-03T14:00:00"});
    done(&operator, &booking, "reschedule", &later).await?;
    let words = ["예약이 변경되었습니다", "Your booking has changed", "강의실 A", "2026-12-03 13:00–14:00"];
    next(&app, MEMBER, &mut seen, &words).await?;
    Ok(())
}

#[tokio::test]
async fn a_swap_is_told_to_both() -> Result<()> {
    let app = App::start().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let (one, other) = (member.book(&free_wish(10, 11)).await?, another.book(&free_wish(14, 15)).await?);
    let (mut mine, mut theirs) = (letters(&app, MEMBER).await?.len(), letters(&app, ANOTHER).await?.len());
    done(&app.staff("operator").await?, &one, "swap", &json!({"with": other["id"]})).await?;
    next(&app, MEMBER, &mut mine, &["예약이 변경되었습니다", "2026-12-02 14:00–15:00"]).await?;
    next(&app, ANOTHER, &mut theirs, &["Your booking has changed", "2026-12-02 10:00–11:00"]).await?;
    Ok(())
}

#[tokio::test]
async fn a_booking_is_reminded_of_once_and_a_cancelled_one_never() -> Result<()> {
    let app = App::start().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    member.book(&free_wish(10, 12)).await?;
    let other = another.book(&free_wish(13, 14)).await?;
    let late = another.book(&wish_for(ROOM_B, "2026-12-01", 20, 21)).await?;
    cancel(&another, &other, &json!({})).await?;
    let (mut mine, theirs) = (letters(&app, MEMBER).await?.len(), letters(&app, ANOTHER).await?.len());
    app.clock.advance(2 * 3600 - 1);
    assert_eq!(app.stack().workers.remind().await?, 0);
    app.clock.advance(1);
    assert_eq!(app.stack().workers.remind().await?, 1);
    assert_eq!(app.stack().workers.remind().await?, 0);
    let words = ["예약 안내", "A reminder of your booking", "2026-12-02 10:00–12:00"];
    next(&app, MEMBER, &mut mine, &words).await?;
    app.clock.advance(12 * 3600);
    assert_eq!(app.stack().workers.remind().await?, 0, "{late} was booked too late for one");
    assert_eq!(letters(&app, ANOTHER).await?.len(), theirs);
    Ok(())
}

#[tokio::test]
async fn what_somebody_waited_for_is_offered_by_letter_and_confirmed_by_another() -> Result<()> {
    let app = App::start().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let booking = member.book(&free_wish(10, 12)).await?;
    let place = another.post("/api/waitlist", &free_wish(10, 12)).await?;
    cancel(&member, &booking, &json!({})).await?;
    let mut seen = 0;
    assert_eq!(letters(&app, ANOTHER).await?.len(), 0, "waiting is no event");
    app.stack().workers.tidy().await?;
    let words =
        ["기다리시던 자리가 났습니다", "What you waited for is free", "기한 · Until: 2026-12-01 08:30"];
    next(&app, ANOTHER, &mut seen, &words).await?;
    let list = another.get("/api/waitlist").await?;
    assert_eq!(list.body["data"][0]["id"], place.body["data"]["id"]);
    done(&another, &json!({"id": list.body["data"][0]["booking_id"]}), "confirm", &json!({})).await?;
    next(&app, ANOTHER, &mut seen, &["예약이 확정되었습니다"]).await?;
    Ok(())
}

#[tokio::test]
async fn guests_are_written_to_at_the_address_they_left_and_nowhere_else() -> Result<()> {
    let app = App::start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let mut guest = free_wish(10, 11);
    guest["contact"] = json!({"name": "홍길동", "email": "Hong@example.kr"});
    operator.book(&guest).await?;
    next(&app, "hong@example.kr", &mut 0, &["홍길동님", "예약이 확정되었습니다"]).await?;
    let mut mute = free_wish(12, 13);
    mute["contact"] = json!({"name": "벽창호", "phone": "010-1234-5678"});
    operator.book(&mute).await?;
    assert_eq!(letters(&app, "operator@maru.local").await?.len(), 0);
    let own = member.book(&free_wish(14, 15)).await?;
    let mut seen = letters(&app, MEMBER).await?.len();
    let mut instead = free_wish(16, 17);
    instead["user_id"] = own["user_id"].clone();
    instead["contact"] = json!({"name": "비서", "email": "office@example.kr"});
    operator.book(&instead).await?;
    next(&app, "office@example.kr", &mut 0, &["비서님"]).await?;
    assert_eq!(letters(&app, MEMBER).await?.len(), seen);
    let mut theirs = free_wish(18, 19);
    theirs["user_id"] = own["user_id"].clone();
    operator.book(&theirs).await?;
    next(&app, MEMBER, &mut seen, &["김철수님", "2026-12-02 18:00–19:00"]).await?;
    Ok(())
}

#[tokio::test]
async fn what_is_nobodys_business_is_not_written_about() -> Result<()> {
    let app = App::start().await?;
    let (member, operator, admin) =
        (app.member().await?, app.staff("operator").await?, app.staff("admin").await?);
    let block =
        json!({"start_time": "2026-12-02T20:00:00", "end_time": "2026-12-02T21:00:00", "reason": "촬영"});
    let blackouts = format!("/rooms/{ROOM_B}/blackouts");
    let kept = operator.post(&blackouts, &block).await?.text("/data/blackouts/0/id");
    assert_eq!(operator.delete(&format!("{blackouts}?blackout_id={kept}")).await?.status, 200);
    let mut draft = free_wish(18, 19);
    draft["draft"] = json!(true);
    draft["contact"] = json!({"name": "홍길동", "email": "hong@example.kr"});
    operator.book(&draft).await?;
    // Hidden before the mailer looked.
    let hidden = member.book(&free_wish(16, 17)).await?;
    cancel(&admin, &hidden, &json!({"hard_delete": true})).await?;
    let held = member.book(&wish(10, 11)).await?;
    done(&member, &held, "extend", &json!({})).await.ok();
    app.clock.advance(3601);
    app.stack().workers.tidy().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let (one, other) = (
        member.book(&wish_for(ROOM_B, "2026-12-01", 10, 11)).await?,
        member.book(&wish_for(ROOM_B, "2026-12-01", 11, 12)).await?,
    );
    let confirmed = letters(&app, MEMBER).await?;
    assert_eq!(confirmed.len(), 2, "one for each of those two: {confirmed:?}");
    assert_eq!(operator.patch(&path_of(&one), &json!({"title": "회의"})).await?.status, 200);
    app.clock.advance(3000);
    done(&operator, &one, "check-in", &json!({})).await?;
    app.clock.advance(3 * 3600);
    let operator = app.sign_in("operator@maru.local", PASSWORD).await?;
    done(&operator, &other, "no-show", &json!({})).await?;
    app.stack().workers.tidy().await?;
    assert_eq!(letters(&app, MEMBER).await?.len(), 2);
    for email in ["operator@maru.local", "admin@maru.local", "hong@example.kr"] {
        assert_eq!(letters(&app, email).await?.len(), 0, "{email}");
    }
    Ok(())
}

/// The stream tells this event again.
async fn tell_again(app: &App, audit: &AuditRecord) -> Result<bool> {
    let image: serde_dynamo::Item = serde_dynamo::to_item(audit)?;
    let new_image = image.into_inner().into_iter().collect();
    let dynamodb = StreamImage { sequence_number: "1".into(), new_image };
    Ok(app.stack().workers.hand(StreamRecord { event_name: "INSERT".into(), dynamodb }).await)
}

#[tokio::test]
async fn a_stream_that_repeats_itself_out_of_order_sends_nothing_twice() -> Result<()> {
    let app = App::start().await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let booking = member.book(&free_wish(10, 12)).await?;
    let later = json!({"start_time": "2026-12-02T13:00:00", "end_time": "2026-12-02T14:00:00"});
    done(&operator, &booking, "reschedule", &later).await?;
    cancel(&member, &booking, &json!({})).await?;
    done(&operator, &booking, "restore", &json!({})).await?;
    let id = booking["id"].as_str().context("no id")?;
    let trail = crate::trail::of(app.stack(), &format!("booking#{id}")).await?;
    assert_eq!(trail.len(), 4);
    // The last event comes first, before the stream has told any.
    for audit in trail.iter().rev().chain(&trail).chain(trail.iter().rev()) {
        assert!(tell_again(&app, audit).await?, "{}", audit.action);
    }
    let mut subjects: Vec<String> =
        letters(&app, MEMBER).await?.into_iter().map(|mail| mail.subject).collect();
    subjects.sort();
    assert_eq!(subjects.len(), 4, "{subjects:?}");
    subjects.dedup();
    assert_eq!(subjects.len(), 4, "each of another event: {subjects:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mailers_that_meet_over_one_event_send_one_letter() -> Result<()> {
    let app = App::start().await?;
    let booking = app.member().await?.book(&free_wish(10, 12)).await?;
    let id = booking["id"].as_str().context("no id")?;
    let trail = crate::trail::of(app.stack(), &format!("booking#{id}")).await?;
    futures::future::try_join_all((0..8).map(|_| tell_again(&app, &trail[0]))).await?;
    assert_eq!(letters(&app, MEMBER).await?.len(), 1);
    Ok(())
}
