//! Parses prices in the forms in which people write them: `R$ 14,90`, `14.90`, `1.490,00`, `BRL:1490`.

use api::Money;
use iso_currency::Currency;

use crate::values::{Price, not_paid_in};

/// Signs that belong to a single currency; of two of which one ends with the other, the longer comes first. These are the signs on
/// the store's own pages in any language, and those that people use besides. A sign of several currencies, as `kr` is, is not here.
const SIGNS: [(&str, &str); 46] = [
    ("US$", "USD"),
    ("U$S", "USD"),
    ("MX$", "MXN"),
    ("AR$", "ARS"),
    ("CA$", "CAD"),
    ("AU$", "AUD"),
    ("NZ$", "NZD"),
    ("HK$", "HKD"),
    ("NT$", "TWD"),
    ("EC$", "XCD"),
    ("A$", "AUD"),
    ("S$", "SGD"),
    ("R$", "BRL"),
    ("S/", "PEN"),
    ("€", "EUR"),
    ("£", "GBP"),
    ("CN¥", "CNY"),
    ("JP¥", "JPY"),
    ("¥", "JPY"),
    ("₹", "INR"),
    ("₩", "KRW"),
    ("₺", "TRY"),
    ("₪", "ILS"),
    ("₫", "VND"),
    ("₱", "PHP"),
    ("฿", "THB"),
    ("₴", "UAH"),
    ("₽", "RUB"),
    ("₦", "NGN"),
    ("₲", "PYG"),
    ("₡", "CRC"),
    ("₸", "KZT"),
    ("₼", "AZN"),
    ("₾", "GEL"),
    ("₭", "LAK"),
    ("₮", "MNT"),
    ("F CFA", "XOF"),
    ("FCFA", "XAF"),
    ("CFPF", "XPF"),
    ("GH₵", "GHS"),
    ("zł", "PLN"),
    ("Kč", "CZK"),
    ("Ft", "HUF"),
    ("RM", "MYR"),
    ("Rp", "IDR"),
    ("Cg.", "XCG"),
];

/// Currencies that people write as `$`: a bare one means the file's currency if that is one of these.
const DOLLARS: [&str; 14] = [
    "USD", "BRL", "CAD", "AUD", "NZD", "HKD", "SGD", "TWD", "MXN", "ARS", "CLP", "COP", "UYU", "DOP",
];
/// Separators of thousands other than points and commas are replaced by this one.
const SPACE: char = ' ';

/// A currency in which people pay, by its code in any case.
pub(crate) fn currency(code: &str) -> Option<String> {
    let code = code.trim().to_ascii_uppercase();
    known(&code).map(|_| code)
}

/// Codes without minor units, such as gold (`XAU`) and no currency (`XXX`), are not accepted: people do not pay in them.
fn known(code: &str) -> Option<Currency> {
    Currency::from_code(code).filter(|currency| currency.exponent().is_some())
}

/// A price that was read.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) money: Money,
    /// What to report, if it could also mean another amount.
    pub(super) note: Option<String>,
}

/// Reads a price; `currency` is that of its file or of the command, for a price that names none.
pub(super) fn price(text: &str, currency: Option<&str>) -> Result<Read, String> {
    if let Some(Price(money)) = Price::in_minor_units(text) {
        let code = &money.currency_code;
        return match known(code) {
            Some(_) => Ok(Read { money, note: None }),
            None => Err(not_paid_in(code)),
        };
    }
    let refusal = || format!("{text:?} is no price such as R$ 14,90, 14.90 USD or BRL:1490.");
    if !text.contains(|letter: char| letter.is_ascii_digit()) {
        return Err(refusal());
    }
    let (code, amount) = parts(text);
    let amount = amount.as_str();
    let Some(code) = code.as_deref().or(currency) else {
        return Err(format!(
            "{text:?} names no currency: say which with --currency, such as --currency BRL."
        ));
    };
    let amount = match amount.strip_prefix('$').or_else(|| amount.strip_suffix('$')) {
        Some(amount) if DOLLARS.contains(&code) => amount.trim(),
        _ => amount,
    };
    let Some(known) = known(code) else {
        return Err(not_paid_in(code));
    };
    let digits = usize::from(known.exponent().unwrap_or_default());
    let amount = minor(amount, digits).ok_or_else(refusal)?;
    let note = amount.as_thousands.map(|thousands| {
        let minor = amount.minor;
        format!("{text:?} is read as {code}:{minor}, with {digits} decimals; if it is in thousands, write {code}:{thousands}")
    });
    let money = Money {
        amount_minor: amount.minor,
        currency_code: code.to_owned(),
    };
    Ok(Read { money, note })
}

/// The currency in the name of a column: "Preço (R$)", "Price USD".
pub(super) fn currency_in(name: &str) -> Option<String> {
    words(name).find_map(currency_of)
}

/// The name of a column without the currency in it.
pub(super) fn without_currency(name: &str) -> String {
    words(name)
        .filter(|word| currency_of(word).is_none())
        .collect::<Vec<_>>()
        .join(" ")
}

fn words(name: &str) -> impl Iterator<Item = &str> {
    let is_between = |letter: char| letter.is_whitespace() || matches!(letter, '(' | ')' | '[' | ']' | '_' | '/' | '-');
    name.split(is_between).filter(|word| !word.is_empty())
}

/// A sign, or a code in capitals, because in small letters most codes are words.
fn currency_of(word: &str) -> Option<String> {
    let sign = SIGNS
        .into_iter()
        .find(|(sign, _)| *sign == word)
        .map(|(_, code)| code.to_owned());
    let is_code = word.len() == 3 && word.bytes().all(|letter| letter.is_ascii_uppercase());
    sign.or_else(|| Some(word.to_owned()).filter(|code| is_code && known(code).is_some()))
}

/// Whether a price needs a currency from elsewhere.
pub(super) fn is_bare(text: &str) -> bool {
    Price::in_minor_units(text).is_none()
        && parts(text).0.is_none()
        && text.contains(|letter: char| letter.is_ascii_digit())
}

/// Whether a price names its currency.
pub(super) fn names_currency(text: &str) -> bool {
    Price::in_minor_units(text).is_some() || parts(text).0.is_some()
}

/// The currency that a price names by a sign, a code or both, and its amount.
fn parts(text: &str) -> (Option<String>, String) {
    // Web pages print non-breaking spaces.
    let text = text.replace(char::is_whitespace, " ");
    let (sign, text) = without_sign(&text);
    let (code, amount) = without_code(text);
    match (sign, code) {
        (Some(sign), None) => (Some(sign.to_owned()), amount.to_owned()),
        // `R$ 9,99 USD` is neither of the two.
        (Some(sign), Some(code)) if sign != code => (Some(code), text.to_owned()),
        (_, code) => {
            let amount = match without_sign(amount) {
                (Some(sign), amount) if code.as_deref() == Some(sign) => amount,
                _ => amount,
            };
            (code, amount.to_owned())
        }
    }
}

fn without_sign(text: &str) -> (Option<&'static str>, &str) {
    let found = SIGNS.into_iter().find_map(|(sign, code)| {
        let amount = text.strip_prefix(sign).or_else(|| text.strip_suffix(sign))?;
        Some((Some(code), amount.trim()))
    });
    found.unwrap_or((None, text))
}

/// In small letters only known codes count as codes; in capitals, any three letters may be meant as one.
fn without_code(text: &str) -> (Option<String>, &str) {
    let code = |letters: &str| {
        let capitals = letters.to_ascii_uppercase();
        let is_code = letters.len() == 3 && capitals.bytes().all(|letter| letter.is_ascii_uppercase());
        (is_code && (letters == capitals || known(&capitals).is_some())).then_some(capitals)
    };
    if let Some((code, amount)) = text
        .split_at_checked(3)
        .and_then(|(start, rest)| Some((code(start)?, rest)))
    {
        return (Some(code), amount.trim());
    }
    let end = text.len().checked_sub(3).and_then(|end| text.split_at_checked(end));
    match end.and_then(|(rest, end)| Some((rest, code(end)?))) {
        Some((amount, code)) => (Some(code), amount.trim()),
        None => (None, text),
    }
}

/// Reduces each run of spaces to one, and removes spaces next to a point or a comma: in "14, 90" they separate no thousands.
fn without_spaces(amount: &str) -> String {
    let is_space = |letter: char| letter.is_whitespace() || matches!(letter, '\'' | '’');
    let is_point = |letter: char| matches!(letter, '.' | ',');
    let mut spaced = String::with_capacity(amount.len());
    for letter in amount.chars() {
        if is_space(letter) {
            if !spaced.ends_with(|before| before == SPACE || is_point(before)) {
                spaced.push(SPACE);
            }
            continue;
        }
        if is_point(letter) && spaced.ends_with(SPACE) {
            spaced.pop();
        }
        spaced.push(letter);
    }
    spaced.trim().to_owned()
}

/// An amount that was read.
struct Amount {
    minor: i64,
    /// The amount if its only separator separates thousands: in a currency with three decimals, `1.490` may mean
    /// either. It is read as a decimal separator, as on the store's own pages and as is usual for prices of films.
    as_thousands: Option<i64>,
}

/// An amount in minor units. The last separator is the decimal one if at most as many digits follow as the currency has,
/// and if it does not also occur between thousands; if three digits follow the only separator, it separates thousands.
fn minor(amount: &str, digits: usize) -> Option<Amount> {
    let amount = without_spaces(amount);
    let parts = amount.rfind(['.', ',']).map(|at| amount.split_at(at));
    let decimal = parts.and_then(|(whole, rest)| {
        let is_decimal = rest.len() - 1 <= digits && !whole.contains(rest.get(..1)?);
        is_decimal.then_some((whole, rest.get(1..)?))
    });
    let (whole, fraction) = decimal.unwrap_or((amount.as_str(), ""));
    let groups: Vec<_> = whole.split(['.', ',', SPACE]).collect();
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    let (first, rest) = groups.split_first()?;
    let are_groups = rest.iter().all(|group| group.len() == 3 && is_number(group));
    let separators = ['.', ',', SPACE]
        .into_iter()
        .filter(|separator| whole.contains(*separator));
    let is_one_separator = separators.count() <= 1;
    let is_first = is_number(first) && (rest.is_empty() || first.len() <= 3);
    if !is_first || !are_groups || !is_one_separator || !(fraction.is_empty() || is_number(fraction)) {
        return None;
    }
    let padded = format!("{}{fraction:0<digits$}", groups.concat());
    let minor: i64 = padded.parse().ok()?;
    let may_be_thousands = fraction.len() == 3 && rest.is_empty() && first.len() <= 3 && !first.starts_with('0');
    Some(Amount {
        minor,
        as_thousands: may_be_thousands.then(|| minor.saturating_mul(1000)),
    })
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
            ("1 234,56 €", "EUR", 123_456),
            ("EUR 1'234.50", "EUR", 123_450),
            ("R$ 14, 90", "BRL", 1490),
            ("brl 14,90", "BRL", 1490),
            ("14,90 brl", "BRL", 1490),
            ("$ 14,90", "BRL", 1490),
            ("CLP $ 5.000", "CLP", 5000),
            ("US$ 9.99 USD", "USD", 999),
            ("MXN$99", "MXN", 9900),
        ] {
            let Read { money, note } = price(text, Some("BRL")).unwrap();
            assert_eq!(
                (money.currency_code.as_str(), money.amount_minor),
                (code, amount),
                "{text}"
            );
            assert_eq!(note, None, "{text}");
        }
    }

    #[test]
    fn what_the_pages_print_is_read() {
        for (text, code, amount) in [
            ("KWD\u{a0}0.500", "KWD", 500),
            ("KWD\u{a0}1.250", "KWD", 1250),
            ("KWD\u{a0}1,250", "KWD", 1250),
            ("1,250 KWD", "KWD", 1250),
            ("TND 25.000", "TND", 25_000),
            ("BHD 1490.500", "BHD", 1_490_500),
            ("KWD\u{a0}1.490,500", "KWD", 1_490_500),
            ("JP¥\u{a0}500", "JPY", 500),
            ("NT$99.00", "TWD", 9900),
            ("AU$\u{a0}14,90", "AUD", 1490),
            ("NZ$9.99", "NZD", 999),
            ("CN¥25.00", "CNY", 2500),
            ("F\u{202f}CFA\u{a0}1,500", "XOF", 1500),
            ("FCFA1,500", "XAF", 1500),
            ("14,90 zł", "PLN", 1490),
            ("CLF 1.4900", "CLF", 14_900),
        ] {
            let money = price(text, None).unwrap().money;
            let read = (money.currency_code.as_str(), money.amount_minor);
            assert_eq!(read, (code, amount), "{text}");
        }
    }

    #[test]
    fn of_a_currency_with_three_digits_what_may_be_thousands_is_told() {
        for text in ["KWD 1.490", "1,490 KWD", "KWD 999.999"] {
            let note = price(text, None).unwrap().note.unwrap();
            assert!(note.contains("3 decimals") && note.contains("write KWD:"), "{note}");
        }
        let note = price("KWD 1.490", None).unwrap().note.unwrap();
        assert!(note.contains("KWD:1490,") && note.ends_with("KWD:1490000"), "{note}");
        for text in ["KWD 0.500", "KWD 1490.500", "KWD 1.5", "KWD 25", "R$ 1.490", "KWD:1490"] {
            assert_eq!(price(text, None).unwrap().note, None, "{text}");
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
            "R$ 1.490.00",
            "US$ 1,490,00",
            "R$ 1.490.",
            "R$ 14 90",
            "R$ 14'90",
            "1 4,90",
            "R$ 9.99 USD",
            "EUR $ 9.99",
            "$",
            "",
        ] {
            assert!(price(text, Some("BRL")).is_err(), "{text}");
        }
        for code in ["XYZ", "FOO", "XXX", "XAU", "XTS"] {
            let refusal = price(&format!("{code} 5"), None).unwrap_err();
            assert!(refusal.starts_with(&format!("{code} is no currency")), "{refusal}");
        }
        assert!(price("14,90", None).unwrap_err().contains("--currency"));
        assert!(is_bare("14,90") && !is_bare("R$ 14,90") && !is_bare("BRL:1490") && !is_bare(""));
    }
}
