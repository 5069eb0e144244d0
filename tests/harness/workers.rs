//! The workers, driven as Lambda drives them: the mailer by the trail's stream, the others by ticks.

use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use dynoxide::actions::describe_stream::DescribeStreamRequest;
use dynoxide::actions::get_records::GetRecordsRequest;
use dynoxide::actions::get_shard_iterator::GetShardIteratorRequest;
use dynoxide::actions::list_streams::ListStreamsRequest;
use mailer::Mailer;
use maru_accounts::{Erased, Eraser, Rotator, Suppressions};
use maru_bookings::{Reminders, Sweeper, Swept};
use maru_payments::{Checked, Checker};
use maru_table::AUDITS;
use maru_web::StreamRecord;
use tokio::sync::Mutex;

use crate::engines::Dynamo;

/// What one look at the stream came to.
enum Look {
    Moved,
    End,
    Stuck,
}

/// Passes over the stream before the trail is said to be endless.
const MOST_PASSES: usize = 5_000;

/// The workers of a stack.
pub struct Workers {
    mailer: Mailer,
    sweeper: Sweeper,
    reminders: Reminders,
    checker: Checker,
    eraser: Eraser,
    rotator: Rotator,
    feedback: Suppressions,
    dynamo: Option<Dynamo>,
    /// Where the stream is read next.
    position: Mutex<Option<String>>,
}

impl Workers {
    pub(crate) fn new(
        (mailer, sweeper, reminders, checker): (Mailer, Sweeper, Reminders, Checker),
        (eraser, rotator, feedback): (Eraser, Rotator, Suppressions),
        dynamo: Option<Dynamo>,
    ) -> Self {
        let position = Mutex::new(None);
        Self { mailer, sweeper, reminders, checker, eraser, rotator, feedback, dynamo, position }
    }

    /// Hands every new record of the trail to the mailer. `false` if one of them is not done with; it is
    /// met again at the next look, and all behind it, in order, as Lambda does it.
    pub async fn deliver(&self) -> Result<bool> {
        for _ in 0..MOST_PASSES {
            match self.pass().await? {
                Look::Moved => {}
                Look::End => return Ok(true),
                Look::Stuck => return Ok(false),
            }
        }
        Err(anyhow!("the trail does not end"))
    }

    async fn pass(&self) -> Result<Look> {
        let Some(dynamo) = &self.dynamo else { return Ok(Look::End) };
        let mut position = self.position.lock().await;
        let iterator = match position.clone() {
            Some(iterator) => iterator,
            None => beginning(dynamo)?,
        };
        let request = GetRecordsRequest { shard_iterator: iterator.clone(), limit: Some(1) };
        let answer = dynamo.database.get_records(request).map_err(|error| anyhow!("the stream: {error}"))?;
        for record in &answer.records {
            let record: StreamRecord = serde_json::from_value(serde_json::to_value(record)?)?;
            if !self.mailer.handle(record).await {
                *position = Some(iterator);
                return Ok(Look::Stuck);
            }
        }
        *position = answer.next_shard_iterator;
        Ok(if answer.records.is_empty() { Look::End } else { Look::Moved })
    }

    /// Hands a record to the mailer, as a stream that repeats itself would.
    pub async fn hand(&self, record: StreamRecord) -> bool {
        self.mailer.handle(record).await
    }

    /// One tick of the sweeper; how many holds it ended.
    pub async fn sweep(&self) -> Result<u32> {
        Ok(self.tidy().await?.expired)
    }

    /// One tick of the sweeper, with all it did.
    pub async fn tidy(&self) -> Result<Swept> {
        Ok(self.sweeper.run().await?)
    }

    /// One tick of the reminders.
    pub async fn remind(&self) -> Result<u32> {
        Ok(self.reminders.run().await?)
    }

    /// One tick of the checker.
    pub async fn check(&self) -> Result<Checked> {
        Ok(self.checker.run().await?)
    }

    /// One tick of the eraser; `reapply` as an operator asks for it after a restore.
    pub async fn erase(&self, reapply: bool) -> Result<Erased> {
        Ok(if reapply { self.eraser.reapply().await? } else { self.eraser.run().await? })
    }

    /// One tick of the rotator, or what an operator asks of it.
    pub async fn rotate(&self, event: &serde_json::Value) -> Result<()> {
        self.rotator.run(event).await?;
        Ok(())
    }

    /// A report of the post.
    pub async fn report(&self, report: &str) -> Result<u32> {
        Ok(self.feedback.take(report).await?)
    }

    /// Everything that is due now.
    pub async fn tick(&self) {
        let swept = self.sweep().await.map(drop);
        let reminded = self.remind().await.map(drop);
        let checked = self.check().await.map(drop);
        let erased = self.erase(false).await.map(drop);
        let rotated = self.rotate(&serde_json::Value::Null).await;
        for error in [swept, reminded, checked, erased, rotated].into_iter().filter_map(Result::err) {
            tracing::warn!(%error, "a worker failed");
        }
    }

    /// Works until it is dropped: looks at the stream often, ticks every few seconds, and waits a second
    /// where the stream does not move on.
    pub async fn work(&self) {
        let mut ticks = tokio::time::interval(Duration::from_secs(5));
        loop {
            let wait = match self.deliver().await {
                Ok(true) => Duration::from_millis(60),
                Ok(false) => Duration::from_secs(1),
                Err(error) => {
                    tracing::warn!(%error, "the stream");
                    Duration::from_secs(1)
                }
            };
            tokio::select! {
                _ = ticks.tick() => self.tick().await,
                () = tokio::time::sleep(wait) => {}
            }
        }
    }
}

fn beginning(dynamo: &Dynamo) -> Result<String> {
    let wrong = |error: dynoxide::DynoxideError| anyhow!("the stream: {error}");
    let table_name = Some(AUDITS.name.to_owned());
    let streams = dynamo
        .database
        .list_streams(ListStreamsRequest { table_name, ..Default::default() })
        .map_err(wrong)?;
    let stream_arn = streams.streams.first().context("the trail has no stream")?.stream_arn.clone();
    let described = DescribeStreamRequest { stream_arn: stream_arn.clone(), ..Default::default() };
    let stream = dynamo.database.describe_stream(described).map_err(wrong)?.stream_description;
    let shard_id = stream.shards.first().context("the stream has no shard")?.shard_id.clone();
    let request = GetShardIteratorRequest {
        stream_arn,
        shard_id,
        shard_iterator_type: "TRIM_HORIZON".into(),
        sequence_number: None,
    };
    let iterator = dynamo.database.get_shard_iterator(request).map_err(wrong)?;
    iterator.shard_iterator.context("no shard iterator")
}
