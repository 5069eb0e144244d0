//! The oracle: every operation, who may, and what those who may are answered.

use super::*;

/// What is mounted without being here, or other than here, fails.
pub(super) const ACCESS: [(&str, &str, &str); 65] = [
    ("DELETE", "/api/bookings/{id}", "self|staff:bookings_write"),
    ("DELETE", "/api/keys/{id}", "staff:staff_manage"),
    ("DELETE", "/auth/sessions", "self"),
    ("DELETE", "/auth/sessions/{id}", "self"),
    ("DELETE", "/me", "self"),
    ("DELETE", "/me/kakao", "self"),
    ("DELETE", "/staff/{id}", "staff:staff_manage"),
    ("GET", "/.well-known/jwks.json", "public"),
    ("GET", "/admin/login/kakao", "public"),
    ("GET", "/admin/verify", "staff:staff_read"),
    ("GET", "/api/bookings", "member"),
    ("GET", "/api/bookings/{id}", "self|staff:bookings_read"),
    ("GET", "/api/health", "public"),
    ("GET", "/api/keys", "staff:staff_manage"),
    ("GET", "/api/system/info", "staff:system_read"),
    ("GET", "/auth/sessions", "self"),
    ("GET", "/docs", "public"),
    ("GET", "/health", "public"),
    ("GET", "/healthz", "public"),
    ("GET", "/me", "self"),
    ("GET", "/me/consents", "self"),
    ("GET", "/me/export", "self"),
    ("GET", "/openapi.json", "public"),
    ("GET", "/payments/{payment_key}", "self|staff:payments_read"),
    ("GET", "/rooms", "public"),
    ("GET", "/rooms/{id}", "public"),
    ("GET", "/rooms/{id}/availability", "public"),
    ("GET", "/staff", "staff:staff_manage"),
    ("GET", "/staff/{id}", "staff:staff_manage"),
    ("PATCH", "/me", "self"),
    ("PATCH", "/staff/{id}", "staff:staff_manage"),
    ("POST", "/admin/login/kakao", "public"),
    ("POST", "/admin/users/{user_id}/ban", "staff:people_suspend"),
    ("POST", "/admin/users/{user_id}/reset-mfa", "staff:staff_manage"),
    ("POST", "/admin/users/{user_id}/unban", "staff:people_suspend"),
    ("POST", "/api/bookings", "member"),
    ("POST", "/api/keys", "staff:staff_manage"),
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
    ("POST", "/login/kakao", "public"),
    ("POST", "/me/consents", "self"),
    ("POST", "/me/email", "self"),
    ("POST", "/me/email/confirm", "self"),
    ("POST", "/me/kakao", "self"),
    ("POST", "/me/password", "self"),
    ("POST", "/payments/confirm", "member"),
    ("POST", "/payments/ready", "member"),
    ("POST", "/rooms", "staff:rooms_manage"),
    ("POST", "/staff", "staff:staff_manage"),
    ("POST", "/submit", "self"),
    ("POST", "/users/login-or-register", "staff:people_write"),
    ("POST", "/webhooks/kakao/unlink", "webhook"),
];

/// What the first member has, a customer, somebody on staff and a key.
pub(super) struct Theirs {
    pub(super) booking: String,
    payment_key: String,
    session: String,
    customer: String,
    invited: String,
    key: String,
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
        let all = Self { booking, payment_key, session, customer, invited, key };
        assert!(![&all.session, &all.customer, &all.invited, &all.key].iter().any(|id| id.is_empty()));
        Ok(all)
    }

    pub(super) fn path(&self, pattern: &str) -> String {
        let id = match pattern {
            "/rooms/{id}" | "/rooms/{id}/availability" => harness::people::ROOM_A,
            "/api/bookings/{id}" => &self.booking,
            "/auth/sessions/{id}" => &self.session,
            "/staff/{id}" => &self.invited,
            "/api/keys/{id}" => &self.key,
            other => {
                assert!(!other.contains("{id}"), "{other}: whose?");
                ""
            }
        };
        let path = pattern.replace("{id}", id).replace("{user_id}", &self.customer);
        path.replace("{payment_key}", &self.payment_key)
    }
}

/// Asks for an operation as this guest, with an empty object where there is a body.
pub(super) async fn ask(guest: &Guest, method: &str, path: &str) -> Result<Reply> {
    let body = ["POST", "PATCH"].contains(&method).then(|| b"{}".to_vec());
    guest.send(Method::from_bytes(method.as_bytes())?, path, &[JSON], body).await
}

/// Whom each guard lets through beside the record's owner.
pub(super) fn lets_through(guard: &str, who: &str) -> bool {
    let all: &[&str] = match guard {
        "public" | "refresh" => return true,
        "webhook" => return false,
        "member" => return who != "stranger",
        // What concerns the person and not their work is out of their API key's reach.
        "self" => return !["stranger", "key"].contains(&who),
        "staff:rooms_manage" | "staff:system_read" | "staff:staff_manage" | "staff:people_suspend" => {
            &["admin", "owner"]
        }
        "staff:staff_read" => &["viewer", "operator", "admin", "owner", "key"],
        "staff:people_write" => &["operator", "admin", "owner", "key"],
        "self|staff:bookings_read" => &["self", "viewer", "operator", "admin", "owner", "key"],
        "self|staff:bookings_write" | "self|staff:payments_read" => {
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

/// What those are answered whom the guard lets through, with nothing in the body.
pub(super) fn answer(method: &str, pattern: &str, who: &str) -> u16 {
    match (method, pattern, who) {
        ("POST", "/auth/logout", "stranger") => 401,
        (
            "POST",
            "/auth/logout" | "/auth/mfa/totp" | "/admin/users/{user_id}/ban" | "/admin/users/{user_id}/unban",
            _,
        ) => 200,
        // They have none.
        ("POST", "/admin/users/{user_id}/reset-mfa", _) => 409,
        ("PATCH", "/staff/{id}", _) => 428,
        ("POST" | "PATCH", ..) => 422,
        // Everybody has sessions of their own; this one is the first member's.
        ("DELETE", "/auth/sessions/{id}", "self") => 200,
        // An invitation is taken back once: the admin asks before the owner does.
        ("DELETE", "/staff/{id}", "admin") => 200,
        ("DELETE", "/auth/sessions/{id}" | "/staff/{id}" | "/me/kakao", _) => 404,
        ("DELETE", "/me", "owner") => 409,
        _ => 200,
    }
}
