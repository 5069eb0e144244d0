//! Paying by a ticket: what its holder sees, and what they can do about it.

use maru_bookings::Booking;
use maru_identity::{SEALS, SealRecord};
use maru_kernel::{BookingId, Money, OrderId, Timestamp, UserId};
use maru_table::{Actor, Change, CommitError, Key};

use super::confirm::{Confirmed, Payer, WishToConfirm};
use super::ready::{Making, TRIES, ToPay, WishToPay, customer_key};
use super::{Payments, Refusal};
use crate::model::{Payment, Purpose, Status};
use crate::rules::UNPAID_SECONDS;
use crate::stage::{self, Stage, payable};
use crate::tickets::{ORDER_TICKET_SECONDS, Subject, Ticket};
use crate::{PaymentError, store};

/// A link by which a booking can be paid.
#[derive(Debug, Clone)]
pub struct Link {
    /// What the page is asked for with.
    pub ticket: String,
    /// What is to be paid.
    pub booking: Booking,
    /// Until when the link counts.
    pub until: Timestamp,
}

/// What the holder of a ticket sees.
#[derive(Debug)]
pub struct Shown {
    /// What it is called.
    pub order_name: String,
    /// What is owed, or was.
    pub amount: Money,
    /// Where it stands.
    pub stage: Stage,
    /// The order; absent where a booking has none that could be shown.
    pub payment: Option<Payment>,
    /// Until when it can be paid, while it can.
    pub until: Option<Timestamp>,
    /// Stands for the customer at the provider, while it can be paid; absent for guests.
    pub customer_key: Option<String>,
}

impl Payments {
    /// A link by which whoever has it can pay a booking, for so many hours.
    pub async fn link(&self, id: BookingId, hours: u16) -> Result<Link, PaymentError> {
        let (booking, now) = (self.shown_booking(id).await?, self.db.clock().now());
        payable(&booking, now)?;
        let second = now.as_second() + i64::from(hours) * 3600;
        let until = Timestamp::from_second(second).map_err(|_| PaymentError::Broken("no such time"))?;
        let ticket = self.write(Ticket { subject: Subject::Booking(id), until: second }).await?;
        Ok(Link { ticket, booking, until })
    }

    /// What the holder of this ticket sees. Of a booking that has no open order, one is made.
    pub async fn open(&self, ticket: &str, by: &Actor) -> Result<Shown, PaymentError> {
        let ticket = self.read(ticket).await?;
        match ticket.subject {
            Subject::Order(id) => {
                let payment = store::payment(&self.db, id).await?.ok_or(PaymentError::NotFound)?;
                let booking = match payment.purpose.booking() {
                    Some(id) => Some(self.shown_booking(id).await?),
                    None => None,
                };
                self.shown(payment, booking, ticket).await
            }
            Subject::Booking(id) => {
                for _ in 0..TRIES {
                    if let Some(shown) = self.open_booking(id, ticket, by).await? {
                        return Ok(shown);
                    }
                }
                Err(PaymentError::Contended)
            }
        }
    }

    async fn open_booking(
        &self,
        id: BookingId,
        ticket: Ticket,
        by: &Actor,
    ) -> Result<Option<Shown>, PaymentError> {
        let booking = self.shown_booking(id).await?;
        let current = self.order_by_id(booking.order_id).await?;
        let (payment, booking) = match (payable(&booking, self.db.clock().now()), current) {
            // What was refused is told before anything new is made.
            (Ok(()), Some(current)) if current.status == Status::Failed => (current, booking),
            (Ok(()), Some(current)) if in_flight(current.status) => (current, booking),
            (Ok(()), _) => {
                let wish = WishToPay { what: ToPay::Booking(id), order_name: None };
                let making = Making { wish: &wish, by, request: None, instead_of: None };
                let Some(made) = self.order_for(booking, &making).await? else { return Ok(None) };
                made
            }
            (Err(PaymentError::AlreadyPaid), current) => {
                let paid_by = self.order_by_id(booking.paid_by.last().copied()).await?;
                match paid_by.or(current) {
                    Some(payment) => (payment, booking),
                    None => return Ok(Some(without_order(booking, Stage::Paid))),
                }
            }
            (Err(_), Some(current)) if in_flight(current.status) || current.status == Status::Done => {
                (current, booking)
            }
            (Err(why), _) => return Ok(Some(without_order(booking, Stage::Refused(why)))),
        };
        self.shown(payment, Some(booking), ticket).await.map(Some)
    }

    async fn shown(
        &self,
        payment: Payment,
        booking: Option<Booking>,
        ticket: Ticket,
    ) -> Result<Shown, PaymentError> {
        let mut stage = stage::of_order(&payment, booking.as_ref(), self.db.clock().now());
        if matches!(stage, Stage::Open) && self.has_grade(&payment).await? {
            stage = Stage::Paid;
        }
        let (mut until, mut customer) = (None, None);
        if matches!(stage, Stage::Open) {
            // The page of a booking goes on with another order when this one has lapsed.
            let lapses = payment.created_at.as_second() + UNPAID_SECONDS;
            let order = matches!(ticket.subject, Subject::Order(_)).then_some(lapses);
            let hold = booking.as_ref().and_then(|booking| booking.hold_until);
            let end = [order, hold].into_iter().flatten().fold(ticket.until, i64::min);
            until = Timestamp::from_second(end).ok();
            if let Some(user) = payment.user_id {
                customer = self.customer_key_of(user).await?;
            }
        }
        Ok(Shown {
            order_name: payment.order_name.clone(),
            amount: payment.amount,
            stage,
            payment: Some(payment),
            until,
            customer_key: customer,
        })
    }

    /// An order in place of one that was refused, lapsed, or is not wanted any more. Answers the ticket of its
    /// page, which counts no longer than the one shown; of what cannot be paid anew, the same.
    pub async fn renew(
        &self,
        text: &str,
        order: Option<OrderId>,
        by: &Actor,
    ) -> Result<String, PaymentError> {
        let ticket = self.read(text).await?;
        for _ in 0..TRIES {
            let (booking, old) = match ticket.subject {
                Subject::Order(id) => {
                    let old = store::payment(&self.db, id).await?.ok_or(PaymentError::NotFound)?;
                    (old.purpose.booking(), Some(old))
                }
                Subject::Booking(id) => {
                    let booking = self.shown_booking(id).await?;
                    let old = self.order_by_id(booking.order_id).await?;
                    (Some(id), old.filter(|old| order.is_none_or(|order| order == old.order_id)))
                }
            };
            if old.as_ref().is_some_and(|old| in_flight(old.status) || old.status == Status::Done) {
                return Ok(text.to_owned());
            }
            let made = match (booking, old) {
                (Some(id), old) => match self.anew(id, old.as_ref(), by).await {
                    Err(
                        PaymentError::HoldOver
                        | PaymentError::WaitsForStaff
                        | PaymentError::AlreadyPaid
                        | PaymentError::NothingToPay
                        | PaymentError::AtTheDesk
                        | PaymentError::UnderWay,
                    ) => return Ok(text.to_owned()),
                    made => made?,
                },
                (None, Some(old)) => self.anew_for_itself(&old, by).await?,
                (None, None) => return Err(PaymentError::NotFound),
            };
            if let Some(made) = made {
                return match ticket.subject {
                    Subject::Booking(_) => Ok(text.to_owned()),
                    Subject::Order(_) => {
                        self.write(Ticket { subject: Subject::Order(made.order_id), ..ticket }).await
                    }
                };
            }
        }
        Err(PaymentError::Contended)
    }

    async fn anew(
        &self,
        id: BookingId,
        old: Option<&Payment>,
        by: &Actor,
    ) -> Result<Option<Payment>, PaymentError> {
        let booking = self.shown_booking(id).await?;
        let order_name = old.map(|old| old.order_name.clone());
        let wish = WishToPay { what: ToPay::Booking(id), order_name };
        let making = Making { wish: &wish, by, request: None, instead_of: old };
        Ok(self.order_for(booking, &making).await?.map(|(payment, _)| payment))
    }

    async fn anew_for_itself(&self, old: &Payment, by: &Actor) -> Result<Option<Payment>, PaymentError> {
        let what = match &old.purpose {
            Purpose::Membership { grade } => ToPay::Membership(grade.clone()),
            Purpose::Donation { donor } => ToPay::Donation { amount: old.amount, donor: donor.clone() },
            Purpose::Booking { .. } => return Err(PaymentError::NotFound),
        };
        let wish = WishToPay { what, order_name: Some(old.order_name.clone()) };
        let payment = self.order(old.user_id, &wish, None)?;
        let mut change = Change::new(&self.db, by, "payment.readied");
        change.create(&payment, None, Refusal::Stale);
        self.close(&mut change, Some(old));
        match self.db.commit(&change).await {
            Ok(()) => Ok(Some(payment)),
            Err(CommitError::Refused(..)) => Ok(None),
            Err(CommitError::Store(error)) => Err(error.into()),
        }
    }

    /// Whether this is a ticket of ours that still counts; refused like any other that is not.
    pub async fn knows(&self, text: &str) -> Result<(), PaymentError> {
        self.read(text).await.map(drop)
    }

    /// The order of that id, if this ticket is for it.
    pub async fn of_ticket(&self, text: &str, order: OrderId) -> Result<Option<Payment>, PaymentError> {
        let ticket = self.read(text).await?;
        let payment = store::payment(&self.db, order).await?;
        Ok(payment.filter(|payment| match ticket.subject {
            Subject::Order(id) => payment.order_id == id,
            Subject::Booking(id) => payment.purpose.booking() == Some(id),
        }))
    }

    /// Captures what the holder of a ticket authenticated for an order it is for. `None` for another's order.
    pub async fn confirm_by_ticket(
        &self,
        text: &str,
        wish: &WishToConfirm,
        by: &Actor,
    ) -> Result<Option<Confirmed>, PaymentError> {
        match self.of_ticket(text, wish.order_id).await? {
            Some(_) => self.confirm(Payer::Bearer(by), wish).await.map(Some),
            None => Ok(None),
        }
    }

    /// The ticket of an order. The same each time: what is asked again is answered alike.
    pub(super) async fn order_ticket(&self, payment: &Payment) -> Result<String, PaymentError> {
        let until = payment.created_at.as_second() + ORDER_TICKET_SECONDS;
        self.write(Ticket { subject: Subject::Order(payment.order_id), until }).await
    }

    async fn write(&self, ticket: Ticket) -> Result<String, PaymentError> {
        let tickets = self.tickets().await?;
        tickets.write(ticket).ok_or(PaymentError::Broken("a ticket cannot count for so long"))
    }

    async fn read(&self, text: &str) -> Result<Ticket, PaymentError> {
        let tickets = self.tickets().await?;
        tickets.read(text, self.db.clock().now()).ok_or(PaymentError::NotFound)
    }

    async fn shown_booking(&self, id: BookingId) -> Result<Booking, PaymentError> {
        let booking = maru_bookings::booking(&self.db, id).await?;
        booking.filter(|booking| !booking.hidden).ok_or(PaymentError::NotFound)
    }

    async fn order_by_id(&self, id: Option<OrderId>) -> Result<Option<Payment>, PaymentError> {
        match id {
            Some(id) => Ok(store::payment(&self.db, id).await?),
            None => Ok(None),
        }
    }

    /// Whether the person has the grade already: paying again would only send the money back.
    async fn has_grade(&self, payment: &Payment) -> Result<bool, PaymentError> {
        let (Purpose::Membership { grade }, Some(user)) = (&payment.purpose, payment.user_id) else {
            return Ok(false);
        };
        let has = store::membership(&self.db, user).await?;
        Ok(has.is_some_and(|has| has.ended_at.is_none() && has.grade == *grade))
    }

    async fn customer_key_of(&self, user: UserId) -> Result<Option<String>, PaymentError> {
        let seal: Option<SealRecord> = self.db.get(&Key::of(&SEALS, user)).await?;
        // Who was erased has no key any more, and pays like a guest.
        Ok(seal.and_then(|seal| seal.key()).map(|seal| customer_key(&seal)))
    }
}

fn in_flight(status: Status) -> bool {
    matches!(status, Status::Confirming | Status::Unknown | Status::Waiting)
}

fn without_order(booking: Booking, stage: Stage) -> Shown {
    let owed = booking.owed();
    Shown {
        order_name: booking.title.chars().take(100).collect(),
        amount: if owed.is_zero() { booking.price } else { owed },
        stage,
        payment: None,
        until: None,
        customer_key: None,
    }
}
