//! Cards on file.

use maru_kernel::Secret;
use serde::{Deserialize, Serialize};

use super::{Told, codes, json, lenient, outcome, told, unreadable};
use crate::{BillingKey, Charge, Issued, Outcome};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct IssueBody<'a> {
    auth_key: &'a str,
    customer_key: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ChargeBody<'a> {
    customer_key: &'a str,
    amount: i64,
    order_id: &'a str,
    order_name: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BillingBody {
    billing_key: Secret,
    customer_key: String,
    #[serde(default, deserialize_with = "lenient")]
    method: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    card: Option<CardEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CardEntry {
    #[serde(default, deserialize_with = "lenient")]
    number: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    issuer_code: Option<String>,
}

pub fn issue(auth_key: &str, customer_key: &str) -> Vec<u8> {
    json(&IssueBody { auth_key, customer_key })
}

pub fn charge(charge: &Charge<'_>) -> Vec<u8> {
    let Charge { billing_key: _, customer_key, amount, order_id, order_name, idempotency_key: _ } = charge;
    json(&ChargeBody { customer_key, amount: *amount, order_id, order_name })
}

pub fn issued(status: u16, body: &[u8]) -> Issued {
    match told::<BillingBody>(status, body) {
        Told::Thing(body) if body.billing_key.expose().is_empty() => Issued::Unknown(unreadable(status)),
        Told::Thing(body) => Issued::Key(body.into()),
        Told::Refusal(error) if codes::proves_nothing_is_billed(&error.code) => Issued::Declined(error),
        Told::Refusal(error) => Issued::Unknown(error.code),
        Told::Nonsense => Issued::Unknown(unreadable(status)),
    }
}

pub fn charged(status: u16, body: &[u8]) -> Outcome {
    outcome(status, body, codes::proves_nothing_is_billed)
}

/// Success has no body; an object in its place would be one of the fields that appear without notice.
pub fn forgotten(status: u16, body: &[u8]) -> Result<bool, String> {
    if status == 200 && body.trim_ascii().is_empty() {
        return Ok(true);
    }
    match told::<serde_json::Map<String, serde_json::Value>>(status, body) {
        Told::Thing(_) => Ok(true),
        Told::Refusal(error) if error.code == "ALREADY_REMOVED_BILLING_KEY" => Ok(false),
        Told::Refusal(error) => Err(error.code),
        Told::Nonsense => Err(unreadable(status)),
    }
}

impl From<BillingBody> for BillingKey {
    fn from(BillingBody { billing_key, customer_key, method, card }: BillingBody) -> Self {
        let (card, issuer_code) = card.map_or((None, None), |card| (card.number, card.issuer_code));
        Self { billing_key, customer_key, method, card, issuer_code }
    }
}
