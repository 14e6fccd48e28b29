//! Workbooks (XLSX): the rows of the sheet that has films.

#![cfg_attr(
    test,
    expect(
        clippy::similar_names,
        clippy::format_push_string,
        reason = "tests write small sheets"
    )
)]

use std::io::{self, Cursor, Read};

use calamine::{DataRef, Reader, Xlsx};

use super::cells::CELLS_LIMIT;
use super::columns::Guess;
use super::{dialect, invalid};

/// What a workbook may unpack to: a small archive can hold a huge one.
const UNPACKED_LIMIT_BYTES: u64 = 256 * 1024 * 1024;
const ROWS_LIMIT: usize = 100_000;
const SHEETS_LIMIT: usize = 50;
/// What all cells may hold together.
const TEXT_LIMIT_BYTES: usize = 256 * 1024 * 1024;
/// Rows of a sheet that are read to see whether it has films.
const LOOKED_AT: usize = 20;

pub(super) struct Workbook {
    pub(super) sheet: String,
    /// The sheets that are not read.
    pub(super) others: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}

/// Reads the sheet whose header is understood best; of several the first.
pub(super) fn read(workbook: &[u8], guess: impl Fn(&[String]) -> Guess) -> io::Result<Workbook> {
    check_size(workbook, UNPACKED_LIMIT_BYTES)?;
    let mut book = Xlsx::new(Cursor::new(workbook)).map_err(|error| unreadable(&error))?;
    let mut others = book.sheet_names();
    if others.len() > SHEETS_LIMIT {
        return Err(invalid(format!("it has more than {SHEETS_LIMIT} sheets")));
    }
    let mut best: Option<(usize, usize)> = None;
    for (place, sheet) in others.iter().enumerate() {
        let rows = rows(&mut book, sheet, LOOKED_AT)?;
        let score = dialect::find_in(&rows, &guess).guess.score();
        if best.is_none_or(|(known, _)| score > known) {
            best = Some((score, place));
        }
    }
    let Some((_, place)) = best else {
        return Err(invalid("it has no sheets"));
    };
    let sheet = others.remove(place);
    let rows = rows(&mut book, &sheet, ROWS_LIMIT + 1)?;
    if rows.len() > ROWS_LIMIT {
        return Err(invalid(format!(
            "the sheet {sheet:?} has more than {ROWS_LIMIT} rows: save it as CSV"
        )));
    }
    Ok(Workbook { sheet, others, rows })
}

/// Unpacks everything once, keeping nothing, so that what a library unpacks later is known to be bounded.
fn check_size(workbook: &[u8], limit: u64) -> io::Result<()> {
    let mut archive = zip::ZipArchive::new(Cursor::new(workbook)).map_err(|error| unreadable(&error))?;
    let mut left = limit;
    for place in 0..archive.len() {
        let entry = archive.by_index(place).map_err(|error| unreadable(&error))?;
        let read = io::copy(&mut entry.take(left + 1), &mut io::sink())?;
        left = left
            .checked_sub(read)
            .ok_or_else(|| invalid(format!("it unpacks to more than {limit} bytes")))?;
    }
    Ok(())
}

/// The first rows of a sheet as texts; a cell far away makes no empty ones before it.
fn rows(book: &mut Xlsx<Cursor<&[u8]>>, sheet: &str, limit: usize) -> io::Result<Vec<Vec<String>>> {
    let mut cells = book.worksheet_cells_reader(sheet).map_err(|error| unreadable(&error))?;
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut last = None;
    let mut bytes = 0;
    while let Some(cell) = cells.next_cell().map_err(|error| unreadable(&error))? {
        let (row, column) = cell.get_position();
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        let text = text(cell.get_value());
        if text.is_empty() || column >= CELLS_LIMIT {
            continue;
        }
        bytes += text.len();
        if bytes > TEXT_LIMIT_BYTES {
            return Err(invalid(format!("its cells hold more than {TEXT_LIMIT_BYTES} bytes")));
        }
        if last != Some(row) {
            if rows.len() == limit {
                break;
            }
            rows.push(Vec::new());
            last = Some(row);
        }
        if let Some(cells) = rows.last_mut() {
            if cells.len() <= column {
                cells.resize(column + 1, String::new());
            }
            if let Some(place) = cells.get_mut(column) {
                *place = text;
            }
        }
    }
    Ok(rows)
}

fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::String(text) => text.trim().to_owned(),
        DataRef::SharedString(text) => text.trim().to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(flag) => flag.to_string(),
        DataRef::DateTime(at) if at.is_datetime() && at.as_f64() >= 1.0 => {
            let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
        }
        // A time of the day, or how long something takes.
        DataRef::DateTime(at) => {
            let (_, _, _, hour, minute, second, _) = at.to_ymd_hms_milli();
            format!("{hour:02}:{minute:02}:{second:02}")
        }
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}

fn unreadable(error: &dyn std::fmt::Display) -> io::Error {
    invalid(format!("it is no workbook that can be read: {error}"))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::write::SimpleFileOptions;

    use super::*;
    use crate::import::FilmFile;

    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const RELATIONS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
    const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

    /// A workbook with these sheets, each of rows of cells: numbers stay numbers.
    fn workbook(sheets: &[(&str, &[&[&str]])]) -> Vec<u8> {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let mut put = |name: &str, content: String| {
            archive.start_file(name, SimpleFileOptions::default()).unwrap();
            archive.write_all(content.as_bytes()).unwrap();
        };
        let (mut entries, mut relations) = (String::new(), String::new());
        for (place, (name, rows)) in (1..).zip(sheets) {
            entries += &format!("<sheet name=\"{name}\" sheetId=\"{place}\" r:id=\"rId{place}\"/>");
            relations += &format!(
                "<Relationship Id=\"rId{place}\" Type=\"{OFFICE}/worksheet\" Target=\"worksheets/sheet{place}.xml\"/>"
            );
            let mut sheet = format!("<worksheet xmlns=\"{MAIN}\"><sheetData>");
            for (row, cells) in (1..).zip(*rows) {
                sheet += &format!("<row r=\"{row}\">");
                for (column, cell) in ('A'..).zip(*cells) {
                    sheet += &if cell.parse::<f64>().is_ok() {
                        format!("<c r=\"{column}{row}\"><v>{cell}</v></c>")
                    } else {
                        format!("<c r=\"{column}{row}\" t=\"inlineStr\"><is><t>{cell}</t></is></c>")
                    };
                }
                sheet += "</row>";
            }
            put(
                &format!("xl/worksheets/sheet{place}.xml"),
                sheet + "</sheetData></worksheet>",
            );
        }
        let book = format!("<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\"><sheets>{entries}</sheets></workbook>");
        put("xl/workbook.xml", book);
        put(
            "xl/_rels/workbook.xml.rels",
            format!("<Relationships xmlns=\"{RELATIONS}\">{relations}</Relationships>"),
        );
        put(
            "_rels/.rels",
            format!(
                "<Relationships xmlns=\"{RELATIONS}\">\
                 <Relationship Id=\"rId1\" Type=\"{OFFICE}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        );
        archive.finish().unwrap().into_inner()
    }

    #[test]
    fn the_sheet_with_films_is_read_and_others_are_told() {
        let films: &[&[&str]] = &[
            &["Catálogo do festival"],
            &["Título", "Ano", "Duração", "Preço"],
            &["Limite", "1931", "114", "R$ 14,90"],
            &["Ganga Bruta", "1933"],
        ];
        let book = workbook(&[("Notas", &[&["x"]]), ("Filmes", films)]);
        let mut file = FilmFile::open(Cursor::new(book)).unwrap();
        let about = file.about().join("\n");
        assert!(about.contains("\"Filmes\"") && about.contains("Notas"), "{about}");
        let film = file.next().unwrap().unwrap().film.unwrap();
        assert_eq!(
            (film.name.as_str(), film.year, film.runtime_minutes),
            ("Limite", 1931, 114)
        );
        assert_eq!(film.offers[0].price.as_ref().unwrap().amount_minor, 1490);
        assert_eq!(file.next().unwrap().unwrap().film.unwrap().name, "Ganga Bruta");
        assert!(file.next().unwrap().is_none());
    }

    #[test]
    fn what_is_no_workbook_or_unpacks_to_too_much_is_refused() {
        let zeros = "0".repeat(1_000_000);
        let cells: &[&str] = &["name", &zeros];
        let book = workbook(&[("A", &[cells])]);
        assert!(check_size(&book, 10_000_000).is_ok());
        let refusal = check_size(&book, 100_000).unwrap_err().to_string();
        assert_eq!(refusal, "it unpacks to more than 100000 bytes");
        let broken = FilmFile::open(Cursor::new(b"PK\x03\x04 and no more".to_vec()))
            .err()
            .unwrap();
        assert!(broken.reason.contains("workbook"), "{}", broken.reason);
    }
}
