//! Guessing does not pay: tries at an address are counted before they cost anything, and the counter is
//! the same whether or not anybody has the address.

use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use maru_accounts::{Accounts, House, login_api};
use maru_web::Front;

use super::*;

/// More than two hundred tries take, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// Tries made at once.
const TRIES: usize = 200;
/// Wrong, too early, or more at once than this machine's store answers in time; only the first is looked at.
const REFUSED: [u16; 3] = [401, 429, 503];
const DAY: u32 = 24 * 3600;

/// A sandbox of `login` over the same store, whose hashes can be counted.
struct Sandbox {
    front: Front,
    accounts: Accounts,
}

impl Sandbox {
    fn of(app: &App) -> Result<Self> {
        let db = app.stack().store("login").context("no login")?;
        let keys = app.stack().vault.clone().supply(|secrets| Keys::derive(&secrets.master()));
        let accounts = Accounts::new(db.clone(), keys, House::default());
        let (mounted, meter) = (login_api(accounts.clone()), db.meter().clone());
        Ok(Self { front: Front::new("login", mounted, vec![], "dev", meter, Random::system()), accounts })
    }

    /// The status of a wrong try.
    async fn guess(&self, email: &str, ip: String) -> Result<u16> {
        let body = json!({"email": email, "password": "wrong"}).to_string();
        let request = Request::post("/auth/login").header("content-type", "application/json");
        Ok(self.front.answer(request.body(Body::from(body))?, Some(ip)).await.status().as_u16())
    }
}

/// A place of its own for each number.
fn elsewhere(number: usize) -> String {
    format!("10.{}.{}.7", number / 250, number % 250)
}

#[tokio::test]
async fn two_hundred_parallel_guesses_at_an_address_cost_five_hashes_at_most() -> Result<()> {
    let app = App::start().await?;
    let sandbox = Sandbox::of(&app)?;
    let cases: [(&str, &[&str]); 4] = [
        ("a known address", &[KNOWN]),
        ("an unknown address", &[UNKNOWN]),
        (
            "a known address, typed in many ways",
            &[
                "member2@maru.local",
                "MEMBER2@maru.local",
                " member2@Maru.LOCAL ",
                "ｍｅｍｂｅｒ２@maru.local",
            ],
        ),
        ("what is no address", &["no address", " No Address", "NO ADDRESS "]),
    ];
    for (case, (what, spellings)) in cases.into_iter().enumerate() {
        let before = sandbox.accounts.hashes();
        let guesses =
            (0..TRIES).map(|n| sandbox.guess(spellings[n % spellings.len()], elsewhere(case * TRIES + n)));
        let statuses = tokio::time::timeout(PATIENCE, join_all(guesses)).await.context("no end")?;
        let statuses: Vec<u16> = statuses.into_iter().collect::<Result<_>>()?;
        let hashes = sandbox.accounts.hashes() - before;
        println!("{TRIES} parallel guesses at {what}: {hashes} hashes");
        let looked_at = statuses.iter().filter(|status| **status == 401).count();
        assert!((1..=5).contains(&hashes), "{what}: {hashes} hashes");
        assert_eq!(usize::try_from(hashes)?, looked_at, "{what}");
        assert!(statuses.iter().all(|status| REFUSED.contains(status)), "{what}: {statuses:?}");
    }
    Ok(())
}

#[tokio::test]
async fn parallel_guesses_over_http_are_answered_each_and_five_are_looked_at() -> Result<()> {
    let app = App::start().await?;
    for email in [KNOWN, UNKNOWN] {
        let place = if email == KNOWN { "203.0.113" } else { "203.0.114" };
        let guesses = (0..TRIES).map(|n| {
            let ip = format!("{place}.{}", n % 250);
            let app = &app;
            async move { login_from(app, &ip, email, "wrong").await }
        });
        let replies = tokio::time::timeout(PATIENCE, join_all(guesses)).await.context("no end")?;
        let replies: Vec<Reply> = replies.into_iter().collect::<Result<_>>()?;
        let looked_at = replies.iter().filter(|reply| reply.status == 401).count();
        assert!((1..=5).contains(&looked_at), "{email}: {looked_at}");
        for reply in &replies {
            assert!(REFUSED.contains(&reply.status), "{reply:?}");
            assert!(reply.status != 429 || too_early(reply).is_some_and(|seconds| seconds > 0), "{reply:?}");
        }
        assert!(replies.iter().any(|reply| reply.status == 429), "{email}");
    }
    Ok(())
}

#[tokio::test]
async fn the_waits_double_to_a_quarter_of_an_hour_and_each_answer_tells_how_long() -> Result<()> {
    let app = App::start().await?;
    for wait in [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
        for email in [KNOWN, UNKNOWN] {
            if wait > 0 {
                assert_eq!(too_early(&login(&app, email, "wrong").await?), Some(wait), "{email}");
                // To ask early costs nothing: the wait is no longer for it.
                assert_eq!(too_early(&login(&app, email, PASSWORD).await?), Some(wait), "{email}");
            }
        }
        if wait > 1 {
            app.clock.advance(wait - 1);
            assert_eq!(too_early(&login(&app, KNOWN, "wrong").await?), Some(1));
            assert_eq!(too_early(&login(&app, UNKNOWN, "wrong").await?), Some(1));
        }
        app.clock.advance(wait.min(1));
        for email in [KNOWN, UNKNOWN] {
            assert_eq!(told(&login(&app, email, "wrong").await?), refused(401, "bad_credentials"), "{email}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_right_password_waits_too_and_then_forgets_the_wrong_ones() -> Result<()> {
    let app = App::start().await?;
    for _ in 0..2 {
        for _ in 0..5 {
            assert_eq!(told(&login(&app, KNOWN, "wrong").await?), refused(401, "bad_credentials"));
        }
        assert_eq!(too_early(&login(&app, KNOWN, PASSWORD).await?), Some(1));
        app.clock.advance(1);
        assert_eq!(login(&app, KNOWN, PASSWORD).await?.status, 200);
        assert_eq!(counters(&app, "try#").await?, 0);
    }
    Ok(())
}

#[tokio::test]
async fn a_day_without_tries_forgives() -> Result<()> {
    let app = App::start().await?;
    for _ in 0..5 {
        login(&app, KNOWN, "wrong").await?;
    }
    app.clock.advance(DAY);
    for _ in 0..5 {
        assert_eq!(told(&login(&app, KNOWN, "wrong").await?), refused(401, "bad_credentials"));
    }
    assert_eq!(too_early(&login(&app, KNOWN, "wrong").await?), Some(1));
    Ok(())
}

#[tokio::test]
async fn the_hundredth_wrong_password_stops_an_address_and_a_mailed_link_lets_its_owner_in() -> Result<()> {
    let app = App::start().await?;
    for number in 1..=100 {
        let mut waited = Vec::new();
        for email in [KNOWN, UNKNOWN] {
            waited.push(too_early(&login(&app, email, "wrong").await?));
        }
        assert_eq!(waited[0], waited[1], "{number}");
        if let Some(seconds) = waited[0] {
            app.clock.advance(seconds);
            for email in [KNOWN, UNKNOWN] {
                assert_eq!(told(&login(&app, email, "wrong").await?), refused(401, "bad_credentials"));
            }
        }
        assert_eq!(app.stack().outsiders.ses.mails(None).len(), 0, "{number}");
    }
    for email in [KNOWN, UNKNOWN] {
        assert_eq!(too_early(&login(&app, email, PASSWORD).await?), Some(30 * DAY), "{email}");
    }
    let mails = app.mails(KNOWN).await?;
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert!(mails[0].subject.contains("로그인이 잠겼습니다"), "{mails:?}");
    assert_eq!(app.stack().outsiders.ses.mails(None).len(), 1);

    let token = app.mailed_token(KNOWN, "reset-password").await?;
    assert_eq!(reset(&app, &token, NEW).await?.status, 200);
    assert_eq!(login(&app, KNOWN, NEW).await?.status, 200);
    // Nobody can follow a link for an address nobody has: it opens by itself.
    app.clock.advance(30 * DAY - 1);
    assert_eq!(too_early(&login(&app, UNKNOWN, PASSWORD).await?), Some(1));
    app.clock.advance(1);
    assert_eq!(told(&login(&app, UNKNOWN, PASSWORD).await?), refused(401, "bad_credentials"));
    Ok(())
}

#[tokio::test]
async fn a_place_that_tries_too_much_costs_an_address_none_of_its_tries() -> Result<()> {
    let app = App::start().await?;
    login(&app, KNOWN, "wrong").await?;
    wear(&app, 99).await?;
    wrong_everywhere(&app, "203.0.113", 100).await?;
    assert!(too_early(&login_from(&app, "203.0.113.9", KNOWN, "wrong").await?).is_some());
    // The hundredth is still free, elsewhere.
    assert_eq!(login(&app, KNOWN, PASSWORD).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_place_may_be_wrong_a_hundred_times_an_hour_and_its_neighbours_are_not_held_up() -> Result<()> {
    let app = App::start().await?;
    let device = device_token(&app, KNOWN).await?;
    // Right ones are no wrong ones.
    for _ in 0..3 {
        assert_eq!(login_from(&app, "203.0.113.1", KNOWN, PASSWORD).await?.status, 200);
    }
    app.clock.advance(600);
    wrong_everywhere(&app, "203.0.113", 100).await?;
    for (email, password) in [("one@more.kr", "wrong"), (KNOWN, PASSWORD)] {
        let reply = login_from(&app, "203.0.113.200", email, password).await?;
        assert_eq!(too_early(&reply), Some(3000), "{email}");
    }
    let reply = login_from(&app, "203.0.114.1", "one@more.kr", "wrong").await?;
    assert_eq!(told(&reply), refused(401, "bad_credentials"));
    assert_eq!(login_from(&app, "203.0.114.1", KNOWN, PASSWORD).await?.status, 200);
    let reply = with_device(&app, "203.0.113.200", KNOWN, PASSWORD, &json!(device)).await?;
    assert_eq!(reply.status, 200, "{reply:?}");
    app.clock.advance(3000);
    assert_eq!(login_from(&app, "203.0.113.200", KNOWN, PASSWORD).await?.status, 200);
    Ok(())
}
