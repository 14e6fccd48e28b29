//! What an offer costs: whole minor units of an ISO 4217 currency, never a fraction.

use iso_currency::Currency;

use crate::check::{Refusal, quote, refuse};

/// The most that an offer costs, in minor units.
const PRICE_LIMIT_MINOR: i64 = 1_000_000_000_000;

/// A price; it is more than zero.
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

    /// The price that a seller states: also refuses codes of ISO 4217 in which no payment is made, such as gold
    /// (`XAU`) and no currency at all (`XXX`). None of these has minor units.
    pub(crate) fn stated(minor: i64, currency_code: &str) -> Result<Self, Refusal> {
        let known = Currency::from_code(currency_code).filter(|currency| currency.exponent().is_some());
        if known.is_none() {
            let capitals = currency_code.to_ascii_uppercase();
            let reason = if currency_code.is_empty() && minor == 0 {
                "An offer needs a price, such as BRL:1490 for R$ 14,90.".to_owned()
            } else if currency_code.is_empty() {
                "A price needs its currency, such as BRL.".to_owned()
            } else if capitals != currency_code && Currency::from_code(&capitals).is_some() {
                format!("Write the currency in capitals: {capitals}.")
            } else {
                let code = quote(currency_code);
                format!("{code} is no currency that people pay in: write its ISO 4217 code, such as BRL.")
            };
            return refuse("price", reason);
        }
        match Self::parse(minor, currency_code) {
            Some(price) => Ok(price),
            None => refuse(
                "price",
                format!("A price is from 1 to {PRICE_LIMIT_MINOR} in minor units: 1490 is R$ 14,90."),
            ),
        }
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

    #[test]
    fn a_currency_without_minor_units_is_refused() {
        for code in ["BRL", "JPY", "KWD", "CLF", "USN"] {
            assert!(Price::stated(1490, code).is_ok(), "{code}");
        }
        for code in ["XXX", "XTS", "XAU", "XAG", "XPT", "XPD", "XDR", "XBA", "FOO", "brl", ""] {
            let refusal = Price::stated(1490, code).unwrap_err();
            assert!(refusal.reason.contains("BRL"), "{}", refusal.reason);
        }
        let refusal = Price::stated(1490, "FOO").unwrap_err();
        assert!(refusal.reason.contains("FOO") && refusal.field == "price");
        for minor in [0, -1, i64::MAX] {
            let refusal = Price::stated(minor, "BRL").unwrap_err();
            assert!(!refusal.reason.contains("currency"), "{}", refusal.reason);
        }
    }
}
