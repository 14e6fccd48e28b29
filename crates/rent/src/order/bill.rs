//! The bill: what an order costs, part by part.

use payments::Money;

use crate::fault::{Fault, Result};

/// What an order costs. There are no discounts and taxes yet; the total is what is charged.
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
    fn a_bill_is_the_sum_of_its_lines() {
        let bill = Bill::of([brl(1490), brl(3990)]).unwrap();
        assert_eq!(bill.total, brl(5480));
        assert_eq!(bill.discount, brl(0));
    }

    #[test]
    fn a_bill_has_lines_of_one_currency_within_the_limit() {
        let usd = Money::parse(1, "USD").unwrap();
        let at_the_limit = brl(1_000_000_000_000);
        assert!(Bill::of([]).is_err());
        assert!(Bill::of([brl(1), usd]).is_err());
        assert!(Bill::of([at_the_limit, brl(1)]).is_err());
        assert_eq!(Bill::of([at_the_limit, brl(0)]).unwrap().total, at_the_limit);
    }
}
