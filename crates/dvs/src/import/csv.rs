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
}

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
        "source" | "source_id" | "name" | "original_name" | "name_pt" | "age_rating" | "trailer_url" | "image_url"
        | "licence" => Some(Content::Text),
        "year" | "runtime_minutes" | "popularity" => Some(Content::Whole),
        "countries" | "languages" | "subtitle_languages" | "directors" | "cast" | "genres" => Some(Content::List),
        "rent_price" => Some(Content::Price("rent")),
        "buy_price" => Some(Content::Price("buy")),
        _ => {
            let (object, language) = column.split_once('.')?;
            matches!(object, "synopsis" | "localized_names").then(|| Content::Localized {
                object: object.to_owned(),
                language: language.to_owned(),
            })
        }
    }
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
        Content::Whole => put_in(
            fields,
            &column.name,
            cell.parse::<i64>().map_or_else(|_| json!(cell), Value::from),
        ),
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
            let offers = fields.entry("offers").or_insert_with(|| json!([]));
            if let Value::Array(offers) = offers {
                offers.push(json!({ "kind": kind, "price": price }));
            }
        }
    }
    Ok(())
}

fn put_in(fields: &mut Map<String, Value>, name: &str, value: Value) {
    fields.insert(name.to_owned(), value);
}
