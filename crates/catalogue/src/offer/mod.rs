//! Offers: the ways to get a title, one of each kind.

pub(crate) mod money;
pub(crate) mod store;

use uuid::Uuid;

use crate::check::{Refusal, refuse};
use crate::named::Named;
use crate::offer::money::Price;

/// From payment to the first play when the seller does not say: 30 days, as is common in the trade.
const DEFAULT_START_WINDOW_HOURS: i32 = 720;
/// From the first play to the end when the seller does not say.
const DEFAULT_VIEWING_WINDOW_HOURS: i32 = 48;
/// The longest window: a year.
const WINDOW_LIMIT_HOURS: i32 = 8760;

/// What a customer gets by an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// For a time: its two windows are in [`Terms`].
    Rent,
    /// Without an end.
    Buy,
}

impl Kind {
    pub(crate) const ALL: [Self; 2] = [Self::Rent, Self::Buy];

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

/// An offer as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Offer {
    pub(crate) id: Uuid,
    pub(crate) title: Uuid,
    pub(crate) terms: Terms,
}

/// What a customer gets, for how much, and when it can be ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(crate) kind: Kind,
    pub(crate) price: Price,
    /// From payment to the first play; 0 for a purchase.
    pub(crate) start_window_hours: i32,
    /// From the first play to the end; 0 for a purchase.
    pub(crate) viewing_window_hours: i32,
    /// Microseconds since 1970 UTC; 0 is "no bound".
    pub(crate) available_from_us: i64,
    pub(crate) available_until_us: i64,
}

/// Terms as a seller states them: windows of 0 take the defaults.
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
    /// The fields that a change may name; `offer_id` and `kind` only say which offer is meant.
    pub(crate) const FIELDS: [&str; 7] = [
        "kind",
        "offer_id",
        "price",
        "start_window_hours",
        "viewing_window_hours",
        "available_from_us",
        "available_until_us",
    ];

    pub(crate) fn kind(&self) -> Result<Kind, Refusal> {
        match self.kind {
            Some(kind) => Ok(kind),
            None => refuse("kind", "An offer is to rent or to buy."),
        }
    }

    /// Whether the change deletes the offer: it names the price, and states neither a price nor anything else.
    pub(crate) fn is_cleared(&self, named: &Named) -> bool {
        named.says("price") && self.is_empty()
    }

    /// Whether only the kind is stated.
    pub(crate) fn is_empty(&self) -> bool {
        let Self {
            kind: _,
            amount_minor,
            currency_code,
            start_window_hours,
            viewing_window_hours,
            available_from_us,
            available_until_us,
        } = self;
        let hours = [start_window_hours, viewing_window_hours];
        let moments = [amount_minor, available_from_us, available_until_us];
        currency_code.is_empty() && hours == [&0; 2] && moments == [&0; 3]
    }

    /// These terms, with the current ones in place of those that are not named.
    pub(crate) fn over(self, current: Option<&Terms>, named: &Named) -> Self {
        let Some(current) = current else { return self };
        let Self {
            kind,
            amount_minor,
            currency_code,
            start_window_hours,
            viewing_window_hours,
            available_from_us,
            available_until_us,
        } = self;
        let (price, current_price) = ((amount_minor, currency_code), current.price);
        let current_price = (current_price.minor(), current_price.currency_code().to_owned());
        let (amount_minor, currency_code) = named.pick("price", price, current_price);
        let pick = |field, stated, current| named.pick(field, stated, current);
        Self {
            kind,
            amount_minor,
            currency_code,
            start_window_hours: named.pick("start_window_hours", start_window_hours, current.start_window_hours),
            viewing_window_hours: named.pick(
                "viewing_window_hours",
                viewing_window_hours,
                current.viewing_window_hours,
            ),
            available_from_us: pick("available_from_us", available_from_us, current.available_from_us),
            available_until_us: pick("available_until_us", available_until_us, current.available_until_us),
        }
    }

    pub(crate) fn check(self) -> Result<Terms, Refusal> {
        let kind = self.kind()?;
        let price = Price::stated(self.amount_minor, &self.currency_code)?;
        let (start, viewing) = (self.start_window_hours, self.viewing_window_hours);
        let (start_window_hours, viewing_window_hours) = match kind {
            Kind::Rent => (
                window("start_window_hours", start, DEFAULT_START_WINDOW_HOURS)?,
                window("viewing_window_hours", viewing, DEFAULT_VIEWING_WINDOW_HOURS)?,
            ),
            Kind::Buy => {
                no_window("start_window_hours", start)?;
                no_window("viewing_window_hours", viewing)?;
                (0, 0)
            }
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

fn no_window(field: &'static str, hours: i32) -> Result<(), Refusal> {
    if hours == 0 {
        return Ok(());
    }
    refuse(field, "What is bought has no windows.")
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
        let starting = StatedTerms {
            start_window_hours: 48,
            ..purchase.clone()
        };
        assert_eq!(starting.check().unwrap_err().field, "start_window_hours");
        let viewing = StatedTerms {
            viewing_window_hours: 48,
            ..purchase
        };
        assert_eq!(viewing.check().unwrap_err().field, "viewing_window_hours");
    }

    #[test]
    fn attributes_that_are_not_named_stay() {
        let stored = StatedTerms {
            start_window_hours: 168,
            viewing_window_hours: 72,
            available_from_us: 5,
            available_until_us: 9,
            ..rental()
        };
        let stored = stored.check().unwrap();
        let named = |fields: &[&str]| Named::new(fields.iter().map(ToString::to_string).collect());
        let cheaper = StatedTerms {
            amount_minor: 990,
            ..rental()
        };
        let changed = cheaper.clone().over(Some(&stored), &named(&["price"])).check().unwrap();
        let price = Price::parse(990, "BRL").unwrap();
        let wanted = Terms {
            price,
            ..stored.clone()
        };
        assert_eq!(changed, wanted);
        let cleared = cheaper.over(Some(&stored), &named(&["viewing_window_hours", "available_until_us"]));
        let cleared = cleared.check().unwrap();
        let wanted = Terms {
            viewing_window_hours: DEFAULT_VIEWING_WINDOW_HOURS,
            available_until_us: 0,
            ..stored
        };
        assert_eq!(cleared, wanted);
        let nothing = StatedTerms::default();
        assert!(nothing.is_cleared(&named(&["price"])) && !nothing.is_cleared(&named(&["available_from_us"])));
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
