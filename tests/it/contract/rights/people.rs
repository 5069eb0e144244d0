//! Second factors, Kakao's people, one's own page, staff, keys, and leaving.

use super::doors::move_to;
use super::*;

/// Days after which whoever left is erased, and one more.
const RETENTION: u32 = 31 * 24 * 3600;

/// What people do inside.
pub(super) async fn live(app: &App) -> Result<()> {
    let machine = app.machine();
    for path in ["/auth/mfa/totp", "/me/kakao"] {
        machine.post(path, &json!({})).await?;
    }
    for path in ["/me", "/staff"] {
        machine.get(path).await?;
    }
    own_page(app).await?;
    new_address_last(app).await?;
    second_factor_of_a_customer(app).await?;
    staff(app).await?;
    kakao(app).await?;
    leaving(app).await
}

async fn own_page(app: &App) -> Result<()> {
    let member = app.member().await?;
    let me = good(member.get("/me").await?)?;
    good(
        member.patch("/me", &json!({"name": "김", "lock_version": me.body["data"]["lock_version"]})).await?,
    )?;
    let told = json!({
        "username": "김철수", "birthDate": "19900214", "userphonenumber": "010-1234-5678", "gender": "남",
    });
    for _ in 0..2 {
        good(member.post("/submit", &told).await?)?;
    }
    good(member.get("/me/consents").await?)?;
    good(member.post("/me/consents", &json!({"kind": "marketing", "accepted": true})).await?)?;
    let passwords = json!({"current_password": PASSWORD, "new_password": "N3w!password"});
    good(member.post("/me/password", &passwords).await?)?;
    good(member.get("/me/export").await?)?;
    Ok(())
}

/// Sets an app up; answers its secret. The clock moves on, because a code is good once.
async fn enrol(app: &App, guest: &Guest) -> Result<String> {
    good(guest.post("/auth/mfa/totp", &json!({})).await?)?;
    let secret = good(guest.post("/auth/mfa/totp", &json!({})).await?)?.text("/secret");
    good(guest.post("/auth/mfa/totp/confirm", &json!({"code": code(app, &secret)?})).await?)?;
    app.clock.advance(30);
    Ok(secret)
}

async fn second_factor_of_a_customer(app: &App) -> Result<()> {
    let guest = app.newcomer("factor@example.kr", "이중", "Str0ng!pass").await?;
    let secret = enrol(app, &guest).await?;
    good(guest.post("/auth/mfa/recovery-codes", &json!({"code": code(app, &secret)?})).await?)?;
    app.clock.advance(30);
    good(guest.post("/auth/mfa/totp/disable", &json!({"code": code(app, &secret)?})).await?)?;
    app.mails(&guest.email).await?;
    Ok(())
}

/// Where staff must have a second factor, their first session waits for it.
pub(super) async fn second_factor_of_staff(app: &App) -> Result<()> {
    let guest = app.staff("operator").await?;
    let secret = enrol(app, &guest).await?;
    let known = json!({"email": guest.email, "password": PASSWORD});
    let half = good(app.stranger().post("/auth/login", &known).await?)?;
    lose_the_ring(app).await?;
    let second = json!({"mfa_token": half.text("/mfa_token"), "code": code(app, &secret)?});
    good(app.stranger().post("/auth/mfa/verify", &second).await?)?;
    Ok(())
}

async fn staff(app: &App) -> Result<()> {
    let owner = app.sign_in("owner@maru.local", PASSWORD).await?;
    let invite = |email: &str| json!({"email": email, "name": "새 직원", "role": "viewer"});
    good(owner.post("/staff", &invite("clerk@example.kr")).await?)?;
    let token = app.mailed_token("clerk@example.kr", "accept-invitation").await?;
    let accepted = json!({"token": token, "password": "Str0ng!pass"});
    good(app.stranger().post("/auth/accept-invitation", &accepted).await?)?;
    let second = good(owner.post("/staff", &invite("nobody@example.kr")).await?)?;
    good(owner.delete(&format!("/staff/{}", second.text("/data/id"))).await?)?;
    let kakao = json!({"kakao_id": "4000000009", "name": "카카오 직원", "role": "viewer"});
    good(owner.post("/staff", &kakao).await?)?;
    good(owner.get("/staff").await?)?;
    good(owner.get("/admin/verify").await?)?;
    let guest = app.newcomer("lost@example.kr", "분실", "Str0ng!pass").await?;
    enrol(app, &guest).await?;
    let lost = good(guest.get("/me").await?)?.text("/data/user_id");
    good(owner.post(&format!("/admin/users/{lost}/reset-mfa"), &json!({})).await?)?;
    let key = json!({"name": "연동", "scopes": ["bookings_read"]});
    let key = good(owner.post("/api/keys", &key).await?)?;
    good(owner.get("/api/keys").await?)?;
    good(owner.delete(&format!("/api/keys/{}", key.text("/data/id"))).await?)?;
    Ok(())
}

/// A new person of Kakao's, signed in.
async fn kakao_person(app: &App, id: i64) -> Result<(Guest, String)> {
    let redirect_uri = format!("{}/local/app/kakao", app.base_url());
    let code = app.stack().outsiders.kakao.code(id, &redirect_uri);
    let reply = good(app.stranger().post("/login/kakao", &json!({"code": code})).await?)?;
    let mut guest = app.stranger();
    guest.token = Some(reply.text("/jwt"));
    Ok((guest, reply.text("/user/user_id")))
}

/// Kakao tells that somebody cut the link there.
async fn unlinked_there(app: &App, id: i64) -> Result<()> {
    let known = format!("KakaoAK {KAKAO_ADMIN_KEY}");
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("authorization", known.as_str())];
    let body = format!("app_id=1&user_id={id}&referrer_type=UNLINK_FROM_APPS").into_bytes();
    good(app.stranger().send(Method::POST, "/webhooks/kakao/unlink", &headers, Some(body)).await?)?;
    Ok(())
}

async fn kakao(app: &App) -> Result<()> {
    lose_the_ring(app).await?;
    let (_, suspended) = kakao_person(app, 4_000_000_001).await?;
    let owner = app.sign_in("owner@maru.local", PASSWORD).await?;
    good(owner.post(&format!("/admin/users/{suspended}/ban"), &json!({"reason": "규칙"})).await?)?;
    unlinked_there(app, 4_000_000_001).await?;

    // With an address, and still without a password, they leave when the link is cut there.
    let (guest, _) = kakao_person(app, 4_000_000_002).await?;
    move_to(app, &guest, "kakao@example.kr").await?;
    unlinked_there(app, 4_000_000_002).await?;

    // Staff without another way in are signed out, and keep it.
    unlinked_there(app, 4_000_000_009).await?;

    let linked = app.newcomer("linked@example.kr", "연결", "Str0ng!pass").await?;
    let redirect_uri = format!("{}/local/app/kakao", app.base_url());
    let code = app.stack().outsiders.kakao.code(4_000_000_003, &redirect_uri);
    let proof = json!({"code": code, "password": "Str0ng!pass"});
    good(linked.post("/me/kakao", &proof).await?)?;
    good(linked.delete("/me/kakao").await?)?;
    Ok(())
}

/// Where the old address agrees first, the new one is the last word.
async fn new_address_last(app: &App) -> Result<()> {
    let guest = app.newcomer("mover@example.kr", "이사", "Str0ng!pass").await?;
    good(guest.post("/me/email", &json!({"email": "moved@example.kr"})).await?)?;
    let old = app.mailed_token("mover@example.kr", "verify-email").await?;
    good(app.stranger().post("/auth/verify-email", &json!({"token": old})).await?)?;
    let new = app.mailed_token("moved@example.kr", "confirm-email").await?;
    good(guest.post("/me/email/confirm", &json!({"token": new})).await?)?;
    Ok(())
}

async fn leaving(app: &App) -> Result<()> {
    let (guest, kakao) = kakao_person(app, 4_000_000_005).await?;
    good(guest.delete("/me").await?)?;
    let clerk = app.sign_in("clerk@example.kr", "Str0ng!pass").await?;
    let left = good(clerk.get("/me").await?)?.text("/data/user_id");
    good(clerk.delete("/me").await?)?;
    restored(app, &left, &kakao).await?;
    let workers = &app.stack().workers;
    app.mails("clerk@example.kr").await?;
    workers.erase(false).await?;
    app.clock.advance(RETENTION);
    let erased = workers.erase(false).await?;
    ensure!(erased.erased >= 2, "{erased:?}");
    workers.erase(true).await?;
    workers.rotate(&json!({"rotate": true})).await?;
    let bounce = json!({"notificationType": "Bounce", "bounce": {
        "bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": "gone@example.kr"}],
    }});
    ensure!(workers.report(&bounce.to_string()).await? == 1);
    Ok(())
}

/// What they signed in with is there again, as after a restore.
async fn restored(app: &App, left: &str, kakao: &str) -> Result<()> {
    let grants = [&CREDENTIALS, &IDENTITIES].map(|table| Grant { table, may: &[Action::PutItem] });
    let named = grants.map(|grant| (grant, grant.table.name.to_owned()));
    let db = Db::connect(&app.stack().sdk, named, app.clock.clock(), Random::system());
    let at = app.clock.clock().now();
    let door = json!({"email": "clerk@example.kr", "user_id": left, "changed_at": at});
    db.note(&Write::put(&CREDENTIALS, &door)).await?;
    let link = json!({"id": "kakao#4000000005", "user_id": kakao, "linked_at": at});
    db.note(&Write::put(&IDENTITIES, &link)).await?;
    Ok(())
}

/// What an authenticator app shows now for this secret: RFC 6238 with SHA-1, six digits, thirty seconds.
fn code(app: &App, secret: &str) -> Result<String> {
    let five = |c: char| u32::from(c) - if c.is_ascii_digit() { 24 } else { 65 };
    let bits = secret.chars().fold(String::new(), |bits, c| bits + &format!("{:05b}", five(c)));
    let bytes: Vec<u8> = bits
        .as_bytes()
        .chunks_exact(8)
        .map(|eight| eight.iter().fold(0, |byte, bit| (byte << 1) | (bit - b'0')))
        .collect();
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &bytes);
    let step = app.clock.clock().now().as_second() / 30;
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let at = usize::from(tag[19] & 15);
    let word = u32::from_be_bytes(tag[at..at + 4].try_into()?) & 0x7fff_ffff;
    Ok(format!("{:06}", word % 1_000_000))
}
