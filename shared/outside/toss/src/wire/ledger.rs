//! The ledger. A line that cannot be read makes the whole page unreadable: books that leave one out agree
//! for the wrong reason.

use serde::Deserialize;

use super::payment::{currency, status as status_of};
use super::{Told, lenient, moment, told, unreadable};
use crate::Transaction;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TransactionBody {
    transaction_key: String,
    payment_key: String,
    #[serde(default)]
    order_id: Option<String>,
    status: String,
    #[serde(default, deserialize_with = "lenient")]
    transaction_at: Option<String>,
    #[serde(default)]
    currency: Option<String>,
    amount: i64,
}

pub fn transactions(status: u16, body: &[u8]) -> Result<Vec<Transaction>, String> {
    match told::<Vec<TransactionBody>>(status, body) {
        Told::Thing(lines) => Ok(lines.into_iter().map(Transaction::from).collect()),
        Told::Refusal(error) => Err(error.code),
        Told::Nonsense => Err(unreadable(status)),
    }
}

impl From<TransactionBody> for Transaction {
    fn from(body: TransactionBody) -> Self {
        let TransactionBody {
            transaction_key,
            payment_key,
            order_id,
            status,
            transaction_at,
            currency: unit,
            amount,
        } = body;
        Self {
            transaction_key,
            payment_key,
            order_id: order_id.unwrap_or_default(),
            status: status_of(status),
            at: transaction_at.as_deref().and_then(moment),
            currency: currency(unit),
            amount,
        }
    }
}
