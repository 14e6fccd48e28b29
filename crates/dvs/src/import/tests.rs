//! What holds for files of every form.

use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

mod habits;
mod meanings;

/// The rows of a file, and how it ends.
fn rows_of(file: &[u8]) -> (Vec<Row>, Result<(), Broken>) {
    let mut rows = Vec::new();
    let mut read = || -> Result<(), Broken> {
        let mut file = FilmFile::open(Cursor::new(file.to_vec()))?;
        while let Some(row) = file.next()? {
            rows.push(row);
        }
        Ok(())
    };
    let end = read();
    (rows, end)
}

fn films_of(file: &[u8]) -> Vec<TitleInput> {
    let (rows, end) = rows_of(file);
    end.unwrap();
    rows.into_iter().map(|row| said(row.film.unwrap())).collect()
}

/// A film without the list of named fields, so that files which name different ones can be compared.
fn said(mut film: TitleInput) -> TitleInput {
    film.fields.clear();
    film.offers.retain(|offer| offer.price.is_some());
    film.synopses.retain(|text| !text.text.is_empty());
    for offer in &mut film.offers {
        offer.fields.clear();
    }
    film
}

fn gzip(file: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(file).unwrap();
    encoder.finish().unwrap()
}

fn array(films: &[Value]) -> Vec<u8> {
    json!(films).to_string().into_bytes()
}

fn lines(films: &[Value]) -> Vec<u8> {
    films.iter().flat_map(|film| format!("{film}\n").into_bytes()).collect()
}

fn table(films: &[Value]) -> Vec<u8> {
    let mut table = "source,source_id,name,year,cast,synopsis.pt-BR,buy_price\n".to_owned();
    for film in films {
        let cast: Vec<_> = film["cast"]
            .as_array()
            .unwrap()
            .iter()
            .map(|name| name.as_str().unwrap())
            .collect();
        let price = film["offers"][0]["price"]["amount_minor"].as_i64();
        let cells = [
            "test".to_owned(),
            film["source_id"].as_str().unwrap().to_owned(),
            film["name"].as_str().unwrap().to_owned(),
            film["year"].to_string(),
            json!(cast).to_string(),
            film["synopsis"]["pt-BR"].as_str().unwrap_or_default().to_owned(),
            price.map(|minor| format!("BRL:{minor}")).unwrap_or_default(),
        ];
        let cells = cells.map(|cell| format!("\"{}\"", cell.replace('"', "\"\"")));
        table.push_str(&(cells.join(",") + "\r\n"));
    }
    table.into_bytes()
}

/// Texts with all characters that have a meaning in some form.
fn words() -> impl Strategy<Value = String> {
    let words = "[a-zÀ-ü日🎬 ,:\"'\n\r\t\\\\{}\\[\\]]{1,30}";
    words.prop_map(|words| format!("x{words}x"))
}

fn film() -> impl Strategy<Value = Value> {
    let synopsis = prop::option::of(words());
    let price = prop::option::of(1_i64..100_000);
    (
        words(),
        words(),
        1900..2000,
        prop::collection::vec(words(), 0..4),
        synopsis,
        price,
    )
        .prop_map(|(source_id, name, year, cast, synopsis, price)| {
            let offer = |minor| json!({"kind": "buy", "price": {"amount_minor": minor, "currency_code": "BRL"}});
            json!({
                "source": "test", "source_id": source_id, "name": name, "year": year, "cast": cast,
                "synopsis": {"pt-BR": synopsis}, "offers": price.into_iter().map(offer).collect::<Vec<_>>(),
            })
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_same_films_are_read_from_every_form(films in prop::collection::vec(film(), 1..20)) {
        let read = films_of(&array(&films));
        prop_assert_eq!(read.len(), films.len());
        prop_assert_eq!(&films_of(&lines(&films)), &read);
        prop_assert_eq!(&films_of(&table(&films)), &read);
        prop_assert_eq!(&films_of(&gzip(&table(&films))), &read);
        let marked = [b"\xef\xbb\xbf".as_slice(), &lines(&films)].concat();
        prop_assert_eq!(&films_of(&marked), &read);
    }

    #[test]
    fn a_cut_file_gives_the_films_before_the_cut(
        films in prop::collection::vec(film(), 1..5),
        cut in any::<prop::sample::Index>(),
    ) {
        let whole = films_of(&array(&films));
        for file in [array(&films), gzip(&array(&films)), gzip(&lines(&films)), gzip(&table(&films))] {
            let (rows, end) = rows_of(&file[..cut.index(file.len())]);
            let broken = end.unwrap_err();
            prop_assert_eq!(broken.row.unwrap_or(1), i64::try_from(rows.len()).unwrap() + 1, "{}", broken.reason);
            let read: Vec<_> = rows.into_iter().map(|row| said(row.film.unwrap())).collect();
            prop_assert!(whole.starts_with(&read));
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(start in "[\\[{\"n]?", bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = rows_of(&[start.as_bytes(), &bytes].concat());
    }
}

#[test]
fn the_shape_of_wikipedia_is_known_in_every_form() {
    let film = json!({"title": "Limite", "year": 1931, "href": "Limite", "thumbnail_width": 220});
    let table = b"title,year,href,thumbnail_width\nLimite,1931,Limite,220\n";
    let read = films_of(table);
    assert_eq!(
        (read[0].source.as_str(), read[0].source_id.as_str()),
        ("wikipedia", "Limite")
    );
    assert_eq!(films_of(&array(std::slice::from_ref(&film))), read);
    assert_eq!(films_of(&lines(&[film])), read);
}

#[test]
fn a_table_that_is_cut_off_says_where_it_ends() {
    for cut in [
        "name,year\na,1950\nb",
        "name,year\na,1950\n\"Another fi",
        "name,year\na,1950\n\"b\n",
    ] {
        let (rows, end) = rows_of(cut.as_bytes());
        let broken = end.unwrap_err();
        assert_eq!(
            (broken.row, broken.reason.as_str()),
            (Some(2), "the file is cut off"),
            "{cut}"
        );
        assert!(rows.len() == 1 && rows[0].film.is_ok(), "{cut}");
    }
}

#[test]
fn a_file_without_text_is_told() {
    for file in [b"".as_slice(), b" \n\n", b"\xef\xbb\xbf", &gzip(b"")] {
        let (rows, end) = rows_of(file);
        assert!(rows.is_empty());
        assert_eq!(end.unwrap_err().reason, "the file is empty");
    }
}
