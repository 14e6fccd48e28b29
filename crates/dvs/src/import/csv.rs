//! CSV: a header that names the columns, then a film a record. A record becomes the object that it would be in JSON.

use std::io::{self, BufRead, Cursor, Read};

use serde_json::{Map, Value, json};

use super::cells::{CELLS_LIMIT, Cells};
use super::mapping::{self, Shape};
use super::source::Bytes;
use super::{ROW_LIMIT_BYTES, Record, Refusal, invalid};
use crate::values::Price;

/// What separates cells: the first of these that the header has most of.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];
/// What separates the entries of a list in one cell.
const LIST_SEPARATORS: [char; 2] = ['|', ';'];

/// The records of a file.
pub(super) struct Records {
    cells: Cells,
    columns: Vec<Column>,
}

struct Column {
    name: String,
    content: Content,
}

/// What the cells of a column hold.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Content {
    Text,
    Whole,
    List,
    /// A text in one language: `synopsis.en` is the name `en` in the object `synopsis`.
    Localized {
        object: String,
        language: String,
    },
    /// What an offer of this kind costs, such as BRL:1490.
    Price(&'static str),
    /// Something else of an offer of this kind: `rent_viewing_window_hours` is its `viewing_window_hours`.
    Offer {
        kind: &'static str,
        field: &'static str,
    },
}

/// The kinds of offers, as columns begin with them.
const KINDS: [&str; 2] = ["rent", "buy"];
/// What columns say of offers besides their price.
const OFFER_FIELDS: [&str; 5] = [
    "id",
    "start_window_hours",
    "viewing_window_hours",
    "available_from",
    "available_until",
];

impl Records {
    /// Reads the header.
    pub(super) fn open(mut bytes: Bytes) -> io::Result<Self> {
        let mut header = Vec::new();
        bytes
            .by_ref()
            .take(ROW_LIMIT_BYTES as u64)
            .read_until(b'\n', &mut header)?;
        let delimiter = delimiter_of(&header);
        let columns = columns(header, delimiter)?;
        let cells = Cells::new(bytes, delimiter);
        Ok(Self { cells, columns })
    }

    pub(super) fn next(&mut self) -> io::Result<Option<Record>> {
        let Some(record) = self.cells.next()? else {
            return Ok(None);
        };
        if record.is_unended && record.cells < self.columns.len() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let film = if record.is_too_large {
            Err(Refusal::too_large())
        } else if record.cells == self.columns.len() {
            film(&self.columns, self.cells.of(&record))
        } else {
            let reason = format!(
                "It has {} cells, and the header has {}.",
                record.cells,
                self.columns.len()
            );
            Err(Refusal::new("", reason))
        };
        let bytes = record.bytes;
        Ok(Some(Record { bytes, film }))
    }
}

fn delimiter_of(header: &[u8]) -> u8 {
    let count = |delimiter: &u8| header.split(|byte| byte == delimiter).count();
    // `max_by_key` takes the last of equals.
    DELIMITERS.into_iter().rev().max_by_key(count).unwrap_or(b',')
}

fn columns(header: Vec<u8>, delimiter: u8) -> io::Result<Vec<Column>> {
    let mut cells = Cells::new(Box::new(Cursor::new(header)), delimiter);
    let record = cells.next()?.unwrap_or_default();
    if record.is_too_large {
        return Err(invalid(format!(
            "its header has more than {CELLS_LIMIT} columns or {ROW_LIMIT_BYTES} bytes"
        )));
    }
    let names = cells
        .of(&record)
        .map(|name| Ok(std::str::from_utf8(name)?.trim().to_owned()));
    let names: Result<Vec<_>, std::str::Utf8Error> = names.collect();
    let names = names.map_err(|_invalid| invalid("its header is not UTF-8 text"))?;
    let shape = Shape::of(|field| names.iter().any(|name| name == field));
    let mut columns: Vec<Column> = Vec::with_capacity(names.len());
    for name in names {
        if columns.iter().any(|column| column.name == name) {
            return Err(invalid(format!("its header has the column {name:?} twice")));
        }
        let content = content(shape, &name).ok_or_else(|| invalid(format!("unknown column {name:?}")))?;
        columns.push(Column { name, content });
    }
    Ok(columns)
}

fn content(shape: Shape, column: &str) -> Option<Content> {
    match shape {
        Shape::Own => own_content(column),
        Shape::Wikipedia => match column {
            "title" | "href" | "extract" | "thumbnail" => Some(Content::Text),
            "year" | "thumbnail_width" | "thumbnail_height" => Some(Content::Whole),
            "cast" | "genres" => Some(Content::List),
            _ => None,
        },
    }
}

fn own_content(column: &str) -> Option<Content> {
    match column {
        "id" | "created_at" | "source" | "source_id" | "name" | "original_name" | "name_pt" | "age_rating"
        | "trailer_url" | "image_url" | "licence" => Some(Content::Text),
        "year" | "runtime_minutes" | "popularity" => Some(Content::Whole),
        "countries" | "languages" | "subtitle_languages" | "directors" | "cast" | "genres" => Some(Content::List),
        _ if offer_content(column).is_some() => offer_content(column),
        _ => {
            let (object, language) = column.split_once('.')?;
            matches!(object, "synopsis" | "localized_names").then(|| Content::Localized {
                object: object.to_owned(),
                language: language.to_owned(),
            })
        }
    }
}

fn offer_content(column: &str) -> Option<Content> {
    let (kind, field) = column.split_once('_')?;
    let kind = KINDS.into_iter().find(|known| *known == kind)?;
    if field == "price" {
        return Some(Content::Price(kind));
    }
    let field = OFFER_FIELDS.into_iter().find(|known| *known == field)?;
    Some(Content::Offer { kind, field })
}

fn film<'a>(columns: &[Column], cells: impl Iterator<Item = &'a [u8]>) -> Result<api::catalogue::TitleInput, Refusal> {
    let mut fields = Map::new();
    for (column, cell) in columns.iter().zip(cells) {
        let put = put(&mut fields, column, cell);
        put.map_err(|reason| Refusal {
            name: mapping::name(&fields),
            ..Refusal::new(column.name.clone(), reason)
        })?;
    }
    mapping::film(fields)
}

/// Puts what a cell says where it belongs; an empty cell says nothing.
fn put(fields: &mut Map<String, Value>, column: &Column, cell: &[u8]) -> Result<(), String> {
    let cell = std::str::from_utf8(cell).map_err(|_invalid| "This is not UTF-8 text.")?;
    let cell = cell.trim();
    if cell.is_empty() {
        return Ok(());
    }
    match &column.content {
        Content::Text => put_in(fields, &column.name, json!(cell)),
        // What is no number stays a text, which the mapping refuses as it does in JSON.
        Content::Whole => put_in(fields, &column.name, number_or_text(cell)),
        Content::List => {
            let entries = cell.split(LIST_SEPARATORS).map(str::trim);
            put_in(
                fields,
                &column.name,
                entries.filter(|entry| !entry.is_empty()).collect(),
            );
        }
        Content::Localized { object, language } => {
            let texts = fields.entry(object).or_insert_with(|| json!({}));
            if let Value::Object(texts) = texts {
                put_in(texts, language, json!(cell));
            }
        }
        Content::Price(kind) => {
            let Price(price) = cell.parse()?;
            let price = json!({ "amount_minor": price.amount_minor, "currency_code": price.currency_code });
            put_in_offer(fields, kind, "price", price);
        }
        Content::Offer { kind, field } => put_in_offer(fields, kind, field, number_or_text(cell)),
    }
    Ok(())
}

fn number_or_text(cell: &str) -> Value {
    cell.parse::<i64>().map_or_else(|_| json!(cell), Value::from)
}

/// Puts something into the offer of this kind, which is there from its first cell on.
fn put_in_offer(fields: &mut Map<String, Value>, kind: &str, field: &str, value: Value) {
    let offers = fields.entry("offers").or_insert_with(|| json!([]));
    let Value::Array(offers) = offers else { return };
    if let Some(offer) = offers.iter_mut().find(|offer| offer["kind"] == kind) {
        offer[field] = value;
    } else {
        offers.push(json!({ "kind": kind, field: value }));
    }
}

fn put_in(fields: &mut Map<String, Value>, name: &str, value: Value) {
    fields.insert(name.to_owned(), value);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::{Broken, FilmFile, Row};

    fn open(text: impl AsRef<[u8]>) -> Result<FilmFile, Broken> {
        FilmFile::open(Cursor::new(text.as_ref().to_vec()))
    }

    fn rows_of(text: impl AsRef<[u8]>) -> Vec<Row> {
        let mut file = open(text).unwrap();
        std::iter::from_fn(|| file.next().unwrap()).collect()
    }

    #[test]
    fn cells_go_where_their_column_says() {
        let header = "source,source_id,name,name_pt,year,cast,synopsis.en,synopsis.pt-BR,rent_price,buy_price";
        let rows = rows_of(format!(
            "{header}\nme,1,\"Limite, 1\",,1931,Olga Breno| Raul Schnoor;,A boat.,Um barco.,BRL:590,\n"
        ));
        let in_json = serde_json::json!({
            "source": "me", "source_id": "1", "name": "Limite, 1", "year": 1931, "cast": ["Olga Breno", "Raul Schnoor"],
            "synopsis": {"en": "A boat.", "pt-BR": "Um barco."},
            "offers": [{"kind": "rent", "price": {"amount_minor": 590, "currency_code": "BRL"}}],
        });
        assert_eq!(rows[0].film, mapping::film(serde_json::from_value(in_json).unwrap()));
    }

    #[test]
    fn commas_semicolons_and_tabs_separate_cells() {
        for separator in [",", ";", "\t"] {
            let rows = rows_of(["name", "year", "cast\nLimite", "1931", "\"A; B\""].join(separator));
            let film = rows[0].film.as_ref().unwrap();
            assert_eq!((film.name.as_str(), film.year, film.cast.len()), ("Limite", 1931, 2));
        }
    }

    #[test]
    fn a_header_with_an_unknown_or_repeated_column_is_refused() {
        let wide = "name,".repeat(CELLS_LIMIT + 1);
        for (header, named) in [
            ("name,colour\n", "colour"),
            ("title,director\n", "director"),
            ("name,title\n", "title"),
            ("name,\n", "\"\""),
            ("name,synopsis\n", "synopsis"),
            ("name,year,name\n", "twice"),
            ("na\"me\n", "na"),
            (&wide, "200"),
        ] {
            let broken = open(header).err().unwrap();
            assert!(
                broken.row.is_none() && broken.reason.contains(named),
                "{header}: {}",
                broken.reason
            );
        }
        assert!(open(b"na\xffme,year\n").is_err());
        assert!(open("").is_err() && open(" \n").is_err());
    }

    #[test]
    fn a_wrong_row_is_refused_and_the_next_is_read() {
        let rows = rows_of(b"year,name,rent_price\n1931\n1931,a,BRL:0.1\n1931,\xff,\nsoon,b,\n1931,c,\n");
        let refused = |position: usize| rows[position].film.clone().unwrap_err();
        assert_eq!(refused(0).reason, "It has 1 cells, and the header has 3.");
        assert_eq!(
            (refused(1).name, refused(1).field),
            ("a".to_owned(), "rent_price".to_owned())
        );
        assert_eq!(refused(2).field, "name");
        assert_eq!((refused(3).name, refused(3).field), ("b".to_owned(), "year".to_owned()));
        assert_eq!(rows[4].film.as_ref().unwrap().name, "c");
        assert_eq!(rows[4].number, 5);
    }

    #[test]
    fn a_row_over_the_limit_is_refused() {
        let rows = rows_of(format!("name,year\n{},1950\nb,1950\n", "x".repeat(ROW_LIMIT_BYTES + 1)));
        assert_eq!(rows[0].film, Err(Refusal::too_large()));
        assert!(rows[1].film.is_ok());
    }
}
