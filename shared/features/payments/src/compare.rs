//! Comparing our book with the provider's, hour by hour: what is in one and not in the other is looked into,
//! and what cannot be explained is told to people.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::ToSpan;
use maru_kernel::{OrderId, Timestamp};
use maru_table::{Condition, Key, Write};
use maru_toss::{TossStatus, Transaction};
use serde::{Deserialize, Serialize};

use crate::jobs::{Checker, worker};
use crate::model::{Kind, Payment, Status};
use crate::rules::{self, of_read_back};
use crate::store::{self, Moved, PAYMENTS};
use crate::{PaymentError, Taker};

/// Seconds between comparisons.
const HOURLY: i64 = 60 * 60;
/// Seconds in which a movement is too young to be missed: its answer may still be on its way.
const YOUNG: i64 = 10 * 60;
/// Seconds looked at again beside each hour: clocks differ, and ours is when we learned of it.
const OVERLAP: i64 = 30 * 60;
/// The most that is caught up with in one run after a pause, in seconds.
const MOST: i64 = 6 * 60 * 60;
/// How long the provider's book is read.
const READ_WITHIN: Duration = Duration::from_secs(25);
/// Pages of either book read in one run.
const PAGES: usize = 20;

/// How far the books were compared.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Compared {
    /// `compared`.
    order_id: String,
    /// Up to here (epoch seconds).
    until: i64,
}

/// Money at the provider that no order of ours knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stray {
    /// `stray#` and the provider's key of the payment.
    pub order_id: String,
    /// The order, as the provider has it.
    pub named: String,
    /// In minor units, as the provider's line tells it.
    pub amount: i64,
    /// The currency, as the provider tells it.
    pub currency: String,
    /// When it moved.
    pub moved_at: Option<Timestamp>,
    /// The shelf it is listed on.
    pub shelf: Strays,
    /// When it was found.
    pub created_at: Timestamp,
}

/// Puts all strays on one shelf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strays {
    /// The only one.
    Strays,
}

impl Stray {
    /// The provider's key of the payment.
    pub fn payment_key(&self) -> &str {
        self.order_id.strip_prefix("stray#").unwrap_or(&self.order_id)
    }
}

impl Checker {
    /// Compares the last hour, if it was not yet. Answers how many differences there were.
    pub(crate) async fn compare(&self) -> Result<u32, PaymentError> {
        let db = &self.desk.db;
        let now = db.clock().now().as_second();
        let key = Key::of(&PAYMENTS, "compared");
        let before: Option<Compared> = db.get(&key).await?;
        let from = before.as_ref().map_or(now - YOUNG - HOURLY, |compared| compared.until);
        let to = (now - YOUNG).min(from + MOST);
        if to - from < HOURLY {
            return Ok(0);
        }
        let reading = self.differences(from, to);
        let Ok(found) = tokio::time::timeout(READ_WITHIN, reading).await else {
            return Err(PaymentError::Broken("the provider's book could not be read in time"));
        };
        let differences = found?;
        let compared = Compared { order_id: "compared".into(), until: to };
        let unchanged = match &before {
            Some(before) => Condition::number("until", before.until),
            None => Condition::absent("order_id"),
        };
        db.note(&Write::put(&PAYMENTS, &compared).when(unchanged)).await?;
        Ok(differences)
    }

    async fn differences(&self, from: i64, to: i64) -> Result<u32, PaymentError> {
        let at = |seconds: i64| Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH);
        // Theirs wider than ours, and ours wider than theirs: what lies on an edge is in both.
        let theirs = self.their_book(at(from - OVERLAP), at(to + OVERLAP)).await?;
        let mut differences = 0;
        for (payment_key, rows) in &theirs {
            // Ours may still be on its way for what is younger.
            let old = |row: &&Transaction| row.at.is_none_or(|moved| moved < at(to));
            let rows: Vec<&Transaction> = rows.iter().filter(old).collect();
            differences += u32::from(self.explain(payment_key, &rows).await?);
        }
        for order in self.our_book(at(from), at(to)).await? {
            let Some(payment) = store::payment(&self.desk.db, order).await? else { continue };
            let known =
                payment.attempt.as_ref().is_some_and(|attempt| theirs.contains_key(&attempt.payment_key));
            if !known {
                differences +=
                    u32::from(self.look_into(&payment, "the provider's book does not have it").await?);
            }
        }
        Ok(differences)
    }

    /// The provider's lines by payment.
    async fn their_book(
        &self,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<BTreeMap<String, Vec<Transaction>>, PaymentError> {
        let toss = self.desk.provider().await?;
        let mut book: BTreeMap<String, Vec<Transaction>> = BTreeMap::new();
        let mut after: Option<String> = None;
        for _ in 0..PAGES {
            let page = toss.transactions(from, to, after.as_deref()).await.map_err(|why| {
                tracing::warn!(why, "the provider's book could not be read");
                PaymentError::Broken("the provider's book could not be read")
            })?;
            after = page.last().map(|row| row.transaction_key.clone());
            let last = page.len() < maru_toss::TRANSACTIONS_LIMIT;
            for row in page {
                book.entry(row.payment_key.clone()).or_default().push(row);
            }
            if last || after.is_none() {
                return Ok(book);
            }
        }
        Err(PaymentError::Broken("the provider's book is too long for one run"))
    }

    /// The orders our own ledger moved money for at the provider.
    async fn our_book(&self, from: Timestamp, to: Timestamp) -> Result<BTreeSet<OrderId>, PaymentError> {
        let mut orders = BTreeSet::new();
        let (first, last) = (rules::day_in_seoul(from), rules::day_in_seoul(to));
        for day in first.series(1.day()).take_while(|day| *day <= last) {
            let mut after = None;
            for _ in 0..PAGES {
                let page = store::movements(&self.desk.db, &Moved::On(day), 100, after).await?;
                let theirs =
                    |m: &&crate::Movement| m.lines.iter().any(|line| line.account == "provider:toss");
                let ours = page.items.iter().filter(theirs).filter(|m| m.kind == Kind::Capture);
                orders.extend(ours.filter(|m| from <= m.at && m.at < to).map(|m| m.order_id));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(orders)
    }

    /// Whether the provider's lines of a payment are more than we know of it.
    async fn explain(&self, payment_key: &str, rows: &[&Transaction]) -> Result<bool, PaymentError> {
        let Some(row) = rows.first() else { return Ok(false) };
        let ours = match row.order_id.parse::<OrderId>() {
            Ok(order) => store::payment(&self.desk.db, order).await?,
            Err(_) => None,
        };
        let Some(payment) = ours.filter(|payment| payment.is_try_of(payment_key)) else {
            return self.keep_stray(payment_key, row).await;
        };
        let refunds: BTreeSet<&str> = payment.refunds.iter().map(|done| done.transaction.as_str()).collect();
        let known = |row: &&Transaction| {
            let came_in = row.status == TossStatus::Done && payment.capture.is_some();
            came_in || refunds.contains(row.transaction_key.as_str())
        };
        if rows.iter().all(known) {
            return Ok(false);
        }
        self.look_into(&payment, "the provider's book has more of it").await
    }

    /// Reads a payment back. Whether it was a difference: something new, or what the provider does not know.
    async fn look_into(&self, payment: &Payment, why: &str) -> Result<bool, PaymentError> {
        let Some(attempt) = payment.attempt.as_ref().filter(|_| payment.taker == Taker::Toss) else {
            return Ok(false);
        };
        let read = self.desk.provider().await?.read(&attempt.payment_key).await;
        let age = self.desk.db.clock().now().as_second() - attempt.started_at.as_second();
        let unknown_there = read == maru_toss::ReadBack::NotFound && payment.status == Status::Done;
        let seen = self.desk.settle(payment, of_read_back(payment, &read, age), &worker()).await?;
        let same = seen.refunds == payment.refunds && seen.status == payment.status;
        if same && !unknown_there {
            return Ok(false);
        }
        tracing::error!(alarm = "payment_difference", order = %payment.order_id, why, "the books differ");
        if unknown_there && seen.review.is_none() {
            self.desk.to_review(&seen, "the provider does not know it", &worker()).await?;
        }
        Ok(true)
    }

    /// Money of no order of ours: kept for people, once.
    async fn keep_stray(&self, payment_key: &str, row: &Transaction) -> Result<bool, PaymentError> {
        let stray = Stray {
            order_id: format!("stray#{payment_key}"),
            named: row.order_id.chars().take(100).collect(),
            amount: row.amount,
            currency: row.currency.clone(),
            moved_at: row.at,
            shelf: Strays::Strays,
            created_at: self.desk.db.clock().now(),
        };
        let write = Write::put(&PAYMENTS, &stray).when(Condition::absent("order_id"));
        let fresh = self.desk.db.note(&write).await?;
        if fresh {
            tracing::error!(
                alarm = "payment_difference",
                payment_key,
                "money at the provider that no order of ours knows"
            );
        }
        Ok(fresh)
    }
}
