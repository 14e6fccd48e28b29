//! Films as rows of CSV, with a column for everything that any of them has.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::{self, Write};

use api::Money;
use api::catalogue::{LocalizedText, TitleInput};

use super::film;

/// What separates the entries of a list in one cell.
const LIST_SEPARATOR: &str = "|";

/// What the columns of a film are, and of each offer of its; `docs/import.md` explains them.
const FILM: [&str; 19] = [
    "id",
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
    "created_at",
];
const KINDS: [&str; 2] = ["rent", "buy"];
const OFFER: [&str; 6] = [
    "price",
    "id",
    "start_window_hours",
    "viewing_window_hours",
    "available_from",
    "available_until",
];

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
    let offers = KINDS
        .iter()
        .flat_map(|kind| OFFER.map(|field| format!("{kind}_{field}")));
    let columns = FILM.map(str::to_owned).into_iter().chain(offers);
    write_record(out, columns.chain(names).chain(synopses).map(Cow::from))
}

pub(super) fn write_row(out: &mut dyn Write, languages: &Languages, title: &TitleInput) -> io::Result<()> {
    let list = |entries: &[String]| Cow::from(entries.join(LIST_SEPARATOR));
    let cells = [
        Cow::from(&title.title_id),
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
        moment(title.created_at_us),
    ];
    let offers = KINDS.iter().flat_map(|kind| offer(title, kind));
    let names = languages
        .names
        .iter()
        .map(|language| text_in(&title.localized_names, language));
    let synopses = languages
        .synopses
        .iter()
        .map(|language| text_in(&title.synopses, language));
    write_record(out, cells.into_iter().chain(offers).chain(names).chain(synopses))
}

/// The cells of a film's offer of this kind, empty where there is none.
fn offer<'a>(title: &'a TitleInput, kind: &str) -> [Cow<'a, str>; OFFER.len()] {
    let Some(offer) = title.offers.iter().find(|offer| film::kind(offer) == kind) else {
        return OFFER.map(|_| Cow::from(""));
    };
    let price = |money: &Money| format!("{}:{}", money.currency_code, money.amount_minor);
    [
        offer.price.as_ref().map(price).unwrap_or_default().into(),
        Cow::from(&offer.offer_id),
        number(offer.start_window_hours),
        number(offer.viewing_window_hours),
        moment(offer.available_from_us),
        moment(offer.available_until_us),
    ]
}

/// 0 is not known.
fn number<'a>(number: i32) -> Cow<'a, str> {
    Cow::from(if number == 0 { String::new() } else { number.to_string() })
}

fn moment<'a>(at_us: i64) -> Cow<'a, str> {
    film::moment(at_us).unwrap_or_default().into()
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
