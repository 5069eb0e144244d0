//! Money: whole minor units of one currency. No floating point takes part in arithmetic.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A currency Maru charges in, with its ISO 4217 minor digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Currency {
    /// 원: no minor unit.
    KRW,
    /// US dollars: two decimals.
    USD,
}

impl Currency {
    /// Decimals of the major unit.
    pub const fn decimals(self) -> usize {
        match self {
            Self::KRW => 0,
            Self::USD => 2,
        }
    }

    /// The ISO 4217 code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::KRW => "KRW",
            Self::USD => "USD",
        }
    }
}

/// An amount in minor units (won, cents).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Minor units; never negative where a person is charged.
    pub minor: i64,
    /// The currency.
    pub currency: Currency,
}

/// Why a text is not an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not digits with at most one point.
    #[error("not an amount")]
    NotAnAmount,
    /// More decimals than the currency has.
    #[error("more decimals than the currency has")]
    ExcessDecimals,
    /// More than 15 digits: beyond what every JSON reader keeps exactly.
    #[error("more than 15 digits")]
    TooLong,
}

impl Money {
    /// `minor` units of `currency`.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Nothing to pay.
    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// The rate for a span of minutes at this price an hour, rounded up to the minor unit.
    /// `None` where the product leaves the range.
    pub fn per_hour_for(self, minutes: i64) -> Option<Self> {
        let minor = self.minor.checked_mul(minutes)?.checked_add(59)?.div_euclid(60);
        Some(Self { minor, ..self })
    }

    /// Reads a decimal text (`"45000"`, `"150.00"`) of major units.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) || digits.ends_with('.') {
            return Err(MoneyError::NotAnAmount);
        }
        if whole.len() + fraction.len() > 15 {
            return Err(MoneyError::TooLong);
        }
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > currency.decimals() {
            return Err(MoneyError::ExcessDecimals);
        }
        let padded = format!("{whole}{fraction:0<width$}", width = currency.decimals());
        let minor: i64 = padded.parse().map_err(|_| MoneyError::TooLong)?;
        Ok(Self { minor: sign * minor, currency })
    }

    /// The amount as a JSON number of major units in its shortest form: `45000`, `150`, `150.5`.
    pub fn to_json(self) -> serde_json::Value {
        serde_json::from_str(&self.to_string()).unwrap_or(serde_json::Value::Null)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = self.currency.decimals();
        let unit = 10_i64.pow(u32::try_from(decimals).unwrap_or(0));
        let sign = if self.minor < 0 { "-" } else { "" };
        let (whole, rest) = (
            self.minor.unsigned_abs() / unit.unsigned_abs(),
            self.minor.unsigned_abs() % unit.unsigned_abs(),
        );
        if rest == 0 {
            return write!(f, "{sign}{whole}");
        }
        let fraction = format!("{rest:0>decimals$}");
        write!(f, "{sign}{whole}.{}", fraction.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_are_read_exactly_or_refused() {
        let krw = |text| Money::parse(text, Currency::KRW).map(|m| m.minor);
        assert_eq!(krw("45000"), Ok(45_000));
        assert_eq!(krw("45000.00"), Ok(45_000));
        assert_eq!(krw("45000.5"), Err(MoneyError::ExcessDecimals));
        assert_eq!(krw("1234567890123456"), Err(MoneyError::TooLong));
        for junk in ["", ".", "1.", "1e3", "٣", " 1", "1,000", "--1", "NaN"] {
            assert_eq!(krw(junk), Err(MoneyError::NotAnAmount), "{junk}");
        }
        assert_eq!(Money::parse("150.05", Currency::USD).map(|m| m.minor), Ok(15_005));
        assert_eq!(Money::parse("150.005", Currency::USD), Err(MoneyError::ExcessDecimals));
    }

    #[test]
    fn a_price_an_hour_is_rounded_up_never_down() {
        let rate = Money::new(20_000, Currency::KRW);
        assert_eq!(rate.per_hour_for(120).map(|m| m.minor), Some(40_000));
        assert_eq!(Money::new(10, Currency::KRW).per_hour_for(15).map(|m| m.minor), Some(3));
        assert_eq!(Money::new(i64::MAX, Currency::KRW).per_hour_for(60), None);
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(minor in -99_999_999_999_999_i64..99_999_999_999_999) {
            for currency in [Currency::KRW, Currency::USD] {
                let money = Money::new(minor, currency);
                prop_assert_eq!(Money::parse(&money.to_string(), currency), Ok(money));
            }
        }
    }
}
