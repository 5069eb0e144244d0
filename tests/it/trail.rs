//! Reading the trail and seal keys as an auditor would, past the functions' rights.

use anyhow::{Context, Result};
use harness::stack::Stack;
use maru_identity::{SEALS, SealRecord};
use maru_kernel::{Clock, Random, SealKey};
use maru_table::{AUDITS, Action, AuditRecord, Db, Grant, Key, Ranged};

const AUDITOR: [Grant; 2] =
    [Grant { table: &AUDITS, may: &[Action::Query] }, Grant { table: &SEALS, may: &[Action::GetItem] }];

fn auditor(stack: &Stack) -> Db {
    let named = AUDITOR.iter().map(|grant| (*grant, grant.table.name.to_owned()));
    Db::connect(&stack.sdk, named, Clock::system(), Random::system())
}

/// All records of a subject (`booking#…`), oldest first.
pub async fn of(stack: &Stack, subject: &str) -> Result<Vec<AuditRecord>> {
    let mut records: Vec<AuditRecord> =
        auditor(stack).query(&Ranged::table(&AUDITS, subject, 100)).await?.items;
    // Ids of one millisecond, as under a standing clock, sort by chance; versions do not.
    records.sort_by_key(|record| record.version);
    Ok(records)
}

/// A person's seal key.
pub async fn seal_of(stack: &Stack, user: &str) -> Result<SealKey> {
    let record: Option<SealRecord> = auditor(stack).get(&Key::of(&SEALS, user)).await?;
    record.and_then(|record| record.key()).context("no seal key")
}
