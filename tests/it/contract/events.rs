//! Every recorded event is answered by its function.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use harness::app::App;
use harness::functions::{self, Trigger};
use maru_web::{NoticeEvent, StreamEvent};

use super::template::root;

#[tokio::test]
async fn every_recorded_event_is_answered_by_its_function() -> Result<()> {
    let app = App::start().await?;
    let mut answered = BTreeSet::new();
    for entry in std::fs::read_dir(root().join("events"))? {
        let path = entry?.path();
        let file = path.file_name().context("no name")?.to_string_lossy().into_owned();
        let name = file.split('.').next().unwrap_or_default().to_owned();
        let listed = functions::all()
            .into_iter()
            .find(|f| f.function.name == name)
            .with_context(|| format!("{file} is of no function"))?;
        let text = std::fs::read_to_string(&path)?;
        match listed.trigger {
            Trigger::Http => {
                let request = lambda_http::request::from_str(&text).with_context(|| file.clone())?;
                let front = app.stack().front(&name).context("serves no HTTP")?;
                let response = front.answer_event(request).await;
                let status = response.status().as_u16();
                assert!(status < 500 && status != 405, "{file}: {status}");
                let body = String::from_utf8_lossy(response.body()).into_owned();
                assert!(
                    !body.contains("no_such_route"),
                    "{file} asks for a path its function does not serve"
                );
            }
            Trigger::Trail => {
                let event: StreamEvent = serde_json::from_str(&text)?;
                assert!(!event.records.is_empty(), "{file}");
                for record in event.records {
                    assert!(
                        record.inserted::<maru_audit::AuditRecord>().is_some(),
                        "{file} holds no audit record"
                    );
                    assert!(app.stack().workers.hand(record).await, "{file}");
                }
            }
            Trigger::Each(_) => {
                let event: serde_json::Value = serde_json::from_str(&text)?;
                let schedule = event["resources"][0].as_str().context("of no schedule")?;
                let started = format!("-{}Function", resource_of(&name));
                assert!(schedule.contains(&started), "{file} is of {schedule}");
                let workers = &app.stack().workers;
                workers.tidy().await?;
                workers.remind().await?;
                workers.check().await?;
                workers.erase(false).await?;
                workers.rotate(&event).await?;
            }
            Trigger::Feedback => {
                let event: NoticeEvent = serde_json::from_str(&text)?;
                assert!(!event.records.is_empty(), "{file}");
                for record in event.records {
                    assert_eq!(app.stack().workers.report(&record.sns.message).await?, 1, "{file}");
                }
            }
        }
        answered.insert(name);
    }
    let all: BTreeSet<String> = functions::all().iter().map(|f| f.function.name.to_owned()).collect();
    assert_eq!(answered, all);
    Ok(())
}

/// A function's name as the template writes it: `hold-sweeper` is `HoldSweeper`.
fn resource_of(name: &str) -> String {
    let word = |part: &str| part[..1].to_uppercase() + &part[1..];
    name.split('-').map(word).collect()
}
