//! Payments and movements, listed.

use maru_identity::{Caller, Permission};
use maru_kernel::{BookingId, UserId};
use maru_table::{Cursor, Page};

use super::Payments;
use crate::model::{Membership, Movement, Payment};
use crate::store::{self, Moved, Whose};
use crate::{PaymentError, Stray};

/// Pages read for one answer at most: a filter may leave little of each.
const PAGES: u32 = 5;

/// Which payments are asked for.
#[derive(Debug, Clone, Default)]
pub struct Listed {
    /// One person's; staff only, where not the caller's own.
    pub user_id: Option<UserId>,
    /// Those of a booking.
    pub booking_id: Option<BookingId>,
    /// Those that stand so, as clients name it.
    pub standing: Option<String>,
    /// Those a person has to look at.
    pub review: bool,
}

impl Payments {
    /// A page of payments, newest first: the caller's own, or anyone's for staff.
    pub async fn list(
        &self,
        caller: &Caller,
        wish: &Listed,
        limit: u16,
        after: Option<Cursor>,
    ) -> Result<Page<Payment>, PaymentError> {
        let whose = match (wish.user_id, caller.may(Permission::PaymentsRead)) {
            (None, true) => Whose::All,
            (Some(user), true) => Whose::Of(user),
            (Some(user), false) if user != caller.user_id => return Err(PaymentError::Forbidden),
            (_, false) => Whose::Of(caller.user_id),
        };
        let fits = |payment: &Payment| {
            wish.booking_id.is_none_or(|id| payment.purpose.booking() == Some(id))
                && wish.standing.as_ref().is_none_or(|standing| payment.standing() == standing)
                && (!wish.review || payment.review.is_some())
        };
        let (mut items, mut after) = (Vec::new(), after);
        for _ in 0..PAGES {
            let left = limit.saturating_sub(u16::try_from(items.len()).unwrap_or(limit));
            let page = store::list(&self.db, whose, left, after).await?;
            items.extend(page.items.into_iter().filter(|payment| fits(payment)));
            after = page.next;
            if after.is_none() || items.len() >= usize::from(limit) {
                break;
            }
        }
        Ok(Page { items, next: after })
    }

    /// A page of the ledger, oldest first: the caller's own movements, or any for staff.
    pub async fn movements(
        &self,
        caller: &Caller,
        which: Option<Moved>,
        limit: u16,
        after: Option<Cursor>,
    ) -> Result<Page<Movement>, PaymentError> {
        let own = Moved::Of(caller.user_id);
        let which = which.unwrap_or_else(|| own.clone());
        if which != own && !caller.may(Permission::PaymentsRead) {
            return Err(PaymentError::Forbidden);
        }
        Ok(store::movements(&self.db, &which, limit, after).await?)
    }

    /// A page of money at the provider that no order of ours knows, newest first. Staff only.
    pub async fn strays(&self, limit: u16, after: Option<Cursor>) -> Result<Page<Stray>, PaymentError> {
        Ok(store::strays(&self.db, limit, after).await?)
    }

    /// Somebody's membership: the caller's own, or anyone's for staff.
    pub async fn membership(
        &self,
        caller: &Caller,
        user: UserId,
    ) -> Result<Option<Membership>, PaymentError> {
        if user != caller.user_id && !caller.may(Permission::PaymentsRead) {
            return Err(PaymentError::Forbidden);
        }
        Ok(store::membership(&self.db, user).await?)
    }
}
