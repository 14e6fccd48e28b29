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

use crate::customer::Language;

const DIGITS_A_GROUP: usize = 3;

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
    /// How many digits are before the first mark of thousands, at least: Spanish writes 1234 and 12.345.
    digits_before_thousands: usize,
    /// Such as `{sign}{amount}`.
    pattern: String,
    /// The same for signs that end with a letter or a point, such as `CHF`.
    pattern_after_letter: String,
    /// A currency that is not among them is written by its code.
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
        let text = language
            .file("mail/format.toml")
            .expect("every language has a format.toml");
        toml::from_str(text).expect("every format.toml is whole")
    }
}

/// An amount, such as `R$ 1.490,00` or `R$1,490.00`, as browsers write it on the page.
pub(super) fn money(amount: Money, language: Language) -> String {
    let format = &Format::of(language).money;
    let code = amount.currency_code();
    let sign = format.signs.get(code).map_or(code, String::as_str);
    let pattern = if sign.ends_with(|last: char| last.is_alphabetic() || last == '.') {
        &format.pattern_after_letter
    } else {
        &format.pattern
    };
    pattern
        .replace("{sign}", sign)
        .replace("{amount}", &format.amount(amount))
}

impl MoneyFormat {
    fn amount(&self, amount: Money) -> String {
        let digits = amount.digits();
        let units = 10_i64.pow(digits);
        let whole = self.grouped(amount.minor() / units);
        if digits == 0 {
            return whole;
        }
        format!(
            "{whole}{point}{rest:0width$}",
            point = self.point,
            rest = amount.minor() % units,
            width = usize::try_from(digits).unwrap_or_default()
        )
    }

    /// A whole number with a mark between its thousands.
    fn grouped(&self, number: i64) -> String {
        let digits = number.to_string();
        if digits.len() < DIGITS_A_GROUP + self.digits_before_thousands {
            return digits;
        }
        let mut text = String::with_capacity(digits.len() * 4 / 3);
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(DIGITS_A_GROUP) {
                text.push(self.thousands);
            }
            text.push(digit);
        }
        text
    }
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

    fn in_english(write: impl Fn(Language) -> String) -> String {
        write(Language::nearest("en"))
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
        let forms = |language: &str| [0, 1, 2, 5, 1_000_000].map(|count| plural_category(language, count));
        assert_eq!(forms("en"), ["other", "one", "other", "other", "other"]);
        assert_eq!(forms("pt-BR"), ["one", "one", "other", "other", "many"]);
        assert_eq!(forms("es"), ["other", "one", "other", "other", "many"]);
        assert_eq!(forms("pl"), ["many", "one", "few", "many", "many"]);
    }

    #[test]
    fn money_is_written_with_all_its_digits() {
        let told = |minor, code| in_english(|language| money(Money::parse(minor, code).unwrap(), language));
        assert_eq!(told(5, "BRL"), "R$0.05");
        assert_eq!(told(0, "JPY"), "¥0");
        assert_eq!(told(99_900, "BRL"), "R$999.00");
        assert_eq!(told(100_000, "BRL"), "R$1,000.00");
    }

    #[test]
    fn a_moment_says_its_zone() {
        assert_eq!(in_english(|language| moment(0, language)), "1 January 1970, 00:00 UTC");
        for language in Language::all() {
            assert!(moment(0, language).ends_with(" UTC"), "{language:?}");
        }
    }

    /// How browsers write prices and windows in a language, as the web app's tests noted it (`web/src/i18n/format.test.ts`).
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Examples {
        /// By the amount in minor units and the currency: `1490 BRL`.
        prices: BTreeMap<String, String>,
        /// By their hours.
        windows: BTreeMap<i64, String>,
    }

    #[test]
    fn prices_and_windows_are_written_as_on_the_page_in_every_language() {
        for language in Language::all() {
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../languages");
            let file = format!("{folder}/{}/examples.json", language.tag());
            let examples: Examples = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
            assert!(
                examples.prices.len() > 100 && examples.windows.len() > 10,
                "{language:?}"
            );
            for (price, text) in &examples.prices {
                let (minor, code) = price.split_once(' ').unwrap();
                let price = Money::parse(minor.parse().unwrap(), code).unwrap();
                assert_eq!(money(price, language), *text, "{language:?}");
            }
            for (hours, text) in &examples.windows {
                assert_eq!(window(*hours, language), *text, "{language:?}");
            }
        }
    }
}
