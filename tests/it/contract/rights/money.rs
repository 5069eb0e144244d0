//! Money: paid in each way, paid back, told by the provider, and looked up.

use super::*;

const GRADE: &str = "결제회원";

/// Makes something ready and authenticates it: the order, its key, the amount.
async fn up_to_the_window(
    app: &App,
    guest: &Guest,
    wish: &serde_json::Value,
) -> Result<(String, String, i64)> {
    let ready = good(guest.post("/payments/ready", wish).await?)?;
    let amount = ready.body["amount"].as_i64().context("no amount")?;
    let order = ready.text("/order_id");
    let key = app.authenticate(&order, amount);
    Ok((order, key, amount))
}

async fn told(app: &App, order: &str) -> Result<()> {
    let event = json!({"eventType": "PAYMENT_STATUS_CHANGED", "data": {"orderId": order}});
    good(app.stranger().post("/webhooks/toss", &event).await?)?;
    Ok(())
}

/// What a member makes ready is paid at its page: the last part of its address is the ticket.
async fn at_the_page(app: &App, member: &Guest, another: &Guest) -> Result<()> {
    let booked = member.book(&wish(10, 11)).await?;
    let link =
        app.staff("operator").await?.post("/payments/links", &json!({"booking_id": booked["id"]})).await?;
    let grade = another.post("/payments/ready", &json!({"membership_type": "정회원"})).await?;
    for address in [good(link)?.text("/url"), good(grade)?.text("/checkout_url")] {
        let page = address.strip_prefix(app.base_url()).context("elsewhere")?;
        let shown = good(app.stranger().get(page).await?)?;
        let html = shown.body.as_str().context("no page")?.to_owned();
        let told = |name: &str| {
            let rest = html.split_once(&format!("{name}="))?.1;
            rest.split('&').next().map(str::to_owned)
        };
        let (order, amount) = (told("orderId").context("no order")?, told("amount").context("no amount")?);
        let key = app.authenticate(&order, amount.parse()?);
        let sent = format!("paymentKey={key}&orderId={order}&amount={amount}");
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let path = format!("{page}/confirm");
        let reply = app.stranger().send(Method::POST, &path, &form, Some(sent.into_bytes())).await?;
        ensure!(reply.status == 303, "{reply:?}");
    }
    Ok(())
}

/// What everybody does.
pub(super) async fn live(app: &App) -> Result<()> {
    let (member, another) = (app.member().await?, app.another().await?);
    let desk = app.staff("operator").await?;
    let toss = &app.stack().outsiders.toss;
    let booked = member.book(&wish(9, 10)).await?;
    let to_pay = json!({"booking_id": booked["id"]});

    // Found by the webhook, then paid back to its customer.
    let (order, key, amount) = up_to_the_window(app, &member, &to_pay).await?;
    toss.next([Behaviour::Error500AfterCapture]);
    member.confirm(&key, &order, amount).await?;
    told(app, &order).await?;
    good(
        member.post_with(&format!("/payments/{key}/cancel"), &json!({}), &[("idempotency-key", "k")]).await?,
    )?;

    // Grades, found by the webhook, the checker, the window itself and the desk.
    let grade = json!({"membership_type": GRADE});
    for by_webhook in [true, false] {
        let (order, key, amount) = up_to_the_window(app, &member, &grade).await?;
        toss.next([Behaviour::Error500AfterCapture]);
        member.confirm(&key, &order, amount).await?;
        if by_webhook {
            told(app, &order).await?;
        } else {
            app.clock.advance(120);
            app.stack().workers.check().await?;
        }
        good(desk.post(&format!("/payments/{key}/cancel"), &json!({"reason": "착오"})).await?)?;
    }
    let (order, key, amount) = up_to_the_window(app, &member, &grade).await?;
    good(member.confirm(&key, &order, amount).await?)?;
    let theirs = another.get("/me").await?.text("/data/user_id");
    let taken = json!({"membership_type": GRADE, "user_id": theirs, "method": "cash"});
    good(desk.post_with("/payments/manual", &taken, &[("idempotency-key", "k")]).await?)?;
    good(desk.get(&format!("/payments/memberships/{theirs}")).await?)?;

    at_the_page(app, &member, &another).await?;

    // A hint about what the provider does not know is left to the checker.
    let (order, _, amount) = up_to_the_window(app, &another, &json!({"donation": {"amount": 5000}})).await?;
    toss.next([Behaviour::Error500]);
    another.confirm("tgen_never_authenticated", &order, amount).await?;
    told(app, &order).await?;

    // The provider ended it: what was kept for it is a hold again.
    let booked = member.book(&wish(12, 13)).await?;
    let (order, _, amount) = up_to_the_window(app, &member, &json!({"booking_id": booked["id"]})).await?;
    let late = app.authenticate(&order, amount);
    toss.next([Behaviour::Error500]);
    member.confirm(&late, &order, amount).await?;
    app.clock.advance(601);
    told(app, &order).await?;

    good(desk.get("/payments").await?)?;
    good(member.get("/payments/ledger").await?)?;
    Ok(())
}
