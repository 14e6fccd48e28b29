//! What an offer costs: whole minor units of an ISO 4217 currency, never a fraction.

use iso_currency::Currency;

/// The most that an offer costs, in minor units.
const PRICE_LIMIT_MINOR: i64 = 1_000_000_000_000;

/// A price; it is not nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Price {
    minor: i64,
    currency: Currency,
}

impl Price {
    pub(crate) fn parse(minor: i64, currency_code: &str) -> Option<Self> {
        let currency = Currency::from_code(currency_code)?;
        (1..=PRICE_LIMIT_MINOR)
            .contains(&minor)
            .then_some(Self { minor, currency })
    }

    pub(crate) fn minor(self) -> i64 {
        self.minor
    }

    pub(crate) fn currency(self) -> Currency {
        self.currency
    }

    pub(crate) fn currency_code(self) -> &'static str {
        self.currency.code()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_something_in_a_currency() {
        let price = Price::parse(1490, "BRL").unwrap();
        assert_eq!((price.minor(), price.currency_code()), (1490, "BRL"));
        for (minor, code) in [
            (0, "BRL"),
            (-1, "BRL"),
            (i64::MAX, "BRL"),
            (1490, "brl"),
            (1490, "XYZ"),
            (1490, ""),
        ] {
            assert_eq!(Price::parse(minor, code), None, "{minor} {code}");
        }
    }
}
