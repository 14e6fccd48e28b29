//! Money and moments as mails word them. Nobody knows a customer's time zone here, so moments are UTC and say so.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use payments::Money;

use crate::customer::Language;

const MONTHS_IN_ENGLISH: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const MONTHS_IN_PORTUGUESE: [&str; 12] = [
    "janeiro",
    "fevereiro",
    "março",
    "abril",
    "maio",
    "junho",
    "julho",
    "agosto",
    "setembro",
    "outubro",
    "novembro",
    "dezembro",
];

/// An amount, such as `R$ 1.490,00` or `R$1,490.00`, as browsers write it on the page.
pub(super) fn money(amount: Money, language: Language) -> String {
    let sign = sign(amount.currency_code(), language);
    let digits = amount.digits();
    let units = 10_i64.pow(digits);
    let (whole, rest) = (amount.minor() / units, amount.minor() % units);
    let (point, comma, gap) = match language {
        Language::English if sign.ends_with(|last: char| last.is_alphabetic() || last == '.') => (".", ',', " "),
        Language::English => (".", ',', ""),
        Language::Portuguese => (",", '.', " "),
    };
    let whole = grouped(whole, comma);
    if digits == 0 {
        return format!("{sign}{gap}{whole}");
    }
    format!(
        "{sign}{gap}{whole}{point}{rest:0width$}",
        width = usize::try_from(digits).unwrap_or_default()
    )
}

/// What stands for a currency: in both languages browsers write most of them by their codes.
fn sign(code: &'static str, language: Language) -> &'static str {
    let by_language = |english, portuguese| match language {
        Language::English => english,
        Language::Portuguese => portuguese,
    };
    match code {
        "AUD" => by_language("A$", "AU$"),
        "BRL" => "R$",
        "CAD" => "CA$",
        "CNY" => "CN¥",
        "EUR" => "€",
        "GBP" => "£",
        "HKD" => "HK$",
        "ILS" => "₪",
        "INR" => "₹",
        "JPY" => by_language("¥", "JP¥"),
        "KRW" => "₩",
        "MXN" => "MX$",
        "NZD" => "NZ$",
        "PHP" => by_language("₱", code),
        "THB" => by_language(code, "฿"),
        "TWD" => "NT$",
        "USD" => by_language("$", "US$"),
        "VND" => "₫",
        "XAF" => "FCFA",
        "XCD" => "EC$",
        "XCG" => "Cg.",
        "XOF" => "F CFA",
        "XPF" => "CFPF",
        "XXX" => "¤",
        code => code,
    }
}

/// A whole number with a mark between its thousands.
fn grouped(number: i64, mark: char) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(mark);
        }
        text.push(digit);
    }
    text
}

/// A moment, such as `24 December 2026, 12:00 UTC`.
pub(super) fn moment(at_us: i64, language: Language) -> String {
    let at = civil(at_us);
    let month = usize::try_from(at.month() - 1).unwrap_or_default();
    let (day, year, hour, minute) = (at.day(), at.year(), at.hour(), at.minute());
    match language {
        Language::English => format!("{day} {} {year}, {hour:02}:{minute:02} UTC", MONTHS_IN_ENGLISH[month]),
        Language::Portuguese => {
            format!(
                "{day} de {} de {year}, {hour:02}:{minute:02} UTC",
                MONTHS_IN_PORTUGUESE[month]
            )
        }
    }
}

/// A length of time up to this is told in hours, and a longer one in days, so that there is no "1 days". The page does
/// the same (`web/src/i18n/format.ts`).
const TELL_HOURS_UP_TO: i64 = 48;
const HOURS_A_DAY: i64 = 24;

/// A window or what is left of it, such as `48 h`, `30 days` or `2 days 23 h`.
pub(super) fn window(hours: i64, language: Language) -> String {
    if hours <= TELL_HOURS_UP_TO {
        return format!("{hours} h");
    }
    let (days, rest) = (hours / HOURS_A_DAY, hours % HOURS_A_DAY);
    let days = match language {
        Language::English => format!("{days} days"),
        Language::Portuguese => format!("{days} dias"),
    };
    if rest == 0 { days } else { format!("{days} {rest} h") }
}

fn civil(at_us: i64) -> DateTime {
    let at = Timestamp::from_microsecond(at_us).unwrap_or_default();
    TimeZone::UTC.to_datetime(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_as_its_reader_writes_it() {
        let brl = Money::parse(1490, "BRL").unwrap();
        assert_eq!(money(brl, Language::Portuguese), "R$ 14,90");
        assert_eq!(money(brl, Language::English), "R$14.90");
        assert_eq!(money(Money::parse(5, "BRL").unwrap(), Language::Portuguese), "R$ 0,05");
    }

    #[test]
    fn a_moment_says_its_zone() {
        assert_eq!(moment(0, Language::English), "1 January 1970, 00:00 UTC");
        assert_eq!(moment(0, Language::Portuguese), "1 de janeiro de 1970, 00:00 UTC");
    }

    #[test]
    fn amounts_are_grouped_as_on_the_page() {
        let pesos = Money::parse(149_000_000, "COP").unwrap();
        assert_eq!(money(pesos, Language::English), "COP 1,490,000.00");
        assert_eq!(money(pesos, Language::Portuguese), "COP 1.490.000,00");
        assert_eq!(grouped(0, ','), "0");
        assert_eq!(grouped(999, ','), "999");
        assert_eq!(grouped(1_000, ','), "1,000");
    }

    /// The page is tested with the same cases.
    const WINDOWS: &str = include_str!("../../../../web/src/i18n/windows.json");
    const PRICES: &str = include_str!("../../../../web/src/i18n/prices.json");

    fn cases(of: &str) -> Vec<serde_json::Value> {
        let cases: Vec<_> = serde_json::from_str(of).unwrap();
        assert!(cases.len() > 10);
        cases
    }

    #[test]
    fn a_price_is_written_as_on_the_page() {
        for case in cases(PRICES) {
            let price = Money::parse(1_234_567, case["currency_code"].as_str().unwrap()).unwrap();
            assert_eq!(money(price, Language::English), case["en"]);
            assert_eq!(money(price, Language::Portuguese), case["pt-BR"]);
        }
    }

    #[test]
    fn a_window_is_told_as_on_the_page() {
        for case in cases(WINDOWS) {
            let hours = case["hours"].as_i64().unwrap();
            assert_eq!(window(hours, Language::English), case["en"]);
            assert_eq!(window(hours, Language::Portuguese), case["pt-BR"]);
        }
    }
}
