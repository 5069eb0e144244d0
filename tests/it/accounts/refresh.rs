//! Refresh tokens under stress: parallel uses, copies, lost answers, time, and a store that falters.
//!
//! `MARU_REUSES` and `MARU_LOST` say how many trials; without them there are a few.

use harness::faults::{Calls, Fault};

use super::*;
use crate::races::setting;

const REUSED: &str = "로그인이 종료되었습니다";

fn trials(name: &str, few: usize) -> usize {
    setting(name).and_then(|count| count.parse().ok()).unwrap_or(few)
}

fn below(random: &Random, bound: u32) -> u32 {
    u32::try_from(random.below(u64::from(bound))).unwrap()
}

/// The only session of the first seeded member.
async fn session(app: &App) -> Result<Session> {
    items(app, "sessions").await?.into_iter().next().context("no session")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_parallel_refreshes_make_one_generation_in_every_round() -> Result<()> {
    let app = App::start().await?;
    let mut shown = app.member().await?.refresh_token.context("no refresh token")?;
    for round in 1..=6 {
        let replies = at_once((0..50).map(|_| refresh(&app, &shown))).await?;
        let answers: BTreeSet<_> = replies.iter().map(|r| (r.status, r.text("/refresh_token"))).collect();
        let successor = answers.first().context("no answer")?.1.clone();
        assert_eq!(answers, BTreeSet::from([(200, successor.clone())]), "round {round}");
        assert_eq!(generation(&successor), round + 1);
        assert_eq!(trail_of(&app, "session.refreshed").await?.len(), usize::try_from(round)?);
        app.clock.advance(60);
        shown = successor;
    }
    assert_eq!(session(&app).await?.generation, 7);
    println!("6 rounds of 50 parallel refreshes: 6 new generations");
    Ok(())
}

#[tokio::test]
async fn a_copy_used_late_ends_its_session_and_its_person_is_told_once_in_every_trial() -> Result<()> {
    let (app, random) = (App::start().await?, Random::seeded(6));
    let trials = trials("MARU_REUSES", 20);
    for trial in 1..=trials {
        let device = app.member().await?;
        let mut chain = vec![device.refresh_token.clone().context("no refresh token")?];
        let mut access = String::new();
        // Whoever uses a token last makes every one before the last two a copy, be it thief or owner.
        for _ in 0..2 + below(&random, 4) {
            app.clock.advance(below(&random, 7200));
            let reply = refresh(&app, &chain[chain.len() - 1]).await?;
            chain.push(reply.text("/refresh_token"));
            access = reply.text("/token");
        }
        let generations: Vec<u64> = chain.iter().map(|token| generation(token)).collect();
        assert!(generations.is_sorted_by(|a, b| a + 1 == *b), "{generations:?}");
        app.clock.advance(11 + below(&random, 3000));
        is_in(&bearer(&app, &access)).await?;
        let copies = u32::try_from(chain.len() - 2)?;
        let copy = &chain[below(&random, copies) as usize];
        assert_eq!(told(&refresh(&app, copy).await?), refused(401, "bad_refresh_token"), "trial {trial}");
        is_out(&bearer(&app, &access)).await?;
        for token in &chain {
            assert_eq!(told(&refresh(&app, token).await?), refused(401, "bad_refresh_token"));
        }
        assert_eq!(mails_about(&app, &device.email, REUSED).await?, trial);
    }
    assert_eq!(trail_of(&app, "session.reuse_detected").await?.len(), trials);
    println!("{trials} of {trials} used copies ended their session and were told once");
    Ok(())
}

#[tokio::test]
async fn lost_answers_log_nobody_out() -> Result<()> {
    let (app, random) = (App::start().await?, Random::seeded(10));
    let wanted = trials("MARU_LOST", 150);
    let (mut lost, mut sign_ins, mut left) = (0, 0, 0);
    let mut shown = String::new();
    while lost < wanted {
        // Thirty days end a session whatever happens, so a new one begins before they could.
        if left < 15 * DAY {
            shown = app.member().await?.refresh_token.context("no refresh token")?;
            (sign_ins, left) = (sign_ins + 1, 30 * DAY);
        }
        let mut patience = 13 * DAY;
        let mut answers = BTreeSet::new();
        for _ in 0..=below(&random, 8) {
            // Now and then it is the store whose answer is lost, too.
            if random.below(25) == 0 {
                app.faults.next(Calls::All, Fault::LoseReply);
            }
            answers.insert(kept(&refresh(&app, &shown).await?)?);
            lost += 1;
            let longest = [5, 3600, DAY, patience][below(&random, 4) as usize];
            let wait = below(&random, longest.min(patience) + 1);
            app.clock.advance(wait);
            (patience, left) = (patience - wait, left - wait);
        }
        let heard = refresh(&app, &shown).await?;
        answers.insert(kept(&heard)?);
        assert_eq!(answers.len(), 1, "one token, several successors");
        is_in(&bearer(&app, &heard.text("/token"))).await?;
        shown = heard.text("/refresh_token");
    }
    assert_eq!(app.faults.left(), 0);
    assert!(trail_of(&app, "session.reuse_detected").await?.is_empty());
    println!("{lost} lost answers in {sign_ins} sessions: nobody was logged out");
    Ok(())
}

/// The successor a client would have kept, had it heard the answer.
fn kept(reply: &Reply) -> Result<String> {
    anyhow::ensure!(reply.status == 200, "logged out: {reply:?}");
    Ok(reply.text("/refresh_token"))
}

#[tokio::test]
async fn fourteen_days_without_a_refresh_end_a_session_and_not_a_second_less() -> Result<()> {
    let app = App::start().await?;
    let (used, idle) = (app.member().await?, app.member().await?);
    let (used, idle) = (used.refresh_token.unwrap_or_default(), idle.refresh_token.unwrap_or_default());
    app.clock.advance(14 * DAY);
    let reply = refresh(&app, &used).await?;
    assert_eq!((reply.status, generation(&reply.text("/refresh_token"))), (200, 2));
    app.clock.advance(1);
    assert_eq!(told(&refresh(&app, &idle).await?), refused(401, "bad_refresh_token"));
    assert_eq!(refresh(&app, &used).await?.status, 200, "its answer may be asked for again");
    assert!(trail_of(&app, "session.reuse_detected").await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn asking_again_for_a_lost_answer_does_not_keep_a_session_alive() -> Result<()> {
    let app = App::start().await?;
    let shown = app.member().await?.refresh_token.context("no refresh token")?;
    for _ in 0..15 {
        assert_eq!(refresh(&app, &shown).await?.status, 200);
        app.clock.advance(DAY);
    }
    assert_eq!(told(&refresh(&app, &shown).await?), refused(401, "bad_refresh_token"));
    Ok(())
}

#[tokio::test]
async fn thirty_days_end_a_session_even_for_a_lost_answer() -> Result<()> {
    let app = App::start().await?;
    let mut shown = app.member().await?.refresh_token.context("no refresh token")?;
    for _ in 0..3 {
        app.clock.advance(10 * DAY - 1);
        let reply = refresh(&app, &shown).await?;
        assert_eq!(reply.status, 200, "{reply:?}");
        if generation(&shown) < 3 {
            shown = reply.text("/refresh_token");
        }
    }
    app.clock.advance(2);
    assert_eq!(refresh(&app, &shown).await?.status, 200, "a second before the end");
    app.clock.advance(1);
    assert_eq!(told(&refresh(&app, &shown).await?), refused(401, "bad_refresh_token"));
    Ok(())
}

#[tokio::test]
async fn no_fault_of_the_store_makes_a_second_generation_of_one_token() -> Result<()> {
    let app = App::start().await?;
    let mut shown = app.member().await?.refresh_token.context("no refresh token")?;
    let faults = [Fault::Refuse, Fault::LoseReply, Fault::Throttle, Fault::ServerError, Fault::Conflict];
    let cases = faults.into_iter().flat_map(|fault| {
        [(Calls::Writes, 1), (Calls::Writes, 2), (Calls::Writes, 6), (Calls::Reads, 1), (Calls::Reads, 6)]
            .map(|(calls, times)| (fault, calls, times))
    });
    let mut rounds = 0;
    for (fault, calls, times) in cases {
        app.faults.times(times, calls, fault);
        let faulty = refresh(&app, &shown).await?;
        app.faults.clear();
        assert!([200, 409, 503].contains(&faulty.status), "{fault:?} × {times} on {calls:?}: {faulty:?}");
        let reply = refresh(&app, &shown).await?;
        assert_eq!(reply.status, 200, "{fault:?} × {times} on {calls:?}: {reply:?}");
        let next = reply.text("/refresh_token");
        assert_eq!(generation(&next), generation(&shown) + 1, "{fault:?} × {times} on {calls:?}");
        if faulty.status == 200 {
            assert_eq!(faulty.text("/refresh_token"), next);
        }
        (shown, rounds) = (next, rounds + 1);
    }
    assert_eq!(session(&app).await?.generation, 1 + rounds);
    assert_eq!(trail_of(&app, "session.refreshed").await?.len(), usize::try_from(rounds)?);
    println!("{rounds} refreshes with faults: {rounds} new generations");
    Ok(())
}

#[tokio::test]
async fn a_copy_used_while_the_store_falters_still_ends_the_session_and_is_told_once() -> Result<()> {
    let app = App::start().await?;
    let device = app.member().await?;
    let first = device.refresh_token.clone().context("no refresh token")?;
    let second = refresh(&app, &first).await?.text("/refresh_token");
    let third = refresh(&app, &second).await?.text("/refresh_token");
    app.clock.advance(11);
    app.faults.next(Calls::Writes, Fault::LoseReply);
    assert_eq!(told(&refresh(&app, &first).await?), refused(401, "bad_refresh_token"));
    assert_eq!(app.faults.left(), 0);
    assert_eq!(told(&refresh(&app, &third).await?), refused(401, "bad_refresh_token"));
    is_out(&device).await?;
    assert_eq!(mails_about(&app, &device.email, REUSED).await?, 1);
    Ok(())
}
