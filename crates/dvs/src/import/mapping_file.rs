//! A mapping of columns as a file (TOML): the import writes its guess there, people correct it, and the next import reads it.

use std::collections::BTreeMap;
use std::fmt::Write;

use encoding_rs::Encoding;
use serde::Deserialize;

use super::cell_values::are_points;
use super::columns::{Guess, guess, own_field};
use super::days::DateOrder;
use super::dialect::{Dialect, Shown};
use super::prices;
use super::table::Settings;

const DAY_FIRST: &str = "day/month/year";
const MONTH_FIRST: &str = "month/day/year";

/// The content of a `--mapping` file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Mapping {
    /// The encoding of the file, such as windows-1252.
    encoding: Option<String>,
    /// The separator of its cells.
    delimiter: Option<String>,
    /// The films' source, if no column has it.
    source: Option<String>,
    /// The currency of prices that state none.
    currency: Option<String>,
    dates: Option<String>,
    /// The sign of decimals in prices.
    decimals: Option<char>,
    /// The store's field for each column; an empty one leaves the column out.
    columns: BTreeMap<String, String>,
}

impl Mapping {
    /// Reads a mapping; the error lists everything that is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mapping: Self = toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())?;
        let mut wrong = Vec::new();
        for (column, field) in mapping.columns.iter().filter(|(_, field)| !field.is_empty()) {
            if own_field(field).is_none() {
                wrong.push(format!("column {column:?}: the store has no field {field:?}"));
            }
        }
        let encoding = mapping
            .encoding
            .as_ref()
            .filter(|name| Encoding::for_label(name.as_bytes()).is_none());
        wrong.extend(encoding.map(|name| format!("there is no encoding {name:?}")));
        let currency = mapping
            .currency
            .as_ref()
            .filter(|code| prices::currency(code).is_none());
        wrong.extend(currency.map(|code| format!("there is no currency {code:?}")));
        if mapping.delimiter.as_ref().is_some_and(|delimiter| delimiter.len() != 1) {
            wrong.push("a delimiter is one character, such as \";\" or \"\\t\"".to_owned());
        }
        if mapping
            .dates
            .as_ref()
            .is_some_and(|dates| dates != DAY_FIRST && dates != MONTH_FIRST)
        {
            wrong.push(format!("dates are {DAY_FIRST:?} or {MONTH_FIRST:?}"));
        }
        if mapping.decimals.is_some_and(|sign| !matches!(sign, '.' | ',')) {
            wrong.push("decimals are \".\" or \",\"".to_owned());
        }
        if wrong.is_empty() {
            Ok(mapping)
        } else {
            Err(wrong.join("; "))
        }
    }

    pub(super) fn encoding(&self) -> Option<&'static Encoding> {
        self.encoding
            .as_ref()
            .and_then(|name| Encoding::for_label(name.as_bytes()))
    }

    pub(super) fn delimiter(&self) -> Option<u8> {
        self.delimiter.as_ref().and_then(|delimiter| delimiter.bytes().next())
    }

    pub(super) fn settings(&self) -> Settings {
        Settings {
            source: self.source.clone(),
            currency: self.currency.as_deref().and_then(prices::currency),
            order: self.dates.as_ref().map(|dates| match dates.as_str() {
                MONTH_FIRST => DateOrder::MonthFirst,
                _ => DateOrder::DayFirst,
            }),
            decimal: self.decimals,
        }
    }

    /// Leaves out a column of points that was guessed to have age ratings, because programs call both a rating.
    pub(super) fn leave_out_points(&self, shown: &mut Shown) {
        let places = shown.guess.fields.iter_mut().enumerate().zip(&shown.header);
        for ((place, field), name) in places {
            let is_guessed = !self.columns.contains_key(name) && own_field(name).is_none();
            let values = shown
                .sample
                .iter()
                .filter_map(|row| row.get(place))
                .map(|cell| cell.trim());
            if field.as_deref() == Some("age_rating") && is_guessed && are_points(values) {
                *field = None;
            }
        }
    }

    /// The columns that the mapping names and the table does not have.
    pub(super) fn missing(&self, header: &[String]) -> Vec<&str> {
        let names = self.columns.keys().filter(|name| !header.contains(name));
        names.map(String::as_str).collect()
    }

    /// The fields of the columns: those of the mapping, and the guessed ones for other columns.
    pub(super) fn guess(&self, header: &[String]) -> Guess {
        let mut guess = guess(header);
        for (name, place) in header.iter().zip(0..) {
            let Some(field) = self.columns.get(name) else { continue };
            // Of two columns with one name, the mapping means the first, as does the written guess.
            if header.iter().take(place).any(|before| before == name) {
                continue;
            }
            let field = own_field(field);
            for other in &mut guess.fields {
                // The mapping takes the field from the column that was guessed to have it.
                if field.is_some() && *other == field {
                    *other = None;
                }
            }
            if let Some(known) = guess.fields.get_mut::<usize>(place) {
                *known = field;
            }
        }
        guess.is_own &= self.columns.is_empty();
        guess
    }
}

/// A guess as a mapping that people can correct.
pub(super) fn written(
    header: &[String],
    guess: &Guess,
    settings: &Settings,
    encoding: Option<&'static Encoding>,
    dialect: Option<Dialect>,
) -> String {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let mut text = String::from(
        "# How `dvs import` reads the columns of a table. On the left a column's name in the file, on the right the\n\
         # store's field (docs/import.md lists them); \"\" leaves the column out.\n",
    );
    let mut line = |key: &str, value: Option<String>, example: &str| {
        let _ = match value {
            Some(value) => writeln!(text, "{key} = {}", quoted(&value)),
            None => writeln!(text, "# {key} = {}", quoted(example)),
        };
    };
    line(
        "encoding",
        encoding.map(|encoding| encoding.name().to_owned()),
        "windows-1252",
    );
    line(
        "delimiter",
        dialect.map(|dialect| char::from(dialect.delimiter).to_string()),
        ";",
    );
    line(
        "source",
        settings.source.clone().or_else(|| guess.source.clone()),
        "my-festival",
    );
    line("currency", settings.currency.clone(), "BRL");
    let dates = settings.order.map(|order| match order {
        DateOrder::DayFirst => DAY_FIRST.to_owned(),
        DateOrder::MonthFirst => MONTH_FIRST.to_owned(),
    });
    line("dates", dates, DAY_FIRST);
    line("decimals", settings.decimal.map(String::from), ",");
    text.push_str("\n[columns]\n");
    let mut seen = Vec::new();
    for (name, field) in header.iter().zip(&guess.fields) {
        // A column without a name cannot be mapped, nor can the second of two with one name.
        if !name.is_empty() && !seen.contains(&name) {
            let _ = writeln!(
                text,
                "{} = {}",
                quoted(name),
                quoted(field.as_deref().unwrap_or_default())
            );
            seen.push(name);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_guess_is_written_corrected_and_read() {
        let header = header(&["Título", "Ano", "Nota \"x\"", ""]);
        let guessed = guess(&header);
        let text = written(&header, &guessed, &Settings::default(), None, None);
        let same = Mapping::parse(&text).unwrap();
        assert_eq!(same.guess(&header).fields, guessed.fields);
        let corrected = text
            .replace("\"\"\n", "\"licence\"\n")
            .replace("# currency", "currency");
        let corrected = Mapping::parse(&corrected).unwrap();
        assert_eq!(corrected.guess(&header).fields[2].as_deref(), Some("licence"));
        assert_eq!(corrected.settings().currency.as_deref(), Some("BRL"));
    }

    #[test]
    fn a_mapped_column_takes_the_place_of_a_guessed_one() {
        let mapping = Mapping::parse("[columns]\n\"Nome artístico\" = \"name\"\n").unwrap();
        let guess = mapping.guess(&header(&["Título", "Nome artístico"]));
        assert_eq!(guess.fields, [None, Some("name".to_owned())]);
    }

    #[test]
    fn a_column_that_is_not_there_is_found() {
        let mapping = Mapping::parse("currency = \"brl\"\n[columns]\n\"Titulo\" = \"name\"\nAno = \"year\"\n").unwrap();
        assert_eq!(mapping.missing(&header(&["Título", "Ano"])), ["Titulo"]);
        assert_eq!(mapping.settings().currency.as_deref(), Some("BRL"));
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        let wrong = "encoding = \"klingon\"\ncurrency = \"ZZZ\"\ndelimiter = \";;\"\ndates = \"soon\"\n[columns]\na = \"colour\"\n";
        let said = Mapping::parse(wrong).unwrap_err();
        for part in ["klingon", "ZZZ", "delimiter", "month/day/year", "colour"] {
            assert!(said.contains(part), "{said}");
        }
        assert!(Mapping::parse("colour = \"blue\"").is_err());
    }
}
