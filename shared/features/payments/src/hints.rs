//! Hints that a payment changed at the provider: asked at once, or left to the checker.

use std::time::Duration;

use maru_identity::Identity;
use maru_kernel::{OrderId, Supply, crypto};
use maru_table::{Actor, Condition, Db, Write};
use maru_toss::{ReadBack, Toss};

use crate::model::{Payment, Status};
use crate::rules::{Meaning, of_read_back};
use crate::service::Desk;
use crate::store::payment_key;
use crate::{PaymentError, store};

/// How long the provider is asked: its webhook wants an answer soon, and nothing runs on behind it.
const ASK_WITHIN: Duration = Duration::from_millis(1500);

/// That something happened to an order.
#[derive(Debug, Clone)]
pub struct Hint {
    /// The order.
    pub order_id: OrderId,
    /// Whether it tells of a deposit.
    pub deposit: bool,
    /// What proves a deposit.
    pub secret: Option<String>,
}

/// Who listens to hints.
#[derive(Clone)]
pub struct Hints {
    db: Db,
    identity: Identity,
    desk: Desk,
}

impl Hints {
    /// Over `db`, with the provider asked for when needed.
    pub fn new(db: Db, toss: Supply<Toss>) -> Self {
        Self { identity: Identity::new(db.clone()), desk: Desk::new(db.clone(), toss), db }
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Reads the payment back and records what the provider says. What it does not say now is left to the
    /// checker, at once. An order nobody knows is nobody's business.
    pub async fn take(&self, hint: &Hint, by: &Actor) -> Result<(), PaymentError> {
        let Some(payment) = store::payment(&self.db, hint.order_id).await? else { return Ok(()) };
        let Some(attempt) = &payment.attempt else { return Ok(()) };
        if matches!(payment.status, Status::Failed | Status::Expired | Status::Ready) {
            return Ok(());
        }
        let forged = match (&payment.deposit_secret, &hint.secret) {
            (Some(ours), Some(theirs)) => !crypto::same(ours.as_bytes(), theirs.as_bytes()),
            (Some(_), None) => true,
            (None, _) => false,
        };
        if hint.deposit && forged {
            tracing::warn!(order = %hint.order_id, "a deposit was told without its secret");
            return Ok(());
        }
        let by = Actor { id: "system:toss-webhook".into(), ..by.clone() };
        let Ok(toss) = self.desk.provider().await else { return self.look_soon(&payment).await };
        let read = toss.read_within(&attempt.payment_key, ASK_WITHIN).await;
        // Without an answer, and before the provider shows its own money, the checker's rules decide.
        if !matches!(read, ReadBack::Told(_)) {
            return self.look_soon(&payment).await;
        }
        let meaning = of_read_back(&payment, &read, 0);
        // An answer that says nothing clear of money that is in is no answer either.
        if meaning == Meaning::Unknown && payment.status == Status::Done {
            return self.look_soon(&payment).await;
        }
        match self.desk.settle(&payment, meaning, &by).await {
            Ok(_) => Ok(()),
            Err(error) => {
                tracing::warn!(%error, order = %hint.order_id, "a hint could not be followed");
                self.look_soon(&payment).await
            }
        }
    }

    /// The checker looks at it in its next run.
    async fn look_soon(&self, payment: &Payment) -> Result<(), PaymentError> {
        let soon = Write::update(payment_key(payment.order_id))
            .set_value("open", &"open")
            .set_number("next_check_at", self.db.clock().now().as_second())
            .when(Condition::present("lock_version"));
        self.db.note(&soon).await?;
        Ok(())
    }
}
