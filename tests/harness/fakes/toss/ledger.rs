//! The ledger a shop balances its books by: a line for whatever moved money, read in pages. No HTTP here.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answer::Answer;
use super::book::{Book, Payment};
use super::object::korean_time;

/// A line. Amounts of cancels are positive: no source says otherwise, and the status tells what they are.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Line {
    pub transaction_key: String,
    pub payment_key: String,
    pub order_id: String,
    pub method: Option<String>,
    pub customer_key: Option<String>,
    pub status: String,
    pub at: Timestamp,
    pub amount: i64,
}

/// The query of a listing.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Page {
    start_date: String,
    end_date: String,
    starting_after: Option<String>,
    limit: Option<usize>,
}

impl Book {
    /// Writes down that `payment` has just moved `amount`, under its status and its last transaction.
    pub(super) fn enter(&mut self, now: Timestamp, payment: &Payment, amount: i64) {
        let status = json!(payment.status);
        self.ledger.push(Line {
            transaction_key: payment.last_transaction.clone().unwrap_or_default(),
            payment_key: payment.key.clone(),
            order_id: payment.order_id.clone(),
            method: Some(payment.method.clone()),
            customer_key: payment.customer_key.clone(),
            status: status.as_str().unwrap_or_default().to_owned(),
            at: now,
            amount,
        });
    }

    /// The lines of a page, oldest first; both ends belong to it.
    pub(super) fn transactions(&self, page: &Page) -> Answer {
        let (Some(from), Some(to)) = (moment(&page.start_date), moment(&page.end_date)) else {
            return Answer::refusal("INVALID_REQUEST");
        };
        let limit = page.limit.unwrap_or(100);
        if from > to || !(1..=5000).contains(&limit) {
            return Answer::refusal("INVALID_REQUEST");
        }
        let mut lines: Vec<&Line> = self
            .ledger
            .iter()
            .filter(|line| (from.as_second()..=to.as_second()).contains(&line.at.as_second()))
            .collect();
        lines.sort_by_key(|line| line.at);
        let skipped = match &page.starting_after {
            None => 0,
            Some(key) => match lines.iter().position(|line| line.transaction_key == *key) {
                Some(at) => at + 1,
                None => return Answer::refusal("INVALID_REQUEST"),
            },
        };
        let lines: Vec<Value> = lines.into_iter().skip(skipped).take(limit).map(line_object).collect();
        Answer::ok(&json!(lines))
    }
}

fn line_object(line: &Line) -> Value {
    json!({
        "mId": "maru_local",
        "transactionKey": line.transaction_key,
        "paymentKey": line.payment_key,
        "orderId": line.order_id,
        "method": line.method,
        "customerKey": line.customer_key,
        "useEscrow": false,
        "receiptUrl": format!("https://example.invalid/receipts/{}", line.payment_key),
        "status": line.status,
        "transactionAt": korean_time(line.at),
        "currency": "KRW",
        "amount": line.amount,
    })
}

/// Korean wall time to the second, without an offset and in no other shape.
fn moment(text: &str) -> Option<Timestamp> {
    let time = DateTime::strptime("%Y-%m-%dT%H:%M:%S", text).ok()?;
    Offset::constant(9).to_timestamp(time).ok()
}
