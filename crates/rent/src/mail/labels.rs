//! Money, moments and lengths of time as mails word them. How a language writes them is in its `format.toml`. The
//! customer's time zone is not known here, so moments are UTC and say so.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use icu_locale_core::Locale;
use icu_plurals::{PluralCategory, PluralRules};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use payments::Money;
use serde::Deserialize;

use super::templates;
use crate::customer::Language;

/// How a language writes what every mail may have in it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Format {
    months: [String; 12],
    /// Such as `{day} {month} {year}, {time} UTC`.
    moment: String,
    money: MoneyFormat,
    /// Such as `{count} days`, by the plural category of the number.
    days: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MoneyFormat {
    point: String,
    thousands: char,
    gap: String,
    gap_after_letter: String,
    signs: HashMap<String, String>,
}

impl Format {
    fn of(language: Language) -> &'static Self {
        static FORMATS: LazyLock<HashMap<&str, Format>> = LazyLock::new(|| {
            let formats = Language::all().map(|language| (language.tag(), Format::parse(language)));
            formats.collect()
        });
        &FORMATS[language.tag()]
    }

    #[expect(
        clippy::expect_used,
        reason = "the files are compiled in, and a test reads all of them"
    )]
    fn parse(language: Language) -> Self {
        let file = templates::source(&format!("{}/format.toml", language.tag()));
        let text = file.expect("every language has a format.toml");
        toml::from_str(&text).expect("every format.toml is whole")
    }
}

/// An amount, such as `R$ 1.490,00` or `R$1,490.00`, as browsers write it on the page.
pub(super) fn money(amount: Money, language: Language) -> String {
    let format = &Format::of(language).money;
    let code = amount.currency_code();
    let sign = format.signs.get(code).map_or_else(|| sign(code), String::as_str);
    let digits = amount.digits();
    let units = 10_i64.pow(digits);
    let (whole, rest) = (amount.minor() / units, amount.minor() % units);
    let gap = if sign.ends_with(|last: char| last.is_alphabetic() || last == '.') {
        &format.gap_after_letter
    } else {
        &format.gap
    };
    let whole = grouped(whole, format.thousands);
    if digits == 0 {
        return format!("{sign}{gap}{whole}");
    }
    format!(
        "{sign}{gap}{whole}{point}{rest:0width$}",
        point = format.point,
        width = usize::try_from(digits).unwrap_or_default()
    )
}

/// What stands for a currency in most languages: browsers write most of them by their codes.
fn sign(code: &'static str) -> &'static str {
    match code {
        "BRL" => "R$",
        "CAD" => "CA$",
        "CNY" => "CN¥",
        "EUR" => "€",
        "GBP" => "£",
        "HKD" => "HK$",
        "ILS" => "₪",
        "INR" => "₹",
        "KRW" => "₩",
        "MXN" => "MX$",
        "NZD" => "NZ$",
        "TWD" => "NT$",
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
    let format = Format::of(language);
    let at = civil(at_us);
    let month = usize::try_from(at.month() - 1).unwrap_or_default();
    format
        .moment
        .replace("{day}", &at.day().to_string())
        .replace("{month}", &format.months[month])
        .replace("{year}", &at.year().to_string())
        .replace("{time}", &format!("{:02}:{:02}", at.hour(), at.minute()))
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
    let forms = &Format::of(language).days;
    let form = forms.get(plural_category(language.tag(), days));
    let form = form.or_else(|| forms.get(OTHER)).map_or("{count}", String::as_str);
    let days = form.replace("{count}", &days.to_string());
    if rest == 0 { days } else { format!("{days} {rest} h") }
}

/// The form that every language has.
pub(super) const OTHER: &str = "other";

/// Which form of a word goes with a number: one of the plural categories of CLDR.
pub(super) fn plural_category(language: &str, count: i64) -> &'static str {
    let rules = Locale::try_from_str(language).ok();
    let rules = rules.and_then(|locale| PluralRules::try_new_cardinal((&locale).into()).ok());
    match rules.map(|rules| rules.category_for(count)) {
        Some(PluralCategory::Zero) => "zero",
        Some(PluralCategory::One) => "one",
        Some(PluralCategory::Two) => "two",
        Some(PluralCategory::Few) => "few",
        Some(PluralCategory::Many) => "many",
        Some(PluralCategory::Other) | None => OTHER,
    }
}

fn civil(at_us: i64) -> DateTime {
    let at = Timestamp::from_microsecond(at_us).unwrap_or_default();
    TimeZone::UTC.to_datetime(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn en() -> Language {
        Language::nearest("en")
    }

    fn pt() -> Language {
        Language::nearest("pt-BR")
    }

    #[test]
    fn every_language_says_how_it_writes_what_mails_have_in_them() {
        for language in Language::all() {
            let format = Format::parse(language);
            assert!(format.days.contains_key(OTHER), "{language:?}");
            for place in ["{day}", "{month}", "{year}", "{time}"] {
                assert!(format.moment.contains(place), "{language:?}: {place}");
            }
        }
    }

    #[test]
    fn a_number_has_the_plural_form_of_its_language() {
        let forms = |language: &str| [0, 1, 2, 5].map(|count| plural_category(language, count));
        assert_eq!(forms("en"), ["other", "one", "other", "other"]);
        assert_eq!(forms("pt-BR"), ["one", "one", "other", "other"]);
        assert_eq!(forms("pl"), ["many", "one", "few", "many"]);
    }

    #[test]
    fn money_is_written_as_its_reader_writes_it() {
        let brl = Money::parse(1490, "BRL").unwrap();
        assert_eq!(money(brl, pt()), "R$ 14,90");
        assert_eq!(money(brl, en()), "R$14.90");
        assert_eq!(money(Money::parse(5, "BRL").unwrap(), pt()), "R$ 0,05");
    }

    #[test]
    fn a_moment_says_its_zone() {
        assert_eq!(moment(0, en()), "1 January 1970, 00:00 UTC");
        assert_eq!(moment(0, pt()), "1 de janeiro de 1970, 00:00 UTC");
    }

    #[test]
    fn amounts_are_grouped_as_on_the_page() {
        let pesos = Money::parse(149_000_000, "COP").unwrap();
        assert_eq!(money(pesos, en()), "COP 1,490,000.00");
        assert_eq!(money(pesos, pt()), "COP 1.490.000,00");
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
            assert_eq!(money(price, en()), case["en"]);
            assert_eq!(money(price, pt()), case["pt-BR"]);
        }
    }

    #[test]
    fn a_window_is_told_as_on_the_page() {
        for case in cases(WINDOWS) {
            let hours = case["hours"].as_i64().unwrap();
            assert_eq!(window(hours, en()), case["en"]);
            assert_eq!(window(hours, pt()), case["pt-BR"]);
        }
    }
}
