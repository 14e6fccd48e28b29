//! Money: whole minor units of an ISO 4217 currency, never a fraction.

use std::fmt;

use iso_currency::Currency;

/// The largest amount, in minor units; sums of a few such amounts are far from overflowing.
const AMOUNT_LIMIT_MINOR: i64 = 1_000_000_000_000;

/// An amount of money that is not negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

impl Money {
    /// None if the amount is negative or above the limit, or if the code is not a currency's.
    pub fn parse(minor: i64, currency_code: &str) -> Option<Self> {
        Self::new(minor, Currency::from_code(currency_code)?)
    }

    fn new(minor: i64, currency: Currency) -> Option<Self> {
        let fits = (0..=AMOUNT_LIMIT_MINOR).contains(&minor);
        fits.then_some(Self { minor, currency })
    }

    /// Zero in the same currency.
    #[must_use]
    pub fn zero(self) -> Self {
        Self { minor: 0, ..self }
    }

    pub fn minor(self) -> i64 {
        self.minor
    }

    pub fn currency(self) -> Currency {
        self.currency
    }

    pub fn currency_code(self) -> &'static str {
        self.currency.code()
    }

    /// How many digits the amount has after the decimal point.
    pub fn digits(self) -> u32 {
        self.currency.exponent().unwrap_or_default().into()
    }

    /// The sum; none for two currencies or above the limit.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        if self.currency != other.currency {
            return None;
        }
        Self::new(self.minor.checked_add(other.minor)?, self.currency)
    }

    /// What is left; none for two currencies or below zero.
    #[must_use]
    pub fn minus(self, other: Self) -> Option<Self> {
        if self.currency != other.currency {
            return None;
        }
        Self::new(self.minor.checked_sub(other.minor)?, self.currency)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.currency_code(), self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_not_negative_and_has_a_currency() {
        assert!(Money::parse(0, "BRL").is_some());
        for (minor, code) in [(-1, "BRL"), (1, "brl"), (1, "XYZ"), (1, ""), (i64::MAX, "USD")] {
            assert_eq!(Money::parse(minor, code), None, "{minor} {code}");
        }
    }

    #[test]
    fn amounts_of_one_currency_are_added_up_to_the_limit() {
        let brl = |minor| Money::parse(minor, "BRL").unwrap();
        assert_eq!(brl(1490).plus(brl(3990)), Some(brl(5480)));
        assert_eq!(brl(1490).plus(Money::parse(1, "USD").unwrap()), None);
        assert_eq!(brl(AMOUNT_LIMIT_MINOR).plus(brl(1)), None);
    }

    #[test]
    fn an_amount_of_the_same_currency_is_taken_off_down_to_nothing() {
        let brl = |minor| Money::parse(minor, "BRL").unwrap();
        assert_eq!(brl(1490).minus(brl(490)), Some(brl(1000)));
        assert_eq!(brl(1490).minus(brl(1490)), Some(brl(0)));
        assert_eq!(brl(1490).minus(brl(1491)), None);
        assert_eq!(brl(1490).minus(Money::parse(1, "USD").unwrap()), None);
    }

    #[test]
    fn an_amount_says_its_currency_and_the_digits_after_the_point() {
        for (code, digits) in [("BRL", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4)] {
            let amount = Money::parse(1490, code).unwrap();
            assert_eq!((amount.currency_code(), amount.digits()), (code, digits));
            assert_eq!(amount.to_string(), format!("{code} 1490"));
            assert_eq!(Some(amount.zero()), Money::parse(0, code));
        }
    }
}
