//! Prices as people write them: `R$ 14,90`, `14.90`, `1.490,00`, `BRL:1490`.

use api::Money;
use iso_currency::Currency;

use crate::values::Price;

/// What stands for a currency, the longest first.
const SIGNS: [(&str, &str); 14] = [
    ("US$", "USD"),
    ("U$S", "USD"),
    ("MX$", "MXN"),
    ("AR$", "ARS"),
    ("R$", "BRL"),
    ("CA$", "CAD"),
    ("A$", "AUD"),
    ("S/", "PEN"),
    ("€", "EUR"),
    ("£", "GBP"),
    ("¥", "JPY"),
    ("₹", "INR"),
    ("₩", "KRW"),
    ("₺", "TRY"),
];

/// The currency of a price that names none, where its file or the command says it.
pub(super) fn price(text: &str, currency: Option<&str>) -> Result<Money, String> {
    if let Ok(Price(price)) = text.parse() {
        return Ok(price);
    }
    let (code, amount) = parts(text);
    let Some(code) = code.as_deref().or(currency) else {
        return Err(format!(
            "{text:?} names no currency: say which with --currency, such as --currency BRL."
        ));
    };
    let refusal = || format!("{text:?} is no price such as R$ 14,90, 14.90 USD or BRL:1490.");
    let known = Currency::from_code(code).ok_or_else(refusal)?;
    let digits = usize::from(known.exponent().unwrap_or_default());
    Ok(Money {
        amount_minor: minor(amount, digits).ok_or_else(refusal)?,
        currency_code: code.to_owned(),
    })
}

/// Whether a price needs a currency from elsewhere.
pub(super) fn is_bare(text: &str) -> bool {
    text.parse::<Price>().is_err() && parts(text).0.is_none() && text.contains(|letter: char| letter.is_ascii_digit())
}

/// The currency that a price names by its sign or its code, and its amount.
fn parts(text: &str) -> (Option<String>, &str) {
    for (sign, code) in SIGNS {
        if let Some(amount) = text.strip_prefix(sign).or_else(|| text.strip_suffix(sign)) {
            return (Some(code.to_owned()), amount.trim());
        }
    }
    let is_code = |code: &str| code.bytes().all(|letter| letter.is_ascii_uppercase());
    if let Some((code, amount)) = text.split_at_checked(3).filter(|(code, _)| is_code(code)) {
        return (Some(code.to_owned()), amount.trim());
    }
    let end = text.len().checked_sub(3).and_then(|end| text.split_at_checked(end));
    match end.filter(|(_, code)| is_code(code)) {
        Some((amount, code)) => (Some(code.to_owned()), amount.trim()),
        None => (None, text),
    }
}

/// An amount in minor units. The last separator is the decimal one if at most as many digits follow as the currency
/// has and it is not between thousands as well; three digits behind the only one are thousands.
fn minor(amount: &str, digits: usize) -> Option<i64> {
    let amount: String = amount.chars().filter(|letter| !letter.is_whitespace()).collect();
    let parts = amount.rfind(['.', ',']).map(|at| amount.split_at(at));
    let decimal = parts.and_then(|(whole, rest)| {
        let is_decimal = rest.len() - 1 <= digits && !whole.contains(rest.get(..1)?);
        is_decimal.then_some((whole, rest.get(1..)?))
    });
    let (whole, fraction) = decimal.unwrap_or((amount.as_str(), ""));
    let groups: Vec<_> = whole.split(['.', ',']).collect();
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    let (first, rest) = groups.split_first()?;
    let are_groups = rest.iter().all(|group| group.len() == 3 && is_number(group));
    let is_one_separator = whole.contains('.') != whole.contains(',') || rest.is_empty();
    let is_first = is_number(first) && (rest.is_empty() || first.len() <= 3);
    if !is_first || !are_groups || !is_one_separator || !(fraction.is_empty() || is_number(fraction)) {
        return None;
    }
    // Of a currency with three digits "1.490" could be either.
    if digits == 3 && fraction.len() == 3 && rest.is_empty() && amount.matches(['.', ',']).count() == 1 {
        return None;
    }
    let padded = format!("{}{fraction:0<digits$}", groups.concat());
    padded.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_read_as_people_write_them() {
        for (text, code, amount) in [
            ("R$ 14,90", "BRL", 1490),
            ("R$14.90", "BRL", 1490),
            ("R$ 1.490,00", "BRL", 149_000),
            ("R$ 1.490", "BRL", 149_000),
            ("R$ 15", "BRL", 1500),
            ("R$ 14,9", "BRL", 1490),
            ("BRL:1490", "BRL", 1490),
            ("BRL 14,90", "BRL", 1490),
            ("4.99 USD", "USD", 499),
            ("US$ 1,490.00", "USD", 149_000),
            ("3,99 €", "EUR", 399),
            ("¥1,500", "JPY", 1500),
            ("14,90", "BRL", 1490),
            ("R$\u{a0}14,90", "BRL", 1490),
            ("KWD 1,490.500", "KWD", 1_490_500),
            ("KWD 1.490.500", "KWD", 1_490_500_000),
            ("R$ 1.490.000,5", "BRL", 149_000_050),
        ] {
            let money = price(text, Some("BRL")).unwrap();
            assert_eq!(
                (money.currency_code.as_str(), money.amount_minor),
                (code, amount),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_price_is_refused() {
        for text in [
            "grátis",
            "R$ ",
            "R$ 14,90,10",
            "14.9.0",
            "-5",
            "XYZ 5",
            "1.49.00",
            "KWD 1.490",
            "R$ 1.490.00",
            "US$ 1,490,00",
            "R$ 1.490.",
            "",
        ] {
            assert!(price(text, Some("BRL")).is_err(), "{text}");
        }
        assert!(price("14,90", None).unwrap_err().contains("--currency"));
        assert!(is_bare("14,90") && !is_bare("R$ 14,90") && !is_bare("BRL:1490") && !is_bare(""));
    }
}
