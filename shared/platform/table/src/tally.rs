//! Counting: one plain update of one item, for what many requests write and nobody owns.
//!
//! A transaction would make parallel counters conflict and cost twice; a counter needs neither. Like a
//! note it leaves no trail. After a lost reply a count can be one too high, never too low.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{ReturnConsumedCapacity, ReturnValue, ReturnValuesOnConditionCheckFailure};
use tokio::time::Instant;

use crate::expression::Names;
use crate::{Action, Db, Item, StoreError, Write};

/// What became of a tally.
#[derive(Debug, Clone, PartialEq)]
pub enum Tally {
    /// Written; the item as it is now.
    Done(Item),
    /// The condition did not hold; the item that was found, if there is one.
    Refused(Option<Item>),
}

impl Db {
    /// Updates one item and answers what it is now. `write` must be an update.
    pub async fn tally(&self, write: &Write) -> Result<Tally, StoreError> {
        if write.action() != Action::UpdateItem {
            return Err(StoreError::Broken("a tally that is no update".into()));
        }
        let table = self.physical(write.key.table, Action::UpdateItem)?;
        let mut names = Names::default();
        let condition = names.all(&write.conditions);
        let expression = names.update(&write.verb);
        let (names, values) = names.into_parts();
        #[allow(clippy::disallowed_methods, reason = "the one place that counts")]
        let call = || {
            let call = self.0.client.update_item().table_name(&table);
            let call = call
                .set_key(Some(write.key.attributes()))
                .update_expression(&expression)
                .set_condition_expression(condition.clone())
                .set_expression_attribute_names(names.clone())
                .set_expression_attribute_values(values.clone())
                .return_values(ReturnValue::AllNew)
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
                .return_consumed_capacity(ReturnConsumedCapacity::Indexes);
            async move {
                match call.send().await {
                    Ok(answer) => Ok(Ok(answer)),
                    Err(error) => match error.as_service_error() {
                        Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                            Ok(Err(failed.item.clone()))
                        }
                        _ => Err(error),
                    },
                }
            }
        };
        match self.retrying(Instant::now(), call).await? {
            Ok(answer) => {
                self.meter().capacity(answer.consumed_capacity.as_slice(), true);
                Ok(Tally::Done(answer.attributes.unwrap_or_default()))
            }
            Err(found) => Ok(Tally::Refused(found)),
        }
    }
}
