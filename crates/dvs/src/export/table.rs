//! Films as rows of CSV. A table holds less than an object: of offers their prices, and no ids.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::{self, Write};

use api::catalogue::{LocalizedText, TitleInput};

use super::film;

/// What separates the entries of a list in one cell.
const LIST_SEPARATOR: &str = "|";

const BEFORE_TEXTS: [&str; 18] = [
    "source",
    "source_id",
    "name",
    "original_name",
    "year",
    "runtime_minutes",
    "countries",
    "languages",
    "subtitle_languages",
    "age_rating",
    "directors",
    "cast",
    "genres",
    "trailer_url",
    "image_url",
    "licence",
    "popularity",
    "rent_price",
];
const LAST: &str = "buy_price";

/// The languages that any film has a name or a synopsis in.
#[derive(Debug, Default)]
pub(crate) struct Languages {
    names: BTreeSet<String>,
    synopses: BTreeSet<String>,
}

impl Languages {
    pub(crate) fn note(&mut self, title: &TitleInput) {
        self.names
            .extend(title.localized_names.iter().map(|text| text.language.clone()));
        self.synopses
            .extend(title.synopses.iter().map(|text| text.language.clone()));
    }
}

pub(super) fn write_header(out: &mut dyn Write, languages: &Languages) -> io::Result<()> {
    let names = languages
        .names
        .iter()
        .map(|language| format!("localized_names.{language}"));
    let synopses = languages.synopses.iter().map(|language| format!("synopsis.{language}"));
    let columns = BEFORE_TEXTS.map(str::to_owned).into_iter().chain([LAST.to_owned()]);
    write_record(out, columns.chain(names).chain(synopses).map(Cow::from))
}

pub(super) fn write_row(out: &mut dyn Write, languages: &Languages, title: &TitleInput) -> io::Result<()> {
    let number = |number: i32| Cow::from(if number == 0 { String::new() } else { number.to_string() });
    let list = |entries: &[String]| Cow::from(entries.join(LIST_SEPARATOR));
    let cells = [
        Cow::from(&title.source),
        Cow::from(&title.source_id),
        Cow::from(&title.name),
        Cow::from(&title.original_name),
        number(title.year),
        number(title.runtime_minutes),
        list(&title.countries),
        list(&title.languages),
        list(&title.subtitle_languages),
        Cow::from(&title.age_rating),
        list(&title.directors),
        list(&title.cast),
        list(&title.genres),
        Cow::from(&title.trailer_url),
        Cow::from(&title.image_url),
        Cow::from(&title.licence),
        number(title.popularity),
        price(title, "rent"),
        price(title, "buy"),
    ];
    let names = languages
        .names
        .iter()
        .map(|language| text_in(&title.localized_names, language));
    let synopses = languages
        .synopses
        .iter()
        .map(|language| text_in(&title.synopses, language));
    write_record(out, cells.into_iter().chain(names).chain(synopses))
}

fn price<'a>(title: &TitleInput, kind: &str) -> Cow<'a, str> {
    let offer = title.offers.iter().find(|offer| film::kind(offer) == kind);
    let money = offer.and_then(|offer| offer.price.as_ref());
    money.map_or(Cow::from(""), |money| {
        format!("{}:{}", money.currency_code, money.amount_minor).into()
    })
}

fn text_in<'a>(texts: &'a [LocalizedText], language: &str) -> Cow<'a, str> {
    let text = texts.iter().find(|text| text.language == language);
    text.map_or("", |text| &text.text).into()
}

/// One record, quoted where it must be (RFC 4180).
fn write_record<'a>(out: &mut dyn Write, cells: impl Iterator<Item = Cow<'a, str>>) -> io::Result<()> {
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        if cell.contains(['"', ',', '\n', '\r', ';', '\t']) {
            write!(out, "\"{}\"", cell.replace('"', "\"\""))?;
        } else {
            out.write_all(cell.as_bytes())?;
        }
    }
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let mut out = Vec::new();
        let cells = ["a", "b,c", "say \"M\"", "two\nlines", ""];
        write_record(&mut out, cells.into_iter().map(Cow::from)).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "a,\"b,c\",\"say \"\"M\"\"\",\"two\nlines\",\n"
        );
    }
}
