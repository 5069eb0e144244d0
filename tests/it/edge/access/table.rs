//! The oracle: every operation, who may, and what those who may are answered.

use super::*;

/// What is mounted without being here, or other than here, fails.
pub(super) const ACCESS: [(&str, &str, &str); 122] = [
    ("DELETE", "/api/bookings/{id}", "self|staff:bookings_write"),
    ("DELETE", "/api/feeds/{id}", "self"),
    ("DELETE", "/api/keys/{id}", "staff:staff_manage"),
    ("DELETE", "/api/waitlist/{id}", "self|staff:bookings_write"),
    ("DELETE", "/auth/sessions", "self"),
    ("DELETE", "/auth/sessions/{id}", "self"),
    ("DELETE", "/me", "self"),
    ("DELETE", "/me/kakao", "self"),
    ("DELETE", "/rooms/{id}", "staff:rooms_manage"),
    ("DELETE", "/rooms/{id}/blackouts", "staff:bookings_write"),
    ("DELETE", "/staff/{id}", "staff:staff_manage"),
    ("DELETE", "/tours/{id}", "staff:rooms_manage"),
    ("GET", "/.well-known/jwks.json", "public"),
    ("GET", "/admin/login/kakao", "public"),
    ("GET", "/admin/verify", "staff:staff_read"),
    ("GET", "/api/admin/rooms", "staff:bookings_read"),
    ("GET", "/api/admin/tours", "staff:bookings_read"),
    ("GET", "/api/bookings", "self|staff:bookings_read"),
    ("GET", "/api/bookings/{id}", "self|staff:bookings_read"),
    ("GET", "/api/day", "staff:bookings_read"),
    ("GET", "/api/feeds", "self"),
    ("GET", "/api/health", "public"),
    ("GET", "/api/keys", "staff:staff_manage"),
    ("GET", "/api/reservations/list", "self|staff:bookings_read"),
    ("GET", "/api/reservations/{id}", "self|staff:bookings_read"),
    ("GET", "/api/rooms/list", "public"),
    ("GET", "/api/system/info", "staff:system_read"),
    ("GET", "/api/waitlist", "self|staff:bookings_read"),
    ("GET", "/auth/sessions", "self"),
    ("GET", "/calendar/{token}", "public"),
    ("GET", "/docs", "public"),
    ("GET", "/health", "public"),
    ("GET", "/healthz", "public"),
    ("GET", "/me", "self"),
    ("GET", "/me/consents", "self"),
    ("GET", "/me/export", "self"),
    ("GET", "/openapi.json", "public"),
    ("GET", "/pay/{ticket}", "public"),
    ("GET", "/pay/{ticket}/fail", "public"),
    ("GET", "/pay/{ticket}/success", "public"),
    ("GET", "/payments", "self|staff:payments_read"),
    ("GET", "/payments/ledger", "self|staff:payments_read"),
    ("GET", "/payments/memberships/{user_id}", "self|staff:payments_read"),
    ("GET", "/payments/strays", "staff:payments_read"),
    ("GET", "/payments/{payment_key}", "self|staff:payments_read"),
    ("GET", "/rooms", "public"),
    ("GET", "/rooms/{id}", "public"),
    ("GET", "/rooms/{id}/availability", "public"),
    ("GET", "/rooms/{id}/availability/explain", "member"),
    ("GET", "/rooms/{id}/blackouts", "staff:bookings_read"),
    ("GET", "/staff", "staff:staff_manage"),
    ("GET", "/staff/{id}", "staff:staff_manage"),
    ("GET", "/tours", "public"),
    ("GET", "/tours/{id}", "public"),
    ("GET", "/tours/{id}/departures", "public"),
    ("PATCH", "/api/bookings/{id}", "staff:bookings_write"),
    ("PATCH", "/me", "self"),
    ("PATCH", "/rooms/{id}", "staff:rooms_manage"),
    ("PATCH", "/staff/{id}", "staff:staff_manage"),
    ("PATCH", "/tours/{id}", "staff:rooms_manage"),
    ("POST", "/admin/login/kakao", "public"),
    ("POST", "/admin/users/{user_id}/ban", "staff:people_suspend"),
    ("POST", "/admin/users/{user_id}/reset-mfa", "staff:staff_manage"),
    ("POST", "/admin/users/{user_id}/unban", "staff:people_suspend"),
    ("POST", "/api/bookings", "self|staff:bookings_write"),
    ("POST", "/api/bookings/{id}/approve", "staff:bookings_write"),
    ("POST", "/api/bookings/{id}/cancel-preview", "self|staff:bookings_write"),
    ("POST", "/api/bookings/{id}/check-in", "staff:bookings_write"),
    ("POST", "/api/bookings/{id}/complete", "staff:bookings_write"),
    ("POST", "/api/bookings/{id}/confirm", "self|staff:bookings_write"),
    ("POST", "/api/bookings/{id}/extend", "self|staff:bookings_write"),
    ("POST", "/api/bookings/{id}/no-show", "staff:bookings_write"),
    ("POST", "/api/bookings/{id}/reject", "staff:bookings_write"),
    ("POST", "/api/bookings/{id}/reschedule", "staff:bookings_write"),
    ("POST", "/api/bookings/{id}/restore", "staff:bookings_write"),
    ("POST", "/api/bookings/{id}/status", "staff:bookings_write"),
    ("POST", "/api/bookings/{id}/swap", "staff:bookings_write"),
    ("POST", "/api/feeds", "self"),
    ("POST", "/api/keys", "staff:staff_manage"),
    ("POST", "/api/reservations/create", "self|staff:bookings_write"),
    ("POST", "/api/series", "self|staff:bookings_write"),
    ("POST", "/api/waitlist", "self|staff:bookings_write"),
    ("POST", "/auth/accept-invitation", "public"),
    ("POST", "/auth/forgot-password", "public"),
    ("POST", "/auth/forgotpassword", "public"),
    ("POST", "/auth/login", "public"),
    ("POST", "/auth/logout", "refresh"),
    ("POST", "/auth/mfa/recovery-codes", "self"),
    ("POST", "/auth/mfa/totp", "self"),
    ("POST", "/auth/mfa/totp/confirm", "self"),
    ("POST", "/auth/mfa/totp/disable", "self"),
    ("POST", "/auth/mfa/verify", "public"),
    ("POST", "/auth/refresh", "refresh"),
    ("POST", "/auth/register", "public"),
    ("POST", "/auth/resend-verification", "public"),
    ("POST", "/auth/reset-password", "public"),
    ("POST", "/auth/verify-email", "public"),
    ("POST", "/confirm/payment", "public"),
    ("POST", "/confirm/widget", "public"),
    ("POST", "/login/kakao", "public"),
    ("POST", "/me/consents", "self"),
    ("POST", "/me/email", "self"),
    ("POST", "/me/email/confirm", "self"),
    ("POST", "/me/kakao", "self"),
    ("POST", "/me/password", "self"),
    ("POST", "/pay/{ticket}/confirm", "public"),
    ("POST", "/pay/{ticket}/renew", "public"),
    ("POST", "/payments/confirm", "self|staff:payments_write"),
    ("POST", "/payments/links", "staff:payments_write"),
    ("POST", "/payments/manual", "staff:payments_write"),
    ("POST", "/payments/ready", "self|staff:payments_write"),
    ("POST", "/payments/{payment_key}/cancel", "self|staff:payments_write"),
    ("POST", "/rooms", "staff:rooms_manage"),
    ("POST", "/rooms/{id}/blackouts", "staff:bookings_write"),
    ("POST", "/staff", "staff:staff_manage"),
    ("POST", "/submit", "self"),
    ("POST", "/tours", "staff:rooms_manage"),
    ("POST", "/users/login-or-register", "staff:people_write"),
    ("POST", "/webhooks/kakao/unlink", "webhook"),
    ("POST", "/webhooks/toss", "public"),
    ("PUT", "/api/reservations/{id}/cancel", "self|staff:bookings_write"),
    ("PUT", "/tours/{id}/departures", "staff:bookings_write"),
];

/// What the first member has, a customer, somebody on staff and a key.
pub(super) struct Theirs {
    pub(super) booking: String,
    payment_key: String,
    session: String,
    customer: String,
    invited: String,
    key: String,
    wait: String,
    feed: String,
    calendar: String,
}

impl Theirs {
    pub(super) async fn make(app: &App) -> Result<Self> {
        let member = app.member().await?;
        let (_, order, payment_key) = member.up_to_the_window(app, &wish(14, 15)).await?;
        let reply = member.confirm(&payment_key, &order, 20_000).await?;
        assert_eq!(reply.status, 200, "{reply:?}");
        let booking = member.book(&free_wish(10, 11)).await?;
        let session = member.get("/auth/sessions").await?.text("/data/0/id");
        let customer = app.newcomer("customer@example.kr", "손님", "Str0ng!pass").await?;
        let customer = customer.get("/me").await?.text("/data/user_id");
        let owner = app.staff("owner").await?;
        let wish = json!({"email": "invited@example.kr", "name": "새 직원", "role": "viewer"});
        let invited = owner.post("/staff", &wish).await?.text("/data/id");
        let wish = json!({"name": "예약 연동", "scopes": ["bookings_read"]});
        let key = owner.post("/api/keys", &wish).await?.text("/data/id");
        let booking = booking["id"].as_str().context("no id")?.to_owned();
        let taken = free_wish(16, 17);
        app.newcomer("early@example.kr", "먼저", "Str0ng!pass").await?.book(&taken).await?;
        let wait = member.post("/api/waitlist", &taken).await?.text("/data/id");
        let feed = member.post("/api/feeds", &json!({})).await?.text("/data/id");
        let calendar = member.post("/api/feeds", &json!({})).await?.text("/data/path");
        let calendar = calendar.trim_start_matches("/calendar/").to_owned();
        let all = Self { booking, payment_key, session, customer, invited, key, wait, feed, calendar };
        let made = [&all.session, &all.customer, &all.invited, &all.key, &all.wait, &all.feed, &all.calendar];
        assert!(!made.iter().any(|id| id.is_empty()));
        Ok(all)
    }

    pub(super) fn path(&self, pattern: &str) -> String {
        let id = match pattern {
            of_room if of_room.starts_with("/rooms/{id}") => harness::people::ROOM_A,
            of_tour if of_tour.starts_with("/tours/{id}") => harness::people::TOUR,
            of_one
                if of_one.starts_with("/api/bookings/{id}")
                    || of_one.starts_with("/api/reservations/{id}") =>
            {
                &self.booking
            }
            "/api/waitlist/{id}" => &self.wait,
            "/api/feeds/{id}" => &self.feed,
            "/auth/sessions/{id}" => &self.session,
            "/staff/{id}" => &self.invited,
            "/api/keys/{id}" => &self.key,
            other => {
                assert!(!other.contains("{id}"), "{other}: whose?");
                ""
            }
        };
        let path = pattern.replace("{id}", id).replace("{user_id}", &self.customer);
        path.replace("{payment_key}", &self.payment_key).replace("{token}", &self.calendar)
    }
}

/// Asks for an operation as this guest, with an empty object where there is a body.
pub(super) async fn ask(guest: &Guest, method: &str, path: &str) -> Result<Reply> {
    let body = ["POST", "PUT", "PATCH"].contains(&method).then(|| b"{}".to_vec());
    guest.send(Method::from_bytes(method.as_bytes())?, path, &[JSON], body).await
}

/// Whom each guard lets through beside the record's owner.
pub(super) fn lets_through(guard: &str, pattern: &str, who: &str) -> bool {
    let all: &[&str] = match guard {
        "public" | "refresh" => return true,
        "webhook" => return false,
        "member" => return who != "stranger",
        // Where no record is named, everybody has their own.
        guard if guard.starts_with("self|") && !pattern.contains('{') => return who != "stranger",
        // What concerns the person and not their work is out of their API key's reach.
        "self" => return !["stranger", "key"].contains(&who),
        "staff:rooms_manage" | "staff:system_read" | "staff:staff_manage" | "staff:people_suspend" => {
            &["admin", "owner"]
        }
        "staff:staff_read" | "staff:bookings_read" => &["viewer", "operator", "admin", "owner", "key"],
        "staff:payments_read" | "staff:payments_write" | "staff:people_write" | "staff:bookings_write" => {
            &["operator", "admin", "owner", "key"]
        }
        "self|staff:bookings_read" => &["self", "viewer", "operator", "admin", "owner", "key"],
        "self|staff:bookings_write" | "self|staff:payments_read" | "self|staff:payments_write" => {
            &["self", "operator", "admin", "owner", "key"]
        }
        other => panic!("{other} is not in the table"),
    };
    all.contains(&who)
}

/// What those are answered whom the guard keeps out. A record that is not theirs to know of is not found.
pub(super) fn refusal(guard: &str, who: &str) -> &'static [u16] {
    match guard {
        _ if who == "stranger" => &[401],
        "webhook" => &[401],
        guard if guard.starts_with("self|") => &[403, 404],
        _ => &[403],
    }
}

/// What those are answered whom the guard lets through, with nothing in the body. The first member's booking
/// is cancelled by the first line of the table.
pub(super) fn answer(method: &str, pattern: &str, who: &str) -> u16 {
    match (method, pattern, who) {
        ("POST", "/auth/logout", "stranger") => 401,
        (
            "POST",
            "/auth/logout"
            | "/auth/mfa/totp"
            | "/admin/users/{user_id}/ban"
            | "/admin/users/{user_id}/unban"
            | "/api/bookings/{id}/cancel-preview",
            _,
        ) => 200,
        // The grade is another customer's.
        ("GET", "/payments/memberships/{user_id}", "self") => 403,
        // Nothing in the body asks for all that is left.
        ("POST", "/payments/{payment_key}/cancel" | "/webhooks/toss", _) => 200,
        // Nobody has this ticket; the provider's sample front ends are refused in its own words.
        (_, ticket, _) if ticket.starts_with("/pay/") => 404,
        ("POST", "/confirm/payment" | "/confirm/widget", _) => 400,
        ("POST", "/api/feeds", _) => 201,
        // It is restored once: the key asks before staff do.
        ("POST", "/api/bookings/{id}/restore", "key") => 200,
        // They have none.
        ("POST", "/admin/users/{user_id}/reset-mfa", _) => 409,
        // What is confirmed, free of charge and ahead of us is neither asked for nor held nor begun.
        (
            "POST",
            "/api/bookings/{id}/approve"
            | "/api/bookings/{id}/check-in"
            | "/api/bookings/{id}/complete"
            | "/api/bookings/{id}/confirm"
            | "/api/bookings/{id}/extend"
            | "/api/bookings/{id}/no-show"
            | "/api/bookings/{id}/reject"
            | "/api/bookings/{id}/restore",
            _,
        ) => 409,
        ("PATCH", "/api/bookings/{id}", _) | ("POST", "/api/bookings/{id}/reschedule", _) => 200,
        ("PATCH", "/staff/{id}", _) | ("PATCH" | "DELETE", "/rooms/{id}" | "/tours/{id}", _) => 428,
        ("PUT", "/api/reservations/{id}/cancel", _) => 200,
        ("POST" | "PUT" | "PATCH", ..)
        | ("DELETE", "/rooms/{id}/blackouts", _)
        | ("GET", "/rooms/{id}/availability/explain", _) => 422,
        // Everybody has sessions and feeds of their own; this one is the first member's.
        ("DELETE", "/auth/sessions/{id}" | "/api/feeds/{id}", "self") => 200,
        // An invitation is taken back once: the admin asks before the owner does.
        ("DELETE", "/staff/{id}", "admin") => 200,
        ("DELETE", "/auth/sessions/{id}" | "/api/feeds/{id}" | "/staff/{id}" | "/me/kakao", _) => 404,
        ("DELETE", "/me", "owner") => 409,
        _ => 200,
    }
}
