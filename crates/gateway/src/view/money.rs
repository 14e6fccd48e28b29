//! Money as the public sees it: whole minor units and a currency, never a fraction.

use iso_currency::Currency;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::Problem;

/// An amount in the currency's minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Money {
    /// Such as 1490 for R$ 14,90.
    #[schema(example = 1490)]
    amount_minor: i64,
    /// ISO 4217.
    #[schema(example = "BRL")]
    currency_code: String,
    /// How many of the amount's digits come after the decimal point, by ISO 4217, so that a client needs no table of
    /// currencies: the tables of browsers differ from the standard.
    #[schema(example = 2)]
    minor_digits: u32,
}

/// A price that the customer saw. It may be sent back as it came.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Price {
    #[schema(example = 1490)]
    amount_minor: i64,
    /// ISO 4217.
    #[schema(example = "BRL")]
    currency_code: String,
    /// Need not be said; what is said must be true.
    #[serde(default)]
    minor_digits: Option<u32>,
}

impl Money {
    fn new(amount_minor: i64, currency_code: String) -> Self {
        Self {
            amount_minor,
            minor_digits: minor_digits(&currency_code),
            currency_code,
        }
    }

    /// The price that a fault states besides its reason.
    pub(crate) fn from_facts(amount_minor: Option<&str>, currency_code: Option<&str>) -> Option<Self> {
        Some(Self::new(amount_minor?.parse().ok()?, currency_code?.to_owned()))
    }
}

/// From the same table as the services use: ISO 4217. Codes without minor units, such as gold's, have 0 digits.
fn minor_digits(currency_code: &str) -> u32 {
    let exponent = Currency::from_code(currency_code).and_then(Currency::exponent);
    exponent.unwrap_or_default().into()
}

impl From<api::Money> for Money {
    fn from(money: api::Money) -> Self {
        Self::new(money.amount_minor, money.currency_code)
    }
}

impl Price {
    pub(crate) fn into_message(self) -> Result<api::Money, Problem> {
        let digits = minor_digits(&self.currency_code);
        if self.minor_digits.is_some_and(|said| said != digits) {
            return Err(Problem::invalid(
                "price.minor_digits",
                "The currency has another number of digits. Leave it out, or send the price as it came.",
            ));
        }
        Ok(api::Money {
            amount_minor: self.amount_minor,
            currency_code: self.currency_code,
        })
    }
}

/// A message of the contracts without an amount means that nothing is charged.
impl From<Option<api::Money>> for Money {
    fn from(money: Option<api::Money>) -> Self {
        money.unwrap_or_default().into()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// The web app's table for currencies that come without an amount, as in a price band. It leaves out those with two digits.
    const WEB: &str = include_str!("../../../../web/src/i18n/minor-digits.json");

    fn every_currency() -> impl Iterator<Item = Currency> {
        let letters = || 'A'..='Z';
        let codes = letters().flat_map(move |a| letters().flat_map(move |b| letters().map(move |c| [a, b, c])));
        codes.filter_map(|code| Currency::from_code(&String::from_iter(code)))
    }

    #[test]
    fn an_amount_says_how_many_digits_its_currency_has() {
        for (code, digits) in [
            ("BRL", 2),
            ("COP", 2),
            ("IDR", 2),
            ("JPY", 0),
            ("KWD", 3),
            ("CLF", 4),
            ("XAU", 0),
        ] {
            assert_eq!(Money::new(1490, code.to_owned()).minor_digits, digits, "{code}");
        }
    }

    #[test]
    fn the_web_app_has_the_same_table() {
        let others = every_currency().map(|currency| (currency.code().to_owned(), minor_digits(currency.code())));
        let others: BTreeMap<String, u32> = others.filter(|(_, digits)| *digits != 2).collect();
        let web: BTreeMap<String, u32> = serde_json::from_str(WEB).unwrap();
        assert_eq!(web, others);
    }

    #[test]
    fn a_price_comes_back_as_it_was_told_and_not_with_other_digits() {
        let price = |json: &str| serde_json::from_str::<Price>(json).unwrap().into_message();
        assert!(price(r#"{"amount_minor":1490,"currency_code":"COP"}"#).is_ok());
        assert!(price(r#"{"amount_minor":1490,"currency_code":"COP","minor_digits":2}"#).is_ok());
        assert!(price(r#"{"amount_minor":1490,"currency_code":"COP","minor_digits":0}"#).is_err());
    }
}
