//! Money and moments as mails word them. Nobody knows a customer's time zone here, so moments are UTC and say so.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::customer::Language;
use crate::payment::money::Money;

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

/// An amount, such as `R$ 1.490,00` or `US$1,490.00`, grouped as the page groups it.
pub(super) fn money(amount: Money, language: Language) -> String {
    let symbol = match amount.currency_code() {
        "BRL" => "R$",
        "USD" => "US$",
        "EUR" => "€",
        code => code,
    };
    let digits = amount.digits();
    let units = 10_i64.pow(digits);
    let (whole, rest) = (amount.minor() / units, amount.minor() % units);
    let (point, comma, gap) = match language {
        Language::English if symbol != amount.currency_code() => (".", ',', ""),
        Language::English => (".", ',', " "),
        Language::Portuguese => (",", '.', " "),
    };
    let whole = grouped(whole, comma);
    if digits == 0 {
        return format!("{symbol}{gap}{whole}");
    }
    format!(
        "{symbol}{gap}{whole}{point}{rest:0width$}",
        width = usize::try_from(digits).unwrap_or_default()
    )
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

/// From this many hours on, a window of whole days is told in days. The page does the same (`web/src/i18n/format.ts`).
const TELL_DAYS_FROM_HOURS: i64 = 72;
const HOURS_A_DAY: i64 = 24;

/// The length of a window: never rounded, as it is what was bought.
pub(super) fn window(hours: i64, language: Language) -> String {
    if hours >= TELL_DAYS_FROM_HOURS && hours % HOURS_A_DAY == 0 {
        days(hours / HOURS_A_DAY, language)
    } else {
        format!("{hours} h")
    }
}

/// What is left of a window, such as `41 days 16 h`.
pub(super) fn remaining(hours: i64, language: Language) -> String {
    if hours < TELL_DAYS_FROM_HOURS || hours % HOURS_A_DAY == 0 {
        return window(hours, language);
    }
    format!("{} {} h", days(hours / HOURS_A_DAY, language), hours % HOURS_A_DAY)
}

/// At least three: there is no "1 days".
fn days(days: i64, language: Language) -> String {
    match language {
        Language::English => format!("{days} days"),
        Language::Portuguese => format!("{days} dias"),
    }
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
        let yen = Money::parse(1490, "JPY").unwrap();
        assert_eq!(money(brl, Language::Portuguese), "R$ 14,90");
        assert_eq!(money(brl, Language::English), "R$14.90");
        assert_eq!(money(yen, Language::English), "JPY 1,490");
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

    #[test]
    fn a_window_is_told_as_on_the_page() {
        let cases: Vec<serde_json::Value> = serde_json::from_str(WINDOWS).unwrap();
        assert!(cases.len() > 10);
        for case in cases {
            let hours = case["hours"].as_i64().unwrap();
            assert_eq!(window(hours, Language::English), case["en"]);
            assert_eq!(window(hours, Language::Portuguese), case["pt-BR"]);
        }
    }

    #[test]
    fn what_is_left_is_told_in_days_and_hours() {
        assert_eq!(remaining(20, Language::English), "20 h");
        assert_eq!(remaining(72, Language::English), "3 days");
        assert_eq!(remaining(1000, Language::Portuguese), "41 dias 16 h");
    }
}
