//! Films as rows of CSV, with a column for each field that any film has.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::{self, Write};

use api::Money;
use api::catalogue::{LocalizedText, OfferInput, TitleInput};

use super::film;
use crate::spreadsheet::guard;

/// The separator of list entries in one cell.
const LIST_SEPARATOR: &str = "|";

/// The columns of a film, and of each of its offers; `docs/import.md` explains them.
const FILM: [&str; 20] = [
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
    "hidden",
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

/// The languages in which any film has a name or a synopsis.
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
    // No `..`: when the contract gets a new field, this does not compile until the field has its column.
    let TitleInput {
        source,
        source_id,
        name,
        original_name,
        localized_names,
        year,
        runtime_minutes,
        countries,
        languages: spoken,
        subtitle_languages,
        age_rating,
        directors,
        cast,
        genres,
        synopses,
        trailer_url,
        image_url,
        licence,
        popularity,
        offers: _,
        title_id,
        created_at_us,
        fields: _,
        is_hidden,
    } = title;
    let cells = [
        Cow::from(title_id),
        Cow::from(source),
        Cow::from(source_id),
        Cow::from(name),
        Cow::from(original_name),
        number(*year),
        number(*runtime_minutes),
        list(countries),
        list(spoken),
        list(subtitle_languages),
        Cow::from(age_rating),
        list(directors),
        list(cast),
        list(genres),
        Cow::from(trailer_url),
        Cow::from(image_url),
        Cow::from(licence),
        number(*popularity),
        moment(*created_at_us),
        Cow::from(if *is_hidden { "yes" } else { "" }),
    ];
    let offers = KINDS.iter().flat_map(|kind| offer(title, kind));
    let names = languages
        .names
        .iter()
        .map(|language| text_in(localized_names, language));
    let synopses = languages.synopses.iter().map(|language| text_in(synopses, language));
    write_record(out, cells.into_iter().chain(offers).chain(names).chain(synopses))
}

/// The cells of a film's offer of this kind, empty where there is none.
fn offer<'a>(title: &'a TitleInput, kind: &str) -> [Cow<'a, str>; OFFER.len()] {
    let Some(offer) = title.offers.iter().find(|offer| film::kind(offer) == kind) else {
        return OFFER.map(|_| Cow::from(""));
    };
    let OfferInput {
        kind: _,
        price,
        start_window_hours,
        viewing_window_hours,
        available_from_us,
        available_until_us,
        offer_id,
        fields: _,
    } = offer;
    let written = |money: &Money| format!("{}:{}", money.currency_code, money.amount_minor);
    [
        price.as_ref().map(written).unwrap_or_default().into(),
        Cow::from(offer_id),
        number(*start_window_hours),
        number(*viewing_window_hours),
        moment(*available_from_us),
        moment(*available_until_us),
    ]
}

/// A list in one cell: as JSON if an entry contains a character that an import may take for a separator.
fn list(entries: &[String]) -> Cow<'_, str> {
    let is_plain = |entry: &String| !entry.contains(['|', ';', ',', '/']) && !entry.starts_with('[');
    if entries.iter().all(is_plain) {
        return entries.join(LIST_SEPARATOR).into();
    }
    serde_json::json!(entries).to_string().into()
}

/// 0 is "unknown", and gives an empty cell.
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

/// One record, quoted if necessary (RFC 4180), in which no spreadsheet finds a formula.
fn write_record<'a>(out: &mut dyn Write, cells: impl Iterator<Item = Cow<'a, str>>) -> io::Result<()> {
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        let cell = guard(&cell);
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
