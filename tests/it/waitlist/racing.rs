//! Who waits wins, whoever runs.

use super::*;

/// People who walk in at once.
const WALK_INS: usize = 30;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_thirty_who_walk_in_while_hours_come_free_nobody_gets_past_who_waits() -> Result<()> {
    let app = App::start().await?;
    let (member, waiter) = (app.member().await?, app.another().await?);
    let walk_ins = [app.staff("instructor").await?, app.staff("viewer").await?, app.staff("operator").await?];
    for hour in [9, 11, 13, 15] {
        let wish = free_wish(hour, hour + 2);
        let booking = member.book(&wish).await?;
        let place = join(&waiter, &wish).await?;
        let tries = (0..WALK_INS).map(|n| walk_ins[n % walk_ins.len()].post("/api/bookings", &wish));
        let sweeps = async {
            for _ in 0..4 {
                app.stack().workers.tidy().await?;
                tokio::task::yield_now().await;
            }
            anyhow::Ok(())
        };
        let path = path_of(&booking);
        let (cancelled, replies, ()) = tokio::try_join!(member.delete(&path), try_join_all(tries), sweeps)?;
        ensure!(cancelled.status == 200, "{cancelled:?}");
        for reply in &replies {
            ensure!(refusal(reply) == (409, "slot_taken".into()), "{reply:?}");
        }
        served(&app).await?;
        ensure!(offer(&waiter, &place).await?["status"] == "held");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_sweepers_at_once_offer_hours_to_one() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let waiters = [app.another().await?, app.staff("instructor").await?, app.staff("viewer").await?];
    let booking = member.book(&free_wish(10, 12)).await?;
    let mut places = Vec::new();
    for waiter in &waiters {
        places.push(join(waiter, &free_wish(10, 12)).await?);
    }
    cancel(&member, &booking).await?;
    let swept = try_join_all((0..4).map(|_| app.stack().workers.tidy())).await?;
    ensure!(swept.iter().map(|swept| swept.served).sum::<u32>() == 1, "{swept:?}");
    let mut told = Vec::new();
    for (waiter, place) in waiters.iter().zip(&places) {
        told.push(status(waiter, place).await?);
    }
    ensure!(told == ["offered", "waiting", "waiting"], "{told:?}");
    Ok(())
}
