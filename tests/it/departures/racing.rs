//! Many parties for one departure.

use super::*;

/// Parties that come at once.
const PARTIES: u16 = 60;

/// Books as a client does that is told to come again in a moment.
async fn patiently(guest: &Guest, wish: &Value) -> Result<Reply> {
    for _ in 0..20 {
        let reply = guest.post("/api/bookings", wish).await?;
        if reply.status != 503 {
            return Ok(reply);
        }
        ensure!((refusal(&reply), reply.header("retry-after")) == ((503, "contended".into()), Some("1")));
    }
    anyhow::bail!("contended for ever")
}

async fn race(app: &App, tour: &str, capacity: u64, sizes: impl Fn(u16) -> u16) -> Result<()> {
    let guests = [app.member().await?, app.another().await?, app.staff("instructor").await?];
    let wishes = (0..PARTIES).map(|n| {
        let (guest, size) = (guests[usize::from(n) % guests.len()].clone(), sizes(n));
        let wish = morning(tour, size);
        async move { anyhow::Ok((size, patiently(&guest, &wish).await?)) }
    });
    let (mut taken, mut refused) = (0, Vec::new());
    for (size, reply) in try_join_all(wishes).await? {
        if reply.status == 201 {
            taken += u64::from(size);
            continue;
        }
        ensure!(refusal(&reply) == (409, "slot_taken".into()), "{reply:?}");
        ensure!(reply.body["alternatives"].as_array().is_some_and(|all| !all.is_empty()), "{reply:?}");
        refused.push(u64::from(size));
    }
    let left = next_day(app, tour).await?[0];
    println!("{PARTIES} parties: {taken} of {capacity} seats");
    ensure!(taken + left == capacity, "{taken} and {left} of {capacity}");
    // Seats only become fewer, so who would fit now was refused wrongly.
    ensure!(refused.iter().all(|size| *size > left), "{left} seats left, refused: {refused:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_parties_at_once_never_have_more_seats_than_there_are() -> Result<()> {
    let app = App::start().await?;
    let wide = json!({"timetable": [{"days": [], "time": "09:00", "seats": 40}, {"days": [], "time": "14:00", "seats": 40}]});
    let tour = tour(&app, wide).await?;
    // Sizes as a die would throw them, and always the same.
    race(&app, &tour, 40, |n| 1 + (n * 31 + n / 7 * 17) % 6).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_parties_at_once_share_the_seats_of_holds_that_are_over() -> Result<()> {
    let app = App::start().await?;
    let tour = tour(&app, json!({})).await?;
    let member = app.member().await?;
    for party in [2, 1, 3, 1, 2, 1] {
        member.book(&morning(&tour, party)).await?;
    }
    app.clock.advance(600);
    race(&app, &tour, 10, |n| 1 + n % 3).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seats_are_taken_away_from_nobody_while_others_book_them() -> Result<()> {
    let app = App::start().await?;
    let tour = tour(&app, json!({})).await?;
    let (member, operator) = (app.member().await?, app.staff("operator").await?);
    let wish = morning(&tour, 1);
    let bookings = (0..10).map(|_| member.post("/api/bookings", &wish));
    let fewer = [8, 6, 4].map(|seats| json!({"date": "2026-12-02", "time": "09:00", "seats": seats}));
    let decisions = fewer.iter().map(|wish| decide(&operator, &tour, wish));
    let (booked, decided) = tokio::try_join!(try_join_all(bookings), try_join_all(decisions))?;
    let taken = u64::try_from(booked.iter().filter(|reply| reply.status == 201).count())?;
    ensure!(booked.iter().all(|reply| [201, 409].contains(&reply.status)), "{booked:?}");
    for reply in &decided {
        ensure!(reply.status == 200 || refusal(reply) == (409, "seats_booked".into()), "{reply:?}");
    }
    // What the last decision gave is what is taken and what is left.
    let given = taken + next_day(&app, &tour).await?[0];
    ensure!([10, 8, 6, 4].contains(&given), "{taken} taken, {given} given");
    Ok(())
}
