//! Somebody signs up with an address before, after, or around the one whose it is.

use super::*;

const EVIL: &str = "Att4cker!pass";

/// When the attacker asks for a link, seen from the victim's own sign-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Before,
    After,
    Around,
}

/// What the victim does about the mails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Follow {
    /// The newest link, without a password.
    NewestWithout,
    /// The newest link, with the password they signed up with.
    NewestWithOwn,
    /// The link of their own sign-up.
    OwnWithOwn,
    /// Every link, oldest first.
    EachWithOwn,
}

async fn signs_up(app: &App, password: &str) -> Result<String> {
    let wish = json!({"email": EMAIL, "password": password, "name": "김민아"});
    let reply = app.stranger().post("/auth/register", &wish).await?;
    ensure!(reply.status == 201, "{reply:?}");
    app.mailed_token(EMAIL, "verify-email").await
}

/// Follows a link; if it asks for the sign-up's password and that is another's, follows it without.
async fn follows(app: &App, token: &str, password: Option<&str>) -> Result<bool> {
    let mut reply =
        app.stranger().post("/auth/verify-email", &json!({"token": token, "password": password})).await?;
    if reply.status == 401 {
        is(&reply, 401, "wrong_password")?;
        reply = app.stranger().post("/auth/verify-email", &json!({"token": token})).await?;
    }
    match reply.status {
        200 if reply.body["password_set"] == true => Ok(true),
        200 => {
            is(&login(app, EMAIL, EVIL).await?, 401, "bad_credentials")?;
            ensure!(reset(app, &reply.text("/reset_token"), OWN).await?.status == 200);
            Ok(true)
        }
        _ => is(&reply, 400, "bad_link").map(|()| false),
    }
}

/// Whatever the victim does, the attacker's password never opens what comes of it.
pub(super) async fn hijacked(app: &App, order: Order, follow: Follow) -> Result<()> {
    let mut links = Vec::new();
    if order != Order::After {
        links.push(signs_up(app, EVIL).await?);
    }
    let own = signs_up(app, OWN).await?;
    links.push(own.clone());
    if order != Order::Before {
        links.push(signs_up(app, EVIL).await?);
    }
    is(&login(app, EMAIL, EVIL).await?, 401, "bad_credentials")?;
    let newest = links.last().context("no link")?;
    let made = match follow {
        Follow::NewestWithout => follows(app, newest, None).await?,
        Follow::NewestWithOwn => follows(app, newest, Some(OWN)).await?,
        Follow::OwnWithOwn => follows(app, &own, Some(OWN)).await?,
        Follow::EachWithOwn => {
            let mut made = false;
            for link in &links {
                made |= follows(app, link, Some(OWN)).await?;
            }
            made
        }
    };
    is(&login(app, EMAIL, EVIL).await?, 401, "bad_credentials")?;
    // Their own link is dead once a newer one was asked for, and then nobody is there yet.
    let dead = follow == Follow::OwnWithOwn && order != Order::Before;
    ensure!(made != dead, "made: {made}");
    if made {
        ensure!(login(app, EMAIL, OWN).await?.status == 200, "the victim is out");
        for link in &links {
            let proof = json!({"token": link, "password": EVIL});
            let reply = app.stranger().post("/auth/verify-email", &proof).await?;
            ensure!([400, 401].contains(&reply.status), "{reply:?}");
        }
        is(&login(app, EMAIL, EVIL).await?, 401, "bad_credentials")?;
    }
    Ok(())
}
