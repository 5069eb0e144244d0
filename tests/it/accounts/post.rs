//! What the post reports about addresses.

use maru_accounts::SUPPRESSIONS;

use super::*;

const MEMBER: &str = "member1@maru.local";

fn bounce(kind: &str, addresses: &[&str]) -> String {
    let recipients: Vec<Value> = addresses.iter().map(|email| json!({"emailAddress": email})).collect();
    let bounce = json!({"bounceType": kind, "bounceSubType": "General", "bouncedRecipients": recipients});
    json!({"notificationType": "Bounce", "bounce": bounce, "mail": {"messageId": "1"}}).to_string()
}

fn complaint(address: &str) -> String {
    let complaint = json!({"complainedRecipients": [{"emailAddress": address}]});
    json!({"eventType": "Complaint", "complaint": complaint}).to_string()
}

/// Asks for a reset mail; answers whether it came.
async fn reaches(app: &App, email: &str) -> Result<bool> {
    let before = app.mails(email).await?.len();
    assert_eq!(forgot(app, email).await?.status, 200, "the answer tells nothing");
    Ok(app.mails(email).await?.len() > before)
}

#[tokio::test]
async fn a_mailbox_that_does_not_exist_is_left_alone_for_thirty_days() -> Result<()> {
    let app = App::start().await?;
    assert!(reaches(&app, MEMBER).await?);
    let report = bounce("Permanent", &["Kim <Member1@Maru.local>", "no address"]);
    assert_eq!(app.stack().workers.report(&report).await?, 1);
    assert!(!reaches(&app, MEMBER).await?);
    assert!(reaches(&app, "member2@maru.local").await?);
    app.clock.advance(30 * DAY - 1);
    assert!(!reaches(&app, MEMBER).await?);
    app.clock.advance(1);
    assert!(reaches(&app, MEMBER).await?);
    Ok(())
}

#[tokio::test]
async fn somebody_who_complained_is_left_alone_for_a_year() -> Result<()> {
    let app = App::start().await?;
    assert_eq!(app.stack().workers.report(&complaint(MEMBER)).await?, 1);
    app.clock.advance(365 * DAY - 1);
    assert!(!reaches(&app, MEMBER).await?);
    app.clock.advance(1);
    assert!(reaches(&app, MEMBER).await?);
    Ok(())
}

#[tokio::test]
async fn a_full_mailbox_a_delivery_and_nonsense_silence_nobody() -> Result<()> {
    let app = App::start().await?;
    let delivery = json!({"notificationType": "Delivery", "delivery": {"recipients": [MEMBER]}}).to_string();
    let reports = [
        bounce("Transient", &[MEMBER]),
        bounce("Undetermined", &[MEMBER]),
        delivery,
        "{".into(),
        String::new(),
    ];
    for report in &reports {
        assert_eq!(app.stack().workers.report(report).await?, 0, "{report}");
    }
    assert!(reaches(&app, MEMBER).await?);
    Ok(())
}

#[tokio::test]
async fn a_repeated_report_and_a_silence_name_nobody() -> Result<()> {
    let app = App::start().await?;
    for _ in 0..3 {
        app.stack().workers.report(&bounce("Permanent", &[MEMBER])).await?;
    }
    let kept = &stored(&app).await?[SUPPRESSIONS.name];
    assert!(kept.len() == 1 && !kept[0].contains("member1"), "{kept:?}");
    Ok(())
}

#[tokio::test]
async fn a_silenced_address_holds_up_nobody_elses_mail() -> Result<()> {
    let app = App::start().await?;
    app.stack().workers.report(&bounce("Permanent", &[MEMBER])).await?;
    forgot(&app, MEMBER).await?;
    forgot(&app, "member2@maru.local").await?;
    assert!(app.stack().workers.deliver().await?);
    assert_eq!(app.mails("member2@maru.local").await?.len(), 1);
    assert_eq!(app.mails(MEMBER).await?.len(), 0);
    Ok(())
}
