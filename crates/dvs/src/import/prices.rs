//! Parses prices in the forms in which people write them: `R$ 14,90`, `14.90`, `1.490,00`, `BRL:1490`.

mod amounts;
mod formats;

use api::Money;
use iso_currency::Currency;

use self::amounts::Amount;
pub(super) use self::formats::currency_of_format;
use super::cell::Cell;
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

/// In currencies with this many decimals, prices are written with all of them.
const THREE_DECIMALS: usize = 3;

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

/// What its column and its file say about a price.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Context<'a> {
    /// The currency of a price that names none.
    pub(super) currency: Option<&'a str>,
    /// The sign of decimals, if the column shows it.
    pub(super) decimal: Option<char>,
}

/// Reads a price.
pub(super) fn price(text: &str, context: Context<'_>) -> Result<Read, String> {
    if let Some(Price(money)) = Price::in_minor_units(text) {
        let code = &money.currency_code;
        return match known(code) {
            Some(_) => Ok(Read { money, note: None }),
            None => Err(not_paid_in(code)),
        };
    }
    let (code, amount) = parts(text);
    let (code, digits) = stated(text, code.as_deref().or(context.currency))?;
    let amount = amounts::amount(without_dollar(&amount, code), digits, context.decimal);
    let amount = amount.ok_or_else(|| no_price(text))?;
    let Some(thousands) = amount.as_thousands else {
        return Ok(Read::of(amount, code, digits));
    };
    let minor = amount.minor;
    if digits < THREE_DECIMALS {
        return Err(format!(
            "{text:?} may be {code}:{minor} or {code}:{thousands}, and no other price of its column shows which: write one of these, or the sign of decimals in the file of --mapping."
        ));
    }
    let note = format!(
        "{text:?} is read as {code}:{minor}, with {digits} decimals; if it is in thousands, write {code}:{thousands}"
    );
    Ok(Read {
        note: Some(note),
        ..Read::of(amount, code, digits)
    })
}

/// Reads a price from a cell that is a number in a workbook.
pub(super) fn of_number(text: &str, currency: Option<&str>) -> Result<Read, String> {
    let (code, digits) = stated(text, currency)?;
    let amount = amounts::of_number(text, digits).ok_or_else(|| no_price(text))?;
    Ok(Read::of(amount, code, digits))
}

/// The sign of decimals in a column, if all of its prices that show one show the same. Numbers of a workbook have none.
pub(super) fn decimal_in<'a>(cells: impl IntoIterator<Item = &'a Cell>) -> Option<char> {
    let texts = cells.into_iter().filter(|cell| cell.number.is_none());
    let mut shown = texts.filter_map(|cell| amounts::decimal_in(parts(&cell.text).1.trim_matches('$').trim()));
    let decimal = shown.next()?;
    shown.all(|other| other == decimal).then_some(decimal)
}

impl Read {
    fn of(amount: Amount, code: &str, digits: usize) -> Self {
        Self {
            money: Money {
                amount_minor: amount.minor,
                currency_code: code.to_owned(),
            },
            note: amount
                .is_rounded
                .then(|| format!("a price with more decimals than {code} has is rounded to {digits}")),
        }
    }
}

/// The currency of a price and the number of its decimals.
fn stated<'a>(text: &str, code: Option<&'a str>) -> Result<(&'a str, usize), String> {
    if !text.contains(|letter: char| letter.is_ascii_digit()) {
        return Err(no_price(text));
    }
    let code =
        code.ok_or_else(|| format!("{text:?} names no currency: say which with --currency, such as --currency BRL."))?;
    let known = known(code).ok_or_else(|| not_paid_in(code))?;
    Ok((code, usize::from(known.exponent().unwrap_or_default())))
}

/// The amount without a bare dollar sign, if that may mean the currency.
fn without_dollar<'a>(amount: &'a str, code: &str) -> &'a str {
    match amount.strip_prefix('$').or_else(|| amount.strip_suffix('$')) {
        Some(amount) if DOLLARS.contains(&code) => amount.trim(),
        _ => amount,
    }
}

fn no_price(text: &str) -> String {
    format!("{text:?} is no price such as R$ 14,90, 14.90 USD or BRL:1490.")
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
pub(super) fn is_bare(cell: &Cell) -> bool {
    !names_currency(cell) && cell.text.contains(|letter: char| letter.is_ascii_digit())
}

/// Whether a price names its currency.
pub(super) fn names_currency(cell: &Cell) -> bool {
    match &cell.number {
        Some(number) => number.currency.is_some(),
        None => Price::in_minor_units(&cell.text).is_some() || parts(&cell.text).0.is_some(),
    }
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

#[cfg(test)]
mod tests;
