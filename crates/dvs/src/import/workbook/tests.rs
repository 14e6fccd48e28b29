//! Workbooks as spreadsheets and programs write them.

#![expect(
    clippy::similar_names,
    clippy::format_push_string,
    reason = "tests write small sheets"
)]

use std::io::Write;

use zip::write::SimpleFileOptions;

use super::*;
use crate::import::FilmFile;

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// A workbook with these sheets, each of rows of cells: numbers stay numbers, a cell that begins with `=` is a formula
/// that was never calculated, one that begins with `#` is an error, and `€` before a number is its format.
fn workbook(sheets: &[(&str, &[&[&str]])]) -> Vec<u8> {
    workbook_with(sheets, &[])
}

/// The same, with these ranges merged in every sheet.
fn workbook_with(sheets: &[(&str, &[&[&str]])], merged: &[&str]) -> Vec<u8> {
    let merged: Vec<_> = merged
        .iter()
        .map(|range| format!("<mergeCell ref=\"{range}\"/>"))
        .collect();
    let merged = match merged.as_slice() {
        [] => String::new(),
        ranges => format!("<mergeCells>{}</mergeCells>", ranges.concat()),
    };
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
                } else if let Some(number) = cell.strip_prefix('€') {
                    format!("<c r=\"{column}{row}\" s=\"1\"><v>{number}</v></c>")
                } else if let Some(formula) = cell.strip_prefix('=') {
                    format!("<c r=\"{column}{row}\"><f>{formula}</f><v></v></c>")
                } else if cell.starts_with('#') {
                    format!("<c r=\"{column}{row}\" t=\"e\"><v>{cell}</v></c>")
                } else {
                    format!("<c r=\"{column}{row}\" t=\"inlineStr\"><is><t>{cell}</t></is></c>")
                };
            }
            sheet += "</row>";
        }
        put(
            &format!("xl/worksheets/sheet{place}.xml"),
            format!("{sheet}</sheetData>{merged}</worksheet>"),
        );
    }
    let book = format!("<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\"><sheets>{entries}</sheets></workbook>");
    put("xl/workbook.xml", book);
    put(
        "xl/styles.xml",
        format!(
            "<styleSheet xmlns=\"{MAIN}\"><numFmts count=\"1\"><numFmt numFmtId=\"164\" formatCode=\"[$€-407] #,##0.00\"/></numFmts>\
             <cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"164\"/></cellXfs></styleSheet>"
        ),
    );
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

fn rows_of(book: Vec<u8>) -> Vec<crate::import::Row> {
    let mut file = FilmFile::open(Cursor::new(book)).unwrap();
    std::iter::from_fn(|| file.next().unwrap()).collect()
}

#[test]
fn a_cell_without_a_value_that_can_be_read_is_told_or_refuses_its_row() {
    let films: &[&[&str]] = &[
        &["Título", "Ano", "Direção", "Preço"],
        &["A", "1950", "#REF!", "R$ 1,00"],
        &["B", "1951", "=C2", "R$ 1,00"],
        &["C", "1952", "X", "#N/A"],
        &["D", "1953", "X", "=3*5"],
        &["=A2", "1954", "X", "R$ 1,00"],
    ];
    let rows = rows_of(workbook(&[("Filmes", films)]));
    for row in &rows[..2] {
        assert!(row.film.as_ref().unwrap().directors.is_empty());
        assert_eq!(row.notes.len(), 1, "{:?}", row.notes);
    }
    for (row, field) in rows[2..].iter().zip(["Preço", "Preço", "Título"]) {
        assert_eq!(row.film.as_ref().unwrap_err().field, field);
    }
}

#[test]
fn merged_cells_are_read_in_each_of_their_rows() {
    let films: &[&[&str]] = &[
        &["Mostra 2026", "", "", ""],
        &["Título", "Ano", "Direção", "Preço"],
        &["A", "1950", "X", "R$ 1,00"],
        &["B", "1951"],
        &["C", "1952", "", "R$ 3,00"],
    ];
    let rows = rows_of(workbook_with(&[("Filmes", films)], &["A1:D1", "C3:C5", "D3:D4"]));
    let films: Vec<_> = rows.into_iter().map(|row| row.film.unwrap()).collect();
    let read: Vec<_> = films
        .iter()
        .map(|film| {
            (
                film.name.as_str(),
                film.directors.join("|"),
                film.offers[0].price.as_ref().unwrap().amount_minor,
            )
        })
        .collect();
    let x = || "X".to_owned();
    assert_eq!(read, [("A", x(), 100), ("B", x(), 100), ("C", x(), 300)]);
    let huge = workbook_with(&[("Filmes", &[&["Título", "Ano"], &["A", "1950"]])], &["A2:XFD1048576"]);
    assert_eq!(rows_of(huge).len(), 1, "rows that are not there are not made");
}

#[test]
fn an_empty_workbook_says_that_it_is_empty() {
    let broken = FilmFile::open(Cursor::new(workbook(&[("Filmes", &[])]))).err().unwrap();
    assert!(broken.reason.contains("empty"), "{}", broken.reason);
}

#[test]
fn a_number_is_a_price_with_a_decimal_point() {
    let films: &[&[&str]] = &[
        &["Título", "Ano", "Preço (R$)"],
        &["A", "1950", "15.645"],
        &["B", "1951", "14.9"],
        &["C", "1952", "1490"],
        &["D", "1953", "14,900"],
        &["E", "1954", "9,90"],
    ];
    let rows = rows_of(workbook(&[("Filmes", films)]));
    let prices: Vec<_> = rows.iter().map(price).collect();
    assert_eq!(prices, ["BRL:1565", "BRL:1490", "BRL:149000", "BRL:1490", "BRL:990"]);
    let told: Vec<_> = rows.iter().map(|row| row.notes.len()).collect();
    assert_eq!(told, [1, 0, 0, 0, 0]);
    assert!(rows[0].notes[0].what.contains("rounded"), "{:?}", rows[0].notes);
}

#[test]
fn the_format_of_a_number_says_its_currency() {
    let films: &[&[&str]] = &[
        &["Título", "Ano", "Preço"],
        &["A", "1950", "€14.9"],
        &["B", "€1951", "R$ 9,90"],
        &["C", "1952", "5"],
    ];
    let rows = rows_of(workbook(&[("Filmes", films)]));
    assert_eq!(
        (price(&rows[0]), price(&rows[1])),
        ("EUR:1490".into(), "BRL:990".into())
    );
    assert_eq!(rows[1].film.as_ref().unwrap().year, 1951);
    let refusal = rows[2].film.as_ref().unwrap_err();
    assert!(refusal.reason.contains("--currency"), "{}", refusal.reason);
}

fn price(row: &crate::import::Row) -> String {
    let price = row.film.as_ref().unwrap().offers[0].price.as_ref().unwrap();
    format!("{}:{}", price.currency_code, price.amount_minor)
}

#[test]
fn an_ods_workbook_says_what_to_do() {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for name in ["mimetype", "content.xml"] {
        archive.start_file(name, SimpleFileOptions::default()).unwrap();
        archive.write_all(b"x").unwrap();
    }
    let ods = archive.finish().unwrap().into_inner();
    let broken = FilmFile::open(Cursor::new(ods)).err().unwrap();
    assert!(
        broken.reason.contains("ODS") && broken.reason.contains("XLSX or CSV"),
        "{}",
        broken.reason
    );
}
