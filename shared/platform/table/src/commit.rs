//! Committing a change: one transaction, retried until its outcome is known.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    CancellationReason, ConditionCheck, Delete, Put, ReturnConsumedCapacity,
    ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use maru_kernel::crypto;
use serde::de::IgnoredAny;
use tokio::time::Instant;

use crate::change::Verb;
use crate::db::{temporary, told};
use crate::expression::Names;
use crate::{Change, Db, Item, Key, StoreError, Write};

/// Why a change did not happen.
#[derive(Debug, thiserror::Error)]
pub enum CommitError<R> {
    /// A condition did not hold: the refusal its writer named, and the item that was found there.
    #[error("refused")]
    Refused(R, Option<Item>),
    /// The store gave no answer or could not be asked. Nothing was written, or (only for
    /// `Unavailable`) it cannot be known yet.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What one attempt said.
enum Attempt<R> {
    Done,
    Refused(R, Option<Item>),
    Again(String),
    Broken(String),
}

impl Db {
    /// Writes everything in the change, or nothing.
    ///
    /// An attempt whose reply is lost is repeated with the same token, which the store executes at most
    /// once. If that leads to a refusal, the refused item may be our own write: then the trail is asked
    /// whether this very change is in it ("was it me?"), never the item.
    pub async fn commit<R: Copy>(&self, change: &Change<R>) -> Result<(), CommitError<R>> {
        let Some(proof) = change.proof() else {
            return Err(StoreError::Broken(format!("{} changes no record", change.action)).into());
        };
        Box::pin(self.write_all(&change.all_writes(), Some(&proof))).await
    }

    /// One conditional write that is nobody's record: counters, delivery marks, last-seen times. It
    /// leaves no trail, so nothing a person did may be written this way. Answers whether the condition
    /// held; after a lost reply a repeated note can answer `false` although it was the one that wrote.
    pub async fn note(&self, write: &Write) -> Result<bool, StoreError> {
        match Box::pin(self.write_all(&[(write.clone(), Some(()))], None)).await {
            Ok(()) => Ok(true),
            Err(CommitError::Refused(..)) => Ok(false),
            Err(CommitError::Store(error)) => Err(error),
        }
    }

    async fn write_all<R: Copy>(
        &self,
        planned: &[(Write, Option<R>)],
        proof: Option<&Key>,
    ) -> Result<(), CommitError<R>> {
        let items = planned.iter().map(|(write, _)| self.render(write)).collect::<Result<Vec<_>, _>>()?;
        let token = crypto::to_base64url(&self.random().bytes::<24>());
        let started = Instant::now();
        let mut unanswered = false;
        let mut last = String::new();
        for attempt in 0_u32.. {
            if attempt > 0 {
                if !Self::time_left(started) {
                    break;
                }
                self.pause(attempt).await;
            }
            let under_way = self.meter().trip();
            let attempt = self.attempt(planned, items.clone(), &token, &mut unanswered).await;
            drop(under_way);
            match attempt {
                Attempt::Done => return Ok(()),
                Attempt::Refused(..) if unanswered && self.was_me(started, proof).await? => return Ok(()),
                Attempt::Refused(refusal, item) => return Err(CommitError::Refused(refusal, item)),
                Attempt::Broken(why) => return Err(StoreError::Broken(why).into()),
                Attempt::Again(why) => last = why,
            }
        }
        if unanswered && self.was_me(started, proof).await? {
            return Ok(());
        }
        Err(StoreError::Unavailable(last).into())
    }

    async fn was_me(&self, started: Instant, proof: Option<&Key>) -> Result<bool, StoreError> {
        match proof {
            Some(key) => Ok(self.get_since::<IgnoredAny>(started, key).await?.is_some()),
            None => Ok(false),
        }
    }

    #[allow(clippy::disallowed_methods, reason = "the one place that writes")]
    async fn attempt<R: Copy>(
        &self,
        planned: &[(Write, Option<R>)],
        items: Vec<TransactWriteItem>,
        token: &str,
        unanswered: &mut bool,
    ) -> Attempt<R> {
        let call =
            self.0.client.transact_write_items().set_transact_items(Some(items)).client_request_token(token);
        let error = match call.return_consumed_capacity(ReturnConsumedCapacity::Indexes).send().await {
            Ok(answer) => {
                self.meter().capacity(answer.consumed_capacity(), true);
                return Attempt::Done;
            }
            Err(error) => error,
        };
        if let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) =
            error.as_service_error()
        {
            return judge(planned, cancelled.cancellation_reasons());
        }
        if temporary(&error) {
            let answered = matches!(&error, SdkError::ServiceError(e) if e.raw().status().as_u16() < 500);
            *unanswered |= !answered;
            return Attempt::Again(told(&error));
        }
        Attempt::Broken(told(&error))
    }

    fn render(&self, write: &Write) -> Result<TransactWriteItem, StoreError> {
        let table = self.physical(write.key.table, write.action())?;
        let broken = |e: aws_sdk_dynamodb::error::BuildError| StoreError::Broken(e.to_string());
        let mut names = Names::default();
        let condition = names.all(&write.conditions);
        let show = ReturnValuesOnConditionCheckFailure::AllOld;
        let out = TransactWriteItem::builder();
        let out = match &write.verb {
            Verb::Put(item) => {
                let (names, values) = names.into_parts();
                let put = Put::builder()
                    .table_name(table)
                    .set_item(Some(item.clone()))
                    .set_condition_expression(condition);
                let put = put.set_expression_attribute_names(names).set_expression_attribute_values(values);
                out.put(put.return_values_on_condition_check_failure(show).build().map_err(broken)?)
            }
            Verb::Update { .. } => {
                let expression = names.update(&write.verb);
                let (names, values) = names.into_parts();
                let update = Update::builder()
                    .table_name(table)
                    .set_key(Some(write.key.attributes()))
                    .update_expression(expression);
                let update = update.set_condition_expression(condition).set_expression_attribute_names(names);
                let update = update
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(show);
                out.update(update.build().map_err(broken)?)
            }
            Verb::Delete => {
                let (names, values) = names.into_parts();
                let delete = Delete::builder()
                    .table_name(table)
                    .set_key(Some(write.key.attributes()))
                    .set_condition_expression(condition);
                let delete =
                    delete.set_expression_attribute_names(names).set_expression_attribute_values(values);
                out.delete(delete.return_values_on_condition_check_failure(show).build().map_err(broken)?)
            }
            Verb::Check => {
                let (names, values) = names.into_parts();
                let check = ConditionCheck::builder()
                    .table_name(table)
                    .set_key(Some(write.key.attributes()))
                    .set_condition_expression(condition);
                let check =
                    check.set_expression_attribute_names(names).set_expression_attribute_values(values);
                out.condition_check(
                    check.return_values_on_condition_check_failure(show).build().map_err(broken)?,
                )
            }
        };
        Ok(out.build())
    }
}

/// A failed condition is the outcome whatever else happened; without one, a conflict or throttle is
/// worth another try, and anything else is a bug.
fn judge<R: Copy>(planned: &[(Write, Option<R>)], reasons: &[CancellationReason]) -> Attempt<R> {
    let mut again = None;
    let mut broken = None;
    for (reason, (_, refusal)) in reasons.iter().zip(planned) {
        match (reason.code(), refusal) {
            (None | Some("None"), _) => {}
            (Some("ConditionalCheckFailed"), Some(refusal)) => {
                return Attempt::Refused(*refusal, reason.item().cloned());
            }
            (Some("TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded"), _) => {
                again = reason.code();
            }
            (Some(code), _) => broken = Some(format!("{code}: {}", reason.message().unwrap_or_default())),
        }
    }
    match (broken, again) {
        (Some(why), _) => Attempt::Broken(why),
        (None, why) => Attempt::Again(why.unwrap_or("cancelled").to_owned()),
    }
}
