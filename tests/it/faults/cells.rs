//! Faults put in the way of a deed, and what is counted behind their back.

use super::*;

/// Records in the whole trail, counted behind the faults' back.
#[allow(clippy::disallowed_methods, reason = "the tests count what no request path may")]
pub(super) async fn audits(app: &App) -> Result<usize> {
    let client = aws_sdk_dynamodb::Client::new(&app.stack().sdk);
    let mut count = 0;
    let mut after = None;
    loop {
        let answer = client
            .scan()
            .table_name("audits")
            .select(Select::Count)
            .set_exclusive_start_key(after)
            .consistent_read(true)
            .send()
            .await?;
        count += usize::try_from(answer.count)?;
        after = answer.last_evaluated_key;
        if after.is_none() {
            return Ok(count);
        }
    }
}

pub(super) async fn patient() -> Result<App> {
    App::with(Wish { toss_deadline: Duration::from_secs(15), ..Wish::default() }).await
}

/// Lets everybody else work until this is so.
pub(super) async fn until(what: &str, so: impl Fn() -> bool) -> Result<()> {
    let waiting = async {
        while !so() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting).await.with_context(|| format!("never: {what}"))
}

#[track_caller]
pub(super) fn assert_unavailable(reply: &Reply, what: &str) {
    assert_eq!((reply.status, reply.text("/code").as_str()), (503, "unavailable"), "{what}: {reply:?}");
    assert_eq!(reply.header("content-type"), Some("application/problem+json; charset=utf-8"), "{what}");
    let seconds = reply.header("retry-after").and_then(|text| text.parse::<u32>().ok());
    assert!(seconds.is_some_and(|seconds| (1..=60).contains(&seconds)), "{what}: {reply:?}");
}

pub(super) fn report(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} cells are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// One cell: the deed under the planned faults happens, once.
pub(super) async fn cell(app: &App, prepared: &Prepared, faults: &[(Calls, Fault)]) -> Result<()> {
    let before = audits(app).await?;
    for (calls, fault) in faults {
        app.faults.next(*calls, *fault);
    }
    let started = Instant::now();
    let reply = prepared.send().await;
    let (left, took) = (app.faults.left(), started.elapsed());
    app.faults.clear();
    prepared.happened(app, &reply?).await?;
    let written = audits(app).await? - before;
    ensure!(
        written == prepared.deed.audits(),
        "{written} audit records instead of {}",
        prepared.deed.audits()
    );
    // A delay makes nobody try again, so not everything behind it is met.
    let delayed = faults.iter().any(|(_, fault)| matches!(fault, Fault::Delay(_)));
    ensure!(left == 0 || (delayed && left < faults.len()), "{left} faults were not met");
    ensure!(took < PATIENCE, "it took {took:?}");
    Ok(())
}
