//! Money: whole minor units of an ISO 4217 currency, never a fraction.

use std::fmt;

use iso_currency::Currency;

use crate::fault::{Fault, Result};

/// The most that anything costs, in minor units; sums of a few such amounts are far from overflowing.
const AMOUNT_LIMIT_MINOR: i64 = 1_000_000_000_000;

/// An amount of money that is not negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

impl Money {
    pub(crate) fn parse(minor: i64, currency_code: &str) -> Option<Self> {
        let currency = Currency::from_code(currency_code)?;
        let fits = (0..=AMOUNT_LIMIT_MINOR).contains(&minor);
        fits.then_some(Self { minor, currency })
    }

    pub(crate) fn zero(self) -> Self {
        Self { minor: 0, ..self }
    }

    pub fn minor(self) -> i64 {
        self.minor
    }

    pub fn currency_code(self) -> &'static str {
        self.currency.code()
    }

    /// How many digits of the amount stand behind the point.
    pub(crate) fn digits(self) -> u32 {
        self.currency.exponent().unwrap_or_default().into()
    }

    /// The sum; none of two currencies or beyond the limit.
    fn plus(self, other: Self) -> Option<Self> {
        if self.currency != other.currency {
            return None;
        }
        Self::parse(self.minor.checked_add(other.minor)?, self.currency_code())
    }
}

impl fmt::Display for Money {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.currency_code(), self.minor)
    }
}

/// What an order costs, part by part. Discounts and taxes are nothing yet, and the total is what is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bill {
    pub(crate) subtotal: Money,
    pub(crate) discount: Money,
    pub(crate) tax: Money,
    pub(crate) total: Money,
}

impl Bill {
    /// The bill for lines of these prices; all of them are in one currency.
    pub(crate) fn of(prices: impl IntoIterator<Item = Money>) -> Result<Self> {
        let mut prices = prices.into_iter();
        let first = prices
            .next()
            .ok_or_else(|| Fault::invalid("items", "An order has at least one line."))?;
        let subtotal = prices.try_fold(first, Money::plus).ok_or_else(|| {
            Fault::invalid(
                "items",
                "All lines of an order are in one currency, and within its limit.",
            )
        })?;
        Ok(Self {
            subtotal,
            discount: subtotal.zero(),
            tax: subtotal.zero(),
            total: subtotal,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brl(minor: i64) -> Money {
        Money::parse(minor, "BRL").unwrap()
    }

    #[test]
    fn money_is_not_negative_and_has_a_currency() {
        assert!(Money::parse(0, "BRL").is_some());
        for (minor, code) in [(-1, "BRL"), (1, "brl"), (1, "XYZ"), (1, ""), (i64::MAX, "USD")] {
            assert_eq!(Money::parse(minor, code), None, "{minor} {code}");
        }
    }

    #[test]
    fn a_bill_is_the_sum_of_its_lines() {
        let bill = Bill::of([brl(1490), brl(3990)]).unwrap();
        assert_eq!(bill.total, brl(5480));
        assert_eq!(bill.discount, brl(0));
    }

    #[test]
    fn a_bill_has_lines_of_one_currency_within_the_limit() {
        let usd = Money::parse(1, "USD").unwrap();
        assert!(Bill::of([]).is_err());
        assert!(Bill::of([brl(1), usd]).is_err());
        assert!(Bill::of([brl(AMOUNT_LIMIT_MINOR), brl(1)]).is_err());
    }
}
