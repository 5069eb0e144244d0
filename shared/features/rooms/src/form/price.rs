//! Prices, as clients write them.

use maru_kernel::{Currency, Money};
use maru_web::Amount;

use super::{Form, Pointer, Sent};

/// The least a card payment may be (원), as the provider documents it.
const LEAST_PAYMENT: i64 = 100;

/// The currency of the prices beside it.
pub fn currency(form: &mut Form, sent: Sent<String>, into: &mut Currency) {
    let Some(code) = form.value(sent, "/currency") else { return };
    match [Currency::KRW, Currency::USD].into_iter().find(|known| known.code() == code) {
        Some(known) => *into = known,
        None => form.refuse("/currency", "value", "KRW 또는 USD여야 합니다.", "Must be KRW or USD."),
    }
}

/// A price: an amount that is not negative.
pub fn amount(
    form: &mut Form,
    Amount(text): &Amount,
    pointer: impl Into<Pointer>,
    currency: Currency,
) -> Option<Money> {
    let money = Money::parse(text, currency).ok().filter(|money| money.minor >= 0);
    if money.is_none() {
        form.refuse(pointer, "amount", "금액이 올바르지 않습니다.", "Not an amount.");
    }
    money
}

/// Whether nothing is to be paid, or enough that it can be. The provider names a least amount in won only.
pub fn is_payable(price: Money) -> bool {
    match price.currency {
        Currency::KRW => price.is_zero() || price.minor >= LEAST_PAYMENT,
        Currency::USD => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_read_in_its_currency_and_never_negative() {
        let mut form = Form::fresh();
        let mut read = |text: &str, currency| amount(&mut form, &Amount(text.into()), "/p", currency);
        assert_eq!(read("49.99", Currency::USD), Some(Money::new(4999, Currency::USD)));
        for (text, currency) in [("49.99", Currency::KRW), ("-1", Currency::USD), ("0x1", Currency::USD)] {
            assert_eq!(read(text, currency), None, "{text}");
        }
    }

    #[test]
    fn a_hundred_won_can_be_paid_and_ninety_nine_cannot() {
        let won = |minor| is_payable(Money::new(minor, Currency::KRW));
        assert_eq!([won(0), won(99), won(100)], [true, false, true]);
    }
}
