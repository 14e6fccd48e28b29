//! Values of the command line that have a notation of their own.

use std::fmt::{self, Debug, Display};
use std::path::PathBuf;
use std::str::FromStr;

/// An amount of money on the command line: `BRL:1490`, in the currency's minor unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Price(pub(crate) api::Money);

impl FromStr for Price {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let price = Self::in_minor_units(text)
            .ok_or_else(|| format!("{text:?} is no price: write CURRENCY:MINOR, such as BRL:1490 for R$ 14,90"))?;
        let code = &price.0.currency_code;
        match crate::import::currency(code) {
            Some(_) => Ok(price),
            None => Err(not_paid_in(code)),
        }
    }
}

impl Price {
    /// Parses the notation of a price, with any currency code.
    pub(crate) fn in_minor_units(text: &str) -> Option<Self> {
        let (currency, amount) = text.split_once(':')?;
        let is_code = currency.len() == 3 && currency.bytes().all(|letter| letter.is_ascii_uppercase());
        let is_amount = !amount.is_empty() && amount.bytes().all(|digit| digit.is_ascii_digit());
        Some(Self(api::Money {
            amount_minor: amount.parse().ok().filter(|_| is_code && is_amount)?,
            currency_code: currency.to_owned(),
        }))
    }
}

/// In the words of the catalogue.
pub(crate) fn not_paid_in(code: &str) -> String {
    format!("{code} is no currency that people pay in: write its ISO 4217 code, such as BRL.")
}

/// A decade on the command line, given by any of its years: `1920`, `1920s`, `1925`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decade {
    pub(crate) first_year: i32,
}

impl FromStr for Decade {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let year = text.strip_suffix('s').unwrap_or(text);
        let is_year = year.len() == 4 && year.bytes().all(|digit| digit.is_ascii_digit());
        let year: Option<i32> = year.parse().ok().filter(|_| is_year);
        let year = year.ok_or_else(|| format!("{text:?} is no decade: write such as 1920 or 1920s"))?;
        Ok(Self {
            first_year: year - year % 10,
        })
    }
}

/// Subtitles on the command line: `pt-BR:filme.vtt`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SubtitleFile {
    pub(crate) language: String,
    pub(crate) file: PathBuf,
}

impl FromStr for SubtitleFile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once(':');
        let named = parts.filter(|(language, file)| !language.is_empty() && !file.is_empty());
        let refusal = || format!("{text:?} names no subtitles: write LANGUAGE:FILE, such as pt-BR:filme.vtt");
        let (language, file) = named.ok_or_else(refusal)?;
        Ok(Self {
            language: language.to_owned(),
            file: file.into(),
        })
    }
}

/// A key of 32 bytes, as 64 hexadecimal digits.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Key(pub(crate) [u8; 32]);

impl FromStr for Key {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refusal = || "a key has 64 hexadecimal digits: make one with `dvs keys`".to_owned();
        let digits = text.trim().as_bytes();
        if digits.len() != 64 {
            return Err(refusal());
        }
        let mut key = [0; 32];
        for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_not_text| refusal())?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_no_digits| refusal())?;
        }
        Ok(Self(key))
    }
}

impl Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

/// Without the key's digits, so that no log shows them.
impl Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Key")
    }
}

/// How far to move a clock: a sign, a number, and s, m, h or d.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shift {
    pub(crate) seconds: i64,
}

impl FromStr for Shift {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        parse_shift(text).ok_or_else(|| format!("{text:?} is no shift: write such as +49h, -30m or +2d"))
    }
}

fn parse_shift(text: &str) -> Option<Shift> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds_per_unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    if !number.starts_with(['+', '-']) {
        return None;
    }
    let seconds = number.parse::<i64>().ok()?.checked_mul(seconds_per_unit)?;
    Some(Shift { seconds })
}

/// A window of a rental on the command line: hours, `720h`, `30d`, or `default`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    /// 0 means the default.
    pub(crate) hours: i32,
}

impl FromStr for Window {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "default" {
            return Ok(Self { hours: 0 });
        }
        let (number, hours_per_unit) = match text.strip_suffix('d') {
            Some(days) => (days, 24),
            None => (text.strip_suffix('h').unwrap_or(text), 1),
        };
        let is_number = !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit());
        let hours = number.parse::<i32>().ok().filter(|_| is_number);
        let hours = hours
            .and_then(|number| number.checked_mul(hours_per_unit))
            .filter(|hours| *hours > 0);
        let refusal = || format!("{text:?} is no window: write such as 48h, 30d or default, 1 hour at least");
        Ok(Self {
            hours: hours.ok_or_else(refusal)?,
        })
    }
}

/// When an offer begins or ends, on the command line: a day, a moment, or `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bound {
    None,
    /// The first moment of the day (UTC), in microseconds since 1970.
    Day(i64),
    Moment(i64),
}

/// A day, less its last second.
const DAY_US: i64 = (24 * 60 * 60 - 1) * 1_000_000;

impl Bound {
    /// A day begins with its first moment.
    pub(crate) fn begins_us(self) -> i64 {
        match self {
            Self::None => 0,
            Self::Day(us) | Self::Moment(us) => us,
        }
    }

    /// A day ends with its last second.
    pub(crate) fn ends_us(self) -> i64 {
        match self {
            Self::None => 0,
            Self::Day(us) => us.saturating_add(DAY_US),
            Self::Moment(us) => us,
        }
    }

    pub(crate) fn of_day(day: jiff::civil::Date) -> Option<Self> {
        let at = jiff::tz::TimeZone::UTC
            .to_timestamp(day.to_datetime(jiff::civil::Time::midnight()))
            .ok()?;
        Some(Self::Day(at.as_microsecond()))
    }
}

impl FromStr for Bound {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self::None);
        }
        let is_day = text.len() == "2026-01-31".len();
        let day = text.parse().ok().filter(|_| is_day).and_then(Self::of_day);
        let moment = text
            .parse::<jiff::Timestamp>()
            .ok()
            .map(|at| Self::Moment(at.as_microsecond()));
        let bound = day.or(moment);
        let bound = bound
            .ok_or_else(|| format!("{text:?} is no date: write such as 2026-01-31, 2026-01-31T20:00:00Z or none"))?;
        // The contract uses 0 for "no bound".
        if bound.begins_us() <= 0 {
            return Err(format!(
                "{text:?} is not after 1970-01-01: write none where there is no bound"
            ));
        }
        Ok(bound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_whole_minor_units_with_a_currency() {
        let price: Price = "BRL:1490".parse().unwrap();
        assert_eq!((price.0.amount_minor, price.0.currency_code.as_str()), (1490, "BRL"));
        for text in [
            "",
            "1490",
            "BRL",
            "BRL:",
            "BRL:0.1",
            "BRL:-1",
            "BRL:14,90",
            "brl:1490",
            "REAL:1",
            "BRL:99999999999999999999",
        ] {
            assert!(text.parse::<Price>().is_err(), "{text}");
        }
        for code in ["XXX", "XAU", "FOO"] {
            let refused = format!("{code}:1490").parse::<Price>().unwrap_err();
            assert_eq!(refused, not_paid_in(code));
        }
    }

    #[test]
    fn a_decade_is_named_by_any_of_its_years() {
        for text in ["1920", "1920s", "1925"] {
            assert_eq!(text.parse(), Ok(Decade { first_year: 1920 }), "{text}");
        }
        for text in ["", "20", "s", "20s", "1920ss", "-192", "19200", "twenties"] {
            assert!(
                text.parse::<Decade>().unwrap_err().contains("write such as 1920"),
                "{text}"
            );
        }
    }

    #[test]
    fn a_key_is_read_as_it_is_written_and_never_shown() {
        let key = Key(std::array::from_fn(|index| u8::try_from(index).unwrap()));
        assert_eq!(key.to_string().parse(), Ok(key.clone()));
        assert_eq!(format!("{key:?}"), "Key");
        for text in [
            "",
            "00",
            &"0".repeat(63),
            &"0".repeat(65),
            &"g".repeat(64),
            &"é".repeat(32),
        ] {
            assert!(text.parse::<Key>().is_err(), "{text}");
        }
    }

    #[test]
    fn windows_are_hours_or_days_or_the_default() {
        for (text, hours) in [("720h", 720), ("48", 48), ("30d", 720), ("default", 0)] {
            assert_eq!(text.parse(), Ok(Window { hours }), "{text}");
        }
        for text in ["", "h", "0", "-1h", "+1h", "1w", "99999999999h", "2147483647d"] {
            assert!(text.parse::<Window>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_offer_is_sold_through_its_last_day() {
        let day: Bound = "1970-01-02".parse().unwrap();
        assert_eq!((day.begins_us(), day.ends_us()), (86_400_000_000, 172_799_000_000));
        let moment: Bound = "1970-01-01T00:00:01Z".parse().unwrap();
        assert_eq!((moment.begins_us(), moment.ends_us()), (1_000_000, 1_000_000));
        assert_eq!("none".parse::<Bound>().unwrap().ends_us(), 0);
        for text in [
            "",
            "soon",
            "2026-02-30",
            "31/01/2026",
            "2026-01-31T20:00",
            "1970-01-01",
            "1970-01-01T00:00:00Z",
            "1969-12-31",
        ] {
            assert!(text.parse::<Bound>().is_err(), "{text}");
        }
    }

    #[test]
    fn shifts_have_a_sign_and_a_unit() {
        assert_eq!("+49h".parse(), Ok(Shift { seconds: 49 * 3600 }));
        assert_eq!("-30m".parse(), Ok(Shift { seconds: -1800 }));
        for text in ["", "h", "49h", "+49", "+h", "+1w", "+9999999999999999999d"] {
            assert!(text.parse::<Shift>().is_err(), "{text}");
        }
    }
}
