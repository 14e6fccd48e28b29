//! Amounts as API Pix writes them: reais with two digits after the point.

use serde_json::Value;

use super::CURRENCY;
use crate::money::Money;

/// API Pix has ten digits before the point.
const LIMIT_MINOR: i64 = 999_999_999_999;

/// None if Pix does not transfer this amount.
pub(super) fn to_text(amount: Money) -> Option<String> {
    let minor = amount.minor();
    if amount.currency() != CURRENCY || !(1..=LIMIT_MINOR).contains(&minor) {
        return None;
    }
    Some(format!("{}.{:02}", minor / 100, minor % 100))
}

pub(super) fn from_text(value: &Value) -> Option<Money> {
    let (reais, centavos) = value.as_str()?.split_once('.')?;
    let is_written_right = (1..=10).contains(&reais.len()) && centavos.len() == 2;
    let has_digits = [reais, centavos].concat().bytes().all(|byte| byte.is_ascii_digit());
    if !is_written_right || !has_digits {
        return None;
    }
    let minor = reais.parse::<i64>().ok()? * 100 + centavos.parse::<i64>().ok()?;
    Money::parse(minor, CURRENCY.code())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn amounts_are_written_with_two_digits_and_read_back() {
        for (minor, text) in [
            (1, "0.01"),
            (1490, "14.90"),
            (123_456, "1234.56"),
            (LIMIT_MINOR, "9999999999.99"),
        ] {
            let amount = Money::parse(minor, "BRL").unwrap();
            assert_eq!(to_text(amount).as_deref(), Some(text));
            assert_eq!(from_text(&json!(text)), Some(amount));
        }
    }

    #[test]
    fn what_pix_cannot_transfer_has_no_text() {
        for (minor, code) in [(0, "BRL"), (LIMIT_MINOR + 1, "BRL"), (100, "USD"), (100, "JPY")] {
            assert_eq!(to_text(Money::parse(minor, code).unwrap()), None, "{minor} {code}");
        }
        for odd in [
            json!("1"),
            json!("1.5"),
            json!("-1.00"),
            json!("+1.00"),
            json!("1.000"),
            json!(1.5),
            json!(".50"),
        ] {
            assert_eq!(from_text(&odd), None, "{odd}");
        }
    }
}
