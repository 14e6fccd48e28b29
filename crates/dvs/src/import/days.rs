//! Parses days and times in the forms in which people write them.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

use super::names::fold;
use crate::values::Bound;

/// The months in English, Portuguese and Spanish; each may also be shortened to three letters.
const MONTHS: [&[&str]; 12] = [
    &["january", "janeiro", "enero"],
    &["february", "fevereiro", "febrero"],
    &["march", "marco", "marzo"],
    &["april", "abril"],
    &["may", "maio", "mayo"],
    &["june", "junho", "junio"],
    &["july", "julho", "julio"],
    &["august", "agosto"],
    &["september", "setembro", "septiembre", "sept"],
    &["october", "outubro", "octubre"],
    &["november", "novembro", "noviembre"],
    &["december", "dezembro", "diciembre"],
];

/// Whether days or months come first if both are numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DateOrder {
    DayFirst,
    MonthFirst,
}

/// A day, in numbers or with its month in words.
fn day(text: &str, order: DateOrder) -> Option<Date> {
    day_in_numbers(text, order).or_else(|| day_in_words(text))
}

fn day_in_numbers(text: &str, order: DateOrder) -> Option<Date> {
    let parts: Vec<_> = text.split(['/', '.', '-']).map(str::trim).collect();
    let [first, second, third] = parts.as_slice() else {
        return None;
    };
    let number = |digits: &str| digits.parse::<i8>().ok();
    if first.len() == 4 {
        return Date::new(first.parse().ok()?, number(second)?, number(third)?).ok();
    }
    let is_short = |digits: &str| (1..=2).contains(&digits.len());
    if third.len() != 4 || !is_short(first) || !is_short(second) {
        return None;
    }
    let (day, month) = match order {
        DateOrder::DayFirst => (first, second),
        DateOrder::MonthFirst => (second, first),
    };
    Date::new(third.parse().ok()?, number(month)?, number(day)?).ok()
}

/// `31 jan 2026`, `31 de janeiro de 2026`, `January 31, 2026`, `31-Jan-2026`.
fn day_in_words(text: &str) -> Option<Date> {
    let text = fold(text);
    let words: Vec<_> = text
        .split(' ')
        .filter(|word| !matches!(*word, "de" | "del" | "of"))
        .collect();
    let month_of = |word: &str| {
        let is_called = |name: &&str| word == *name || word.len() == 3 && name.starts_with(word);
        (1_i8..)
            .zip(MONTHS)
            .find_map(|(month, names)| names.iter().any(is_called).then_some(month))
    };
    let number = |digits: &str| digits.parse::<i8>().ok();
    let [first, second, third] = *words.as_slice() else {
        return None;
    };
    let (day, month) = match (month_of(first), month_of(second)) {
        (None, Some(month)) => (number(first)?, month),
        (Some(month), None) => (number(second)?, month),
        _ => return None,
    };
    let is_year = third.len() == 4;
    Date::new(third.parse().ok().filter(|_| is_year)?, month, day).ok()
}

/// The order of day and month, if this date shows it.
pub(super) fn order_of(text: &str) -> Option<DateOrder> {
    match (day(text, DateOrder::DayFirst), day(text, DateOrder::MonthFirst)) {
        (Some(_), None) => Some(DateOrder::DayFirst),
        (None, Some(_)) => Some(DateOrder::MonthFirst),
        _ => None,
    }
}

/// The begin or the end of an offer: a moment, or a day. A time without a zone is in UTC.
pub(super) fn bound(text: &str, order: DateOrder) -> Option<Bound> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(Bound::Moment(at.as_microsecond()));
    }
    if let Some(day) = day(text, order) {
        return Bound::of_day(day);
    }
    let (date, time) = text.split_once([' ', 'T'])?;
    let date = day(date, order)?;
    let time: DateTime = format!("{date}T{}", time.trim()).parse().ok()?;
    // Spreadsheets write a day as its midnight.
    if time.time() == jiff::civil::Time::midnight() {
        return Bound::of_day(date);
    }
    let at = jiff::tz::TimeZone::UTC.to_timestamp(time).ok()?;
    Some(Bound::Moment(at.as_microsecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_in_the_order_of_the_file() {
        let order = DateOrder::DayFirst;
        assert_eq!(day("31/01/2027", order), Some(jiff::civil::date(2027, 1, 31)));
        assert_eq!(day("1.2.2027", order), Some(jiff::civil::date(2027, 2, 1)));
        assert_eq!(day("01/31/2027", order), None);
        assert_eq!(
            day("01/31/2027", DateOrder::MonthFirst),
            Some(jiff::civil::date(2027, 1, 31))
        );
        assert_eq!(day("2027-01-31", order), Some(jiff::civil::date(2027, 1, 31)));
        assert_eq!((order_of("31/01/2027"), order_of("01/02/2027")), (Some(order), None));
        for text in ["31/01/27", "30/02/2027", "tomorrow", "1/2/3/2027"] {
            assert_eq!(day(text, order), None, "{text}");
        }
        assert_eq!(bound("2027-01-31 00:00:00", order), bound("31/01/2027", order));
        assert!(matches!(bound("31/01/2027 20:00", order), Some(Bound::Moment(_))));
    }

    #[test]
    fn months_are_known_in_three_languages() {
        for text in [
            "31 jan 2027",
            "31-Jan-2027",
            "31/jan./2027",
            "31 de janeiro de 2027",
            "31 de enero del 2027",
            "January 31, 2027",
            "31 JANEIRO 2027",
        ] {
            assert_eq!(
                day(text, DateOrder::MonthFirst),
                Some(jiff::civil::date(2027, 1, 31)),
                "{text}"
            );
        }
        for (text, month) in [
            ("1 fev 2027", 2),
            ("1 mai 2027", 5),
            ("1 ago 2027", 8),
            ("1 set 2027", 9),
            ("1 dic 2027", 12),
        ] {
            assert_eq!(
                day(text, DateOrder::DayFirst),
                Some(jiff::civil::date(2027, month, 1)),
                "{text}"
            );
        }
        for text in [
            "31 feb 2027",
            "31 foo 2027",
            "jan 2027",
            "31 jan 27",
            "jan jan 2027",
            "1 ja 2027",
            "1 2 jan 2027",
        ] {
            assert_eq!(day(text, DateOrder::DayFirst), None, "{text}");
        }
    }
}
