//! Money and moments in the words of a letter. Nobody knows a customer's time zone here, so moments are UTC and say so.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::customer::Language;
use crate::price::Money;

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

/// An amount, such as `R$ 14,90` or `US$14.90`.
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
    let (point, gap) = match language {
        Language::English if symbol != amount.currency_code() => (".", ""),
        Language::English => (".", " "),
        Language::Portuguese => (",", " "),
    };
    if digits == 0 {
        return format!("{symbol}{gap}{whole}");
    }
    format!(
        "{symbol}{gap}{whole}{point}{rest:0width$}",
        width = usize::try_from(digits).unwrap_or_default()
    )
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

/// A length of time, in days from three days on.
pub(super) fn hours(hours: i64, language: Language) -> String {
    match (hours, language) {
        (72.., Language::English) => format!("{} days", hours / 24),
        (72.., Language::Portuguese) => format!("{} dias", hours / 24),
        _ => format!("{hours} h"),
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
        assert_eq!(money(yen, Language::English), "JPY 1490");
        assert_eq!(money(Money::parse(5, "BRL").unwrap(), Language::Portuguese), "R$ 0,05");
    }

    #[test]
    fn a_moment_says_its_zone() {
        assert_eq!(moment(0, Language::English), "1 January 1970, 00:00 UTC");
        assert_eq!(moment(0, Language::Portuguese), "1 de janeiro de 1970, 00:00 UTC");
    }

    #[test]
    fn a_long_time_is_told_in_days() {
        assert_eq!(hours(48, Language::English), "48 h");
        assert_eq!(hours(720, Language::Portuguese), "30 dias");
    }
}
