//! Values of the command line that have a notation of their own.

use std::fmt::{self, Debug, Display};
use std::path::PathBuf;
use std::str::FromStr;

/// An amount of money as it is typed: `BRL:1490`, in the currency's smallest unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Price(pub(crate) api::Money);

impl FromStr for Price {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refusal = || format!("{text:?} is no price: write CURRENCY:MINOR, such as BRL:1490 for R$ 14,90");
        let (currency, amount) = text.split_once(':').ok_or_else(refusal)?;
        if currency.len() != 3 || !currency.bytes().all(|letter| letter.is_ascii_uppercase()) {
            return Err(refusal());
        }
        if amount.is_empty() || !amount.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(refusal());
        }
        Ok(Self(api::Money {
            amount_minor: amount.parse().map_err(|_overflow| refusal())?,
            currency_code: currency.to_owned(),
        }))
    }
}

/// Subtitles as they are typed: `pt-BR:filme.vtt`.
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

/// A key is nobody's to read in a log.
impl Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Key")
    }
}

/// How far a clock moves: a sign, a number and one of s, m, h and d.
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
    fn shifts_have_a_sign_and_a_unit() {
        assert_eq!("+49h".parse(), Ok(Shift { seconds: 49 * 3600 }));
        assert_eq!("-30m".parse(), Ok(Shift { seconds: -1800 }));
        for text in ["", "h", "49h", "+49", "+h", "+1w", "+9999999999999999999d"] {
            assert!(text.parse::<Shift>().is_err(), "{text}");
        }
    }
}
