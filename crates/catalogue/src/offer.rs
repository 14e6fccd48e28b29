//! Offers: the ways to get a title, one of each kind.

use uuid::Uuid;

use crate::check::{Refusal, refuse};
use crate::money::Price;

/// From payment to the first play when the seller does not say: 30 days, as is common in the trade.
const DEFAULT_START_WINDOW_HOURS: i32 = 720;
/// From the first play to the end when the seller does not say.
const DEFAULT_VIEWING_WINDOW_HOURS: i32 = 48;
/// The longest window: a year.
const WINDOW_LIMIT_HOURS: i32 = 8760;

/// How a title is had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// For a time: its two windows are in [`Terms`].
    Rent,
    /// For good.
    Buy,
}

impl Kind {
    const ALL: [Self; 2] = [Self::Rent, Self::Buy];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rent => "rent",
            Self::Buy => "buy",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// An offer as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Offer {
    pub(crate) id: Uuid,
    pub(crate) title: Uuid,
    pub(crate) terms: Terms,
}

/// What somebody gets, for how much, and when it can be ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(crate) kind: Kind,
    pub(crate) price: Price,
    /// From payment to the first play; 0 for a purchase.
    pub(crate) start_window_hours: i32,
    /// From the first play to the end; 0 for a purchase.
    pub(crate) viewing_window_hours: i32,
    /// Microseconds since 1970 UTC; 0 is without a bound.
    pub(crate) available_from_us: i64,
    pub(crate) available_until_us: i64,
}

/// Terms as a seller says them: windows of 0 take the defaults.
#[derive(Debug, Clone, Default)]
pub(crate) struct StatedTerms {
    pub(crate) kind: Option<Kind>,
    pub(crate) amount_minor: i64,
    pub(crate) currency_code: String,
    pub(crate) start_window_hours: i32,
    pub(crate) viewing_window_hours: i32,
    pub(crate) available_from_us: i64,
    pub(crate) available_until_us: i64,
}

impl StatedTerms {
    pub(crate) fn check(self) -> Result<Terms, Refusal> {
        let Some(kind) = self.kind else {
            return refuse("kind", "An offer is to rent or to buy.");
        };
        let Some(price) = Price::parse(self.amount_minor, &self.currency_code) else {
            return refuse(
                "price",
                "A price is an amount above zero in minor units and a currency such as BRL.",
            );
        };
        let (start, viewing) = (self.start_window_hours, self.viewing_window_hours);
        let (start_window_hours, viewing_window_hours) = match kind {
            Kind::Rent => (
                window("start_window_hours", start, DEFAULT_START_WINDOW_HOURS)?,
                window("viewing_window_hours", viewing, DEFAULT_VIEWING_WINDOW_HOURS)?,
            ),
            Kind::Buy if start == 0 && viewing == 0 => (0, 0),
            Kind::Buy => return refuse("viewing_window_hours", "What is bought has no windows."),
        };
        let (from_us, until_us) = (self.available_from_us, self.available_until_us);
        if from_us < 0 || until_us < 0 || (until_us != 0 && until_us <= from_us) {
            return refuse("available_until_us", "An offer ends after it begins.");
        }
        Ok(Terms {
            kind,
            price,
            start_window_hours,
            viewing_window_hours,
            available_from_us: from_us,
            available_until_us: until_us,
        })
    }
}

fn window(field: &'static str, hours: i32, default_hours: i32) -> Result<i32, Refusal> {
    match hours {
        0 => Ok(default_hours),
        1..=WINDOW_LIMIT_HOURS => Ok(hours),
        _ => refuse(field, format!("A window has 1 to {WINDOW_LIMIT_HOURS} hours.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rental() -> StatedTerms {
        StatedTerms {
            kind: Some(Kind::Rent),
            amount_minor: 1490,
            currency_code: "BRL".to_owned(),
            ..StatedTerms::default()
        }
    }

    #[test]
    fn a_rental_has_two_windows_and_a_purchase_none() {
        let terms = rental().check().unwrap();
        assert_eq!((terms.start_window_hours, terms.viewing_window_hours), (720, 48));
        let purchase = StatedTerms {
            kind: Some(Kind::Buy),
            ..rental()
        };
        let terms = purchase.clone().check().unwrap();
        assert_eq!((terms.start_window_hours, terms.viewing_window_hours), (0, 0));
        let with_window = StatedTerms {
            viewing_window_hours: 48,
            ..purchase
        };
        assert!(with_window.check().is_err());
    }

    #[test]
    fn a_window_is_between_an_hour_and_a_year() {
        for (hours, accepted) in [(-1, false), (1, true), (8760, true), (8761, false)] {
            let terms = StatedTerms {
                viewing_window_hours: hours,
                ..rental()
            };
            assert_eq!(terms.check().is_ok(), accepted, "{hours}");
        }
    }

    #[test]
    fn an_offer_ends_after_it_begins() {
        for (from_us, until_us, accepted) in [(0, 0, true), (5, 0, true), (5, 6, true), (5, 5, false), (-1, 0, false)] {
            let terms = StatedTerms {
                available_from_us: from_us,
                available_until_us: until_us,
                ..rental()
            };
            assert_eq!(terms.check().is_ok(), accepted, "{from_us} {until_us}");
        }
    }

    #[test]
    fn an_offer_says_what_it_is_and_what_it_costs() {
        let nameless = StatedTerms { kind: None, ..rental() };
        assert_eq!(nameless.check().unwrap_err().field, "kind");
        let free = StatedTerms {
            amount_minor: 0,
            ..rental()
        };
        assert_eq!(free.check().unwrap_err().field, "price");
    }
}
