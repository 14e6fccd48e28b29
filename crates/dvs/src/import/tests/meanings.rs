//! Values that may mean two things: the column decides, or the import reports them.

use std::io::Cursor;

use super::super::*;

fn rows_as(text: &str, reading: &Reading) -> Vec<Row> {
    let mut file = FilmFile::open_as(Cursor::new(text.to_owned()), reading).unwrap();
    std::iter::from_fn(|| file.next().unwrap()).collect()
}

fn rows(text: &str) -> Vec<Row> {
    rows_as(text, &Reading::default())
}

/// The price of each row, or the field that refuses it.
fn prices(rows: &[Row]) -> Vec<String> {
    let price = |row: &Row| match &row.film {
        Ok(film) => film.offers[0].price.as_ref().unwrap().amount_minor.to_string(),
        Err(refusal) => format!("{}?", refusal.field),
    };
    rows.iter().map(price).collect()
}

fn told(row: &Row) -> String {
    let notes = row.notes.iter().map(|note| format!("{}: {}", note.column, note.what));
    notes.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_column_of_prices_has_one_sign_of_decimals() {
    let read = rows("Título;Ano;Preço (R$)\nA;1931;14,900\nB;1932;9,90\nC;1933;1.490\n");
    assert_eq!(prices(&read), ["1490", "990", "149000"]);
    let read = rows("title,year,price (USD)\nA,1931,9.90\nB,1932,4.990\nC,1933,\"1,490\"\n");
    assert_eq!(prices(&read), ["990", "499", "149000"]);
}

#[test]
fn without_a_sign_of_decimals_three_digits_are_refused_unless_a_mapping_says_it() {
    let mixed = "title,year,price (USD)\nA,1931,\"14,90\"\nB,1932,9.90\nC,1933,\"1,490\"\nD,1934,4.990\n";
    assert_eq!(prices(&rows(mixed)), ["1490", "990", "price (USD)?", "price (USD)?"]);
    let alone = rows("name,year,rent_price\nA,1931,R$ 1.490\n");
    let refusal = alone[0].film.as_ref().unwrap_err();
    for part in ["BRL:149 ", "BRL:149000", "--mapping"] {
        assert!(refusal.reason.contains(part), "{}", refusal.reason);
    }
    let reading = Reading {
        mapping: Some(Mapping::parse("decimals = \",\"").unwrap()),
        ..Reading::default()
    };
    assert_eq!(prices(&rows_as(mixed, &reading)), ["1490", "990", "149", "499000"]);
    assert!(Mapping::parse("decimals = \"x\"").unwrap_err().contains("decimals"));
    assert_eq!(prices(&rows("name,year,rent_price\nA,1931,CLP 4.990\n")), ["4990"]);
}

#[test]
fn points_are_not_ages() {
    for values in ["4.5\nB,1951,", "8\nB,1951,10", "10\nB,1951,"] {
        let text = format!("Name,Year,Rating\nA,1950,{values}\n");
        let file = FilmFile::open(Cursor::new(text.clone())).unwrap();
        let about = file.about().join("\n");
        assert!(about.contains("left out: Rating"), "{about}");
        for row in rows(&text) {
            assert_eq!(row.film.unwrap().age_rating, "");
        }
    }
    let ages = rows("Name,Year,Rating\nA,1950,10\nB,1951,12\n");
    assert_eq!(ages[1].film.as_ref().unwrap().age_rating, "12");
    let mapping = Mapping::parse("[columns]\nRating = \"age_rating\"").unwrap();
    let reading = Reading {
        mapping: Some(mapping),
        ..Reading::default()
    };
    let ages = rows_as("Name,Year,Rating\nA,1950,10\n", &reading);
    assert_eq!(ages[0].film.as_ref().unwrap().age_rating, "10");
}

#[test]
fn a_running_time_that_no_film_has_is_left_out() {
    let read = rows("name,year,runtime_minutes\nA,1950,480000\nB,1951,6000\n");
    assert_eq!(read[0].film.as_ref().unwrap().runtime_minutes, 0);
    assert!(told(&read[0]).contains("480000"), "{}", told(&read[0]));
    assert_eq!(
        (read[1].film.as_ref().unwrap().runtime_minutes, told(&read[1])),
        (6000, String::new())
    );
}

#[test]
fn languages_have_one_code_each() {
    let read = rows("name,year,languages\nA,1950,\"por, eng\"\nB,1951,old\n");
    assert_eq!(read[0].film.as_ref().unwrap().languages, ["pt", "en"]);
    assert!(read[1].film.as_ref().unwrap().languages.is_empty());
    assert!(told(&read[1]).contains("\"old\" is not known"), "{}", told(&read[1]));
}

#[test]
fn of_two_columns_for_one_field_the_first_counts_and_the_other_is_named() {
    let text = "source,source_id,synopsis,synopsis.en\nown,a,First,Second\n";
    let file = FilmFile::open(Cursor::new(text)).unwrap();
    let about = file.about().join("\n");
    assert!(about.contains("left out: synopsis.en"), "{about}");
    let read = rows(text);
    assert_eq!(read[0].film.as_ref().unwrap().synopses[0].text, "First");
}
