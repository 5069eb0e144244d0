//! Signing keys come and go, and nobody notices.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::*;

const LEAD: u32 = 600;
const ACCESS: u32 = 3600;
const MARGIN: u32 = 300;
const TERM: u32 = 30 * DAY;

/// The ids of the published keys.
async fn published(app: &App) -> Result<BTreeSet<String>> {
    let reply = app.stranger().get("/.well-known/jwks.json").await?;
    let keys = reply.body["keys"].as_array().with_context(|| format!("no keys: {reply:?}"))?;
    Ok(keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect())
}

fn kid(token: &str) -> String {
    part(token, 0)["kid"].as_str().unwrap().to_owned()
}

/// The key the next token would be signed with.
async fn signs(app: &App) -> Result<String> {
    let member = app.member().await?;
    is_in(&member).await?;
    Ok(kid(member.token.as_deref().context("no token")?))
}

async fn rotate(app: &App) -> Result<()> {
    app.stack().workers.rotate(&json!({"rotate": true})).await
}

/// A look of the scheduler's.
async fn tick(app: &App) -> Result<()> {
    app.stack().workers.rotate(&Value::Null).await
}

#[tokio::test]
async fn a_key_is_published_ten_minutes_before_it_signs_and_until_its_last_token_is_over() -> Result<()> {
    let app = App::start().await?;
    let old = signs(&app).await?;
    assert_eq!(published(&app).await?, BTreeSet::from([old.clone()]));
    rotate(&app).await?;
    let both = published(&app).await?;
    assert_eq!(both.len(), 2);
    app.clock.advance(LEAD - 1);
    assert_eq!(signs(&app).await?, old);
    // A function may be a minute late to look for its signer.
    app.clock.advance(59);
    let last = app.member().await?;
    app.clock.advance(1);
    let new = signs(&app).await?;
    assert!(new != old && both.contains(&new));
    assert_eq!(kid(last.token.as_deref().unwrap_or_default()), old);
    tick(&app).await?;
    is_in(&last).await?;
    app.clock.advance(ACCESS - 2);
    tick(&app).await?;
    is_in(&last).await?;
    assert_eq!(published(&app).await?, both);
    app.clock.advance(1);
    is_out(&last).await?;
    app.clock.advance(MARGIN - 58);
    tick(&app).await?;
    assert_eq!(published(&app).await?, BTreeSet::from([new.clone()]));
    assert_eq!(signs(&app).await?, new);
    Ok(())
}

#[tokio::test]
async fn time_alone_rotates_a_key_after_thirty_days() -> Result<()> {
    let app = App::start().await?;
    let first = signs(&app).await?;
    for _ in 0..2 {
        tick(&app).await?;
    }
    app.clock.advance(TERM - 1);
    tick(&app).await?;
    assert_eq!(published(&app).await?.len(), 1);
    app.clock.advance(1);
    for _ in 0..3 {
        tick(&app).await?;
    }
    assert_eq!((published(&app).await?.len(), signs(&app).await?), (2, first.clone()));
    app.clock.advance(LEAD + 60);
    assert_ne!(signs(&app).await?, first);
    app.clock.advance(ACCESS + MARGIN);
    tick(&app).await?;
    assert!(!published(&app).await?.contains(&first));
    Ok(())
}

/// What everybody who takes part in the long run shares.
struct Run {
    app: App,
    over: AtomicBool,
    requests: AtomicUsize,
    tokens: AtomicUsize,
    wrong: Mutex<Vec<String>>,
    /// Every key that was ever seen published.
    known: Mutex<BTreeSet<String>>,
    signed: Mutex<BTreeSet<String>>,
}

impl Run {
    fn seconds(&self) -> i64 {
        now(&self.app).as_second()
    }

    fn took(&self, reply: &Reply) -> Option<(String, String, i64)> {
        if reply.status != 200 {
            self.wrong.lock().unwrap().push(format!("{reply:?}"));
            return None;
        }
        self.tokens.fetch_add(1, Ordering::SeqCst);
        let token = reply.text("/token");
        let iat = part(&token, 1)["iat"].as_i64()?;
        if !self.known.lock().unwrap().contains(&kid(&token)) {
            self.wrong.lock().unwrap().push(format!("{} signs unpublished", kid(&token)));
        }
        self.signed.lock().unwrap().insert(kid(&token));
        Some((token, reply.text("/refresh_token"), iat))
    }

    /// Somebody who reads, refreshes in good time, and now and then signs in anew.
    async fn customer(&self, n: u64) -> Result<()> {
        let random = Random::seeded(n);
        let people = ["member1", "member2", "operator", "instructor"];
        let email = format!("{}@maru.local", people[usize::try_from(n)? % people.len()]);
        let mut held = None;
        while !self.over.load(Ordering::SeqCst) {
            held = match held {
                None => self.took(&login(&self.app, &email, PASSWORD).await?),
                Some((_, shown, _)) if random.below(9) == 0 => self.took(&refresh(&self.app, &shown).await?),
                Some((_, shown, iat)) if self.seconds() - iat > 1800 => {
                    self.took(&refresh(&self.app, &shown).await?)
                }
                Some(_) if random.below(40) == 0 => None,
                held => held,
            };
            if let Some((token, ..)) = &held {
                let reply = bearer(&self.app, token).get("/api/bookings").await?;
                self.requests.fetch_add(1, Ordering::SeqCst);
                if reply.status != 200 {
                    self.wrong.lock().unwrap().push(format!("{reply:?}"));
                }
            }
        }
        Ok(())
    }

    /// Time passes no faster than people act: nobody's request is to last for hours of the clock.
    async fn wait_for_others(&self) {
        let before = self.requests.load(Ordering::SeqCst);
        for _ in 0..1_000_000 {
            if self.requests.load(Ordering::SeqCst) >= before + 4 || !self.wrong.lock().unwrap().is_empty() {
                return;
            }
            tokio::task::yield_now().await;
        }
    }

    /// The clock, the scheduler and an operator who rotates.
    async fn time(&self) -> Result<()> {
        for _ in 0..3 {
            rotate(&self.app).await?;
            for step in 0..(LEAD + ACCESS + MARGIN) / 60 + 4 {
                let keys = published(&self.app).await?;
                self.known.lock().unwrap().extend(keys);
                self.app.clock.advance(60);
                self.wait_for_others().await;
                if step % 10 == 0 {
                    tick(&self.app).await?;
                }
            }
            tick(&self.app).await?;
        }
        self.over.store(true, Ordering::SeqCst);
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_rotations_under_load_refuse_nobody() -> Result<()> {
    let app = App::start().await?;
    let run = Run {
        app,
        over: AtomicBool::default(),
        requests: AtomicUsize::default(),
        tokens: AtomicUsize::default(),
        wrong: Mutex::default(),
        known: Mutex::default(),
        signed: Mutex::default(),
    };
    let keys = published(&run.app).await?;
    run.known.lock().unwrap().extend(keys);
    let (timed, customers) = tokio::join!(run.time(), at_once((1..=4).map(|n| run.customer(n))));
    run.over.store(true, Ordering::SeqCst);
    timed?;
    customers?;
    let wrong = run.wrong.into_inner()?;
    assert!(wrong.is_empty(), "{} wrong: {}", wrong.len(), wrong[0]);
    let (requests, tokens) = (run.requests.into_inner(), run.tokens.into_inner());
    assert_eq!(run.signed.into_inner()?.len(), 4, "every key signed");
    assert!(requests > 100, "{requests}");
    println!("3 rotations, {requests} requests, {tokens} tokens: 0 refused");
    Ok(())
}

#[tokio::test]
async fn parallel_rotations_announce_one_key() -> Result<()> {
    let app = App::start().await?;
    at_once((0..8).map(|_| rotate(&app))).await?;
    assert_eq!(published(&app).await?.len(), 2);
    Ok(())
}
