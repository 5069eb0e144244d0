//! Tickets: texts that stand for "may look at this and pay it". Nothing of them is stored: what they are for
//! and how long they count is in them, and a code over that which only we can make.

use maru_kernel::{BookingId, Master, OrderId, Timestamp, crypto};

/// How long the ticket of an order counts. Longer than it can be paid: until then its page says what
/// became of it, and an account to pay into may wait for days.
pub const ORDER_TICKET_SECONDS: i64 = 14 * 24 * 3600;

/// Bytes of the code: 128 bits, so that a ticket fits a text message.
const CODE: usize = 16;

/// What a ticket is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// One order.
    Order(OrderId),
    /// Whatever a booking owes while the ticket counts.
    Booking(BookingId),
}

impl Subject {
    const fn kind(self) -> u8 {
        match self {
            Self::Order(_) => 1,
            Self::Booking(_) => 2,
        }
    }

    fn read(kind: u8, id: [u8; 16]) -> Option<Self> {
        match kind {
            1 => Some(Self::Order(OrderId::from_bytes(id))),
            2 => Some(Self::Booking(BookingId::from_bytes(id))),
            _ => None,
        }
    }

    fn id(self) -> [u8; 16] {
        match self {
            Self::Order(id) => id.bytes(),
            Self::Booking(id) => id.bytes(),
        }
    }
}

/// A ticket: what it is for, and until when it counts (whole seconds, that moment not included).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    /// What for.
    pub subject: Subject,
    /// Until when, in seconds of the epoch.
    pub until: i64,
}

/// The key of tickets.
#[derive(Clone)]
pub struct Tickets([u8; 32]);

impl Tickets {
    /// The key that comes of this master, and is used for nothing else.
    pub fn derive(master: &Master) -> Self {
        Self(crypto::derive(&master.secret, "pay-ticket"))
    }

    /// The ticket as text: 50 characters of the URL-safe alphabet. `None` beyond the year 2106.
    pub fn write(&self, ticket: Ticket) -> Option<String> {
        let until = u32::try_from(ticket.until).ok()?;
        let body = [&[ticket.subject.kind()], ticket.subject.id().as_slice(), &until.to_be_bytes()].concat();
        let code = self.code(&body);
        Some(crypto::to_base64url(&[body, code].concat()))
    }

    /// Reads a ticket that is ours and still counts at `now`.
    pub fn read(&self, text: &str, now: Timestamp) -> Option<Ticket> {
        let bytes = crypto::from_base64url(text).filter(|_| text.len() < 64)?;
        let (body, code) = bytes.split_at_checked(bytes.len().checked_sub(CODE)?)?;
        if !crypto::same(code, &self.code(body)) {
            return None;
        }
        let (kind, rest) = body.split_first()?;
        let (id, until) = rest.split_at_checked(16)?;
        let subject = Subject::read(*kind, id.try_into().ok()?)?;
        let until = i64::from(u32::from_be_bytes(until.try_into().ok()?));
        (now.as_second() < until).then_some(Ticket { subject, until })
    }

    fn code(&self, body: &[u8]) -> Vec<u8> {
        crypto::hmac_sha256(&self.0, &[body]).into_iter().take(CODE).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use maru_kernel::Secret;
    use proptest::prelude::*;

    fn tickets(master: &str) -> Tickets {
        Tickets::derive(&Master::plain(Secret::new(master)))
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_ticket_counts_until_its_time_and_not_a_second_longer() {
        let ours = tickets("a");
        let ticket = Ticket { subject: Subject::Order(OrderId::from_bytes([7; 16])), until: 1000 };
        let text = ours.write(ticket).unwrap();
        assert_eq!(text.len(), 50, "a text message has no room for more");
        assert_eq!(ours.read(&text, at(999)), Some(ticket));
        assert_eq!(ours.read(&text, at(1000)), None);
        assert_eq!(tickets("b").read(&text, at(0)), None, "of another stack");
        assert_eq!(ours.write(Ticket { until: i64::MAX, ..ticket }), None);
    }

    #[test]
    fn a_ticket_of_a_booking_is_none_of_an_order() {
        let ours = tickets("a");
        let (order, booking) =
            (Subject::Order(OrderId::from_bytes([7; 16])), Subject::Booking(BookingId::from_bytes([7; 16])));
        let write = |subject| ours.write(Ticket { subject, until: 9 }).unwrap();
        assert_ne!(write(order), write(booking));
        assert_eq!(ours.read(&write(booking), at(0)).map(|ticket| ticket.subject), Some(booking));
        // The code over a kind nobody knows is right, and says nothing.
        let body = [&[3], [7; 16].as_slice(), &[0, 0, 0, 9]].concat();
        let unknown = crypto::to_base64url(&[body.clone(), ours.code(&body)].concat());
        assert_eq!(ours.read(&unknown, at(0)), None);
    }

    #[test]
    fn what_is_no_ticket_is_not_read() {
        let ours = tickets("a");
        for junk in
            ["", "a", "ticket", "한글", "../../etc", &"A".repeat(50), &"A".repeat(64), &"A".repeat(9999)]
        {
            assert_eq!(ours.read(junk, at(0)), None, "{junk}");
        }
        // The code alone, over nothing.
        assert_eq!(ours.read(&crypto::to_base64url(&ours.code(&[])), at(0)), None);
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(id: [u8; 16], until in 1_i64..=i64::from(u32::MAX), order: bool) {
            let subject =
                if order { Subject::Order(OrderId::from_bytes(id)) } else { Subject::Booking(BookingId::from_bytes(id)) };
            let ticket = Ticket { subject, until };
            let text = tickets("a").write(ticket).unwrap();
            prop_assert_eq!(tickets("a").read(&text, at(until - 1)), Some(ticket));
        }

        #[test]
        fn no_character_can_be_another(id: [u8; 16], until in 1_i64..=i64::from(u32::MAX), index in 0_usize..50, other in "[A-Za-z0-9_-]") {
            let subject = Subject::Booking(BookingId::from_bytes(id));
            let text = tickets("a").write(Ticket { subject, until }).unwrap();
            let mut forged = text.clone();
            forged.replace_range(index..=index, &other);
            prop_assume!(forged != text);
            prop_assert_eq!(tickets("a").read(&forged, at(0)), None);
        }

        #[test]
        fn no_text_makes_it_fall(text: String) {
            prop_assert_eq!(tickets("a").read(&text, at(0)), None);
        }
    }
}
