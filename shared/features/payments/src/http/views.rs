//! A payment as clients read it.

use maru_web::instant;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::seoul;
use crate::model::{Payment, Purpose};

/// A payment.
#[derive(Serialize, ToSchema)]
pub(super) struct PaymentView {
    success: bool,
    payment_key: Option<String>,
    order_id: String,
    user_id: Option<String>,
    /// booking, membership, donation
    purpose: &'static str,
    booking_id: Option<String>,
    membership_type: Option<String>,
    order_name: String,
    /// `READY`, `CONFIRMING`, `UNKNOWN`, `WAITING_FOR_DEPOSIT`, `DONE`, `REFUNDING`, `PARTIALLY_REFUNDED`,
    /// `REFUNDED`, `FAILED`, `EXPIRED`
    status: &'static str,
    /// toss, cash, transfer
    provider: &'static str,
    method: Option<String>,
    approved_at: Option<String>,
    receipt_url: Option<String>,
    /// What was asked for, major units.
    #[schema(value_type = f64)]
    total_amount: Value,
    /// What came in and was not paid back, major units.
    #[schema(value_type = f64)]
    balance_amount: Value,
    currency: &'static str,
    /// The account to pay into, while one waits.
    virtual_account: Option<AccountView>,
    /// What is being paid back.
    refund: Option<RefundView>,
    /// What was paid back.
    refunds: Vec<RefundedView>,
    failure: Option<FailureView>,
    created_at: String,
    lock_version: u64,
}

/// An account that waits for a deposit.
#[derive(Serialize, ToSchema)]
struct AccountView {
    /// The bank's code.
    bank: String,
    account_number: String,
    holder: Option<String>,
    due_at: String,
}

/// A refund that is under way.
#[derive(Serialize, ToSchema)]
struct RefundView {
    /// Major units.
    #[schema(value_type = f64)]
    amount: Value,
    reason: String,
    requested_at: String,
    /// What it waits for: `refund_account` (send one), `desk` (staff hand it over); absent while the provider
    /// is asked.
    waits_for: Option<&'static str>,
}

/// A refund.
#[derive(Serialize, ToSchema)]
struct RefundedView {
    /// Major units.
    #[schema(value_type = f64)]
    amount: Value,
    reason: String,
    refunded_at: String,
}

/// Why a payment failed.
#[derive(Serialize, ToSchema)]
struct FailureView {
    code: String,
    message: String,
}

impl From<Payment> for PaymentView {
    fn from(payment: Payment) -> Self {
        let zone = seoul();
        let (status, balance) = (payment.standing(), payment.balance());
        let Payment {
            order_id,
            user_id,
            purpose,
            taker,
            amount,
            order_name,
            status: _,
            attempt,
            account,
            deposit_secret: _,
            capture,
            refund,
            refund_account: _,
            refunds,
            failure,
            review: _,
            open: _,
            next_check_at: _,
            shelf: _,
            created_at,
            updated_at: _,
            lock_version,
        } = payment;
        let (method, approved_at, receipt_url) =
            capture.map_or((None, None, None), |c| (c.method, c.approved_at, c.receipt_url));
        let membership_type = match &purpose {
            Purpose::Membership { grade } => Some(grade.clone()),
            Purpose::Booking { .. } | Purpose::Donation { .. } => None,
        };
        Self {
            success: true,
            payment_key: attempt.map(|attempt| attempt.payment_key),
            order_id: order_id.to_string(),
            user_id: user_id.map(|id| id.to_string()),
            purpose: purpose.as_str(),
            booking_id: purpose.booking().map(|id| id.to_string()),
            membership_type,
            order_name,
            status,
            provider: taker.as_str(),
            method,
            approved_at: approved_at.map(|at| instant(at, &zone)),
            receipt_url,
            total_amount: amount.to_json(),
            balance_amount: balance.to_json(),
            currency: amount.currency.code(),
            virtual_account: account.map(|account| AccountView {
                bank: account.bank,
                account_number: account.number,
                holder: account.holder,
                due_at: instant(account.due_at, &zone),
            }),
            refund: refund.map(|refund| RefundView {
                amount: refund.amount.to_json(),
                reason: refund.reason,
                requested_at: instant(refund.since, &zone),
                waits_for: refund.waits.map(crate::model::Waits::as_str),
            }),
            refunds: refunds
                .into_iter()
                .map(|done| RefundedView {
                    amount: done.amount.to_json(),
                    reason: done.reason,
                    refunded_at: instant(done.at, &zone),
                })
                .collect(),
            failure: failure.map(|f| FailureView { code: f.code, message: f.message }),
            created_at: instant(created_at, &zone),
            lock_version,
        }
    }
}
