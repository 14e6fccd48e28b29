//! Price bands: ranges of prices by which titles are counted and filtered. The bounds are the same numbers of minor
//! units in every currency: five units are a low price for a film in most of them.

use std::fmt;

use iso_currency::Currency;

use crate::offer::money::Price;

/// The bounds between bands. Bookmarked addresses contain them, so they must not change.
const BOUNDS_MINOR: [i64; 4] = [500, 1_000, 2_000, 5_000];

/// Prices from one bound to the next, in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct PriceBand {
    currency: Currency,
    /// How many bounds are below it.
    place: usize,
}

impl PriceBand {
    pub(crate) fn of(price: Price) -> Self {
        Self {
            currency: price.currency(),
            place: BOUNDS_MINOR.partition_point(|bound| *bound <= price.minor()),
        }
    }

    /// Parses a band; `None` if the text is not one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let currency = Currency::from_code(text.split(':').next()?)?;
        let mut bands = (0..=BOUNDS_MINOR.len()).map(|place| Self { currency, place });
        bands.find(|band| band.to_string() == text)
    }

    /// The order in which bands are shown.
    pub(crate) fn order(self) -> (&'static str, usize) {
        (self.currency.code(), self.place)
    }
}

/// Such as `BRL:1000-2000`: at least 1000 minor units, and less than 2000. The last band has no upper bound: `BRL:5000-`.
impl fmt::Display for PriceBand {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let from = self.place.checked_sub(1).map_or(0, |below| BOUNDS_MINOR[below]);
        write!(formatter, "{}:{from}-", self.currency.code())?;
        match BOUNDS_MINOR.get(self.place) {
            Some(end) => write!(formatter, "{end}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn band(minor: i64, currency: &str) -> String {
        PriceBand::of(Price::parse(minor, currency).unwrap()).to_string()
    }

    #[test]
    fn a_band_begins_at_its_lower_bound_and_ends_below_its_upper() {
        assert_eq!(band(1, "BRL"), "BRL:0-500");
        assert_eq!(band(499, "BRL"), "BRL:0-500");
        assert_eq!(band(500, "USD"), "USD:500-1000");
        assert_eq!(band(1_999, "BRL"), "BRL:1000-2000");
        assert_eq!(band(5_000, "JPY"), "JPY:5000-");
        assert_eq!(band(1_000_000_000, "JPY"), "JPY:5000-");
    }

    #[test]
    fn a_band_is_read_as_it_is_written_and_nothing_else_is_one() {
        for text in ["BRL:0-500", "BRL:1000-2000", "USD:5000-"] {
            assert_eq!(PriceBand::parse(text).unwrap().to_string(), text);
        }
        for text in [
            "",
            "BRL",
            "BRL:",
            "brl:0-500",
            "BRL:0-501",
            "BRL:5000-9000",
            "XYZ:0-500",
            ":0-500",
        ] {
            assert_eq!(PriceBand::parse(text), None, "{text}");
        }
    }
}
