//! Tables as people have them.

#![expect(clippy::similar_names, reason = "a film and its file, a list and its parts")]

use std::io::Cursor;

use api::catalogue::{OfferKind, TitleInput};
use serde_json::json;

use super::*;
use crate::import::cells::CELLS_LIMIT;
use crate::import::{Broken, FilmFile, ROW_LIMIT_BYTES, Reading, Row};

fn open(text: impl AsRef<[u8]>) -> Result<FilmFile, Broken> {
    FilmFile::open(Cursor::new(text.as_ref().to_vec()))
}

fn rows_of(text: impl AsRef<[u8]>) -> Vec<Row> {
    let mut file = open(text).unwrap();
    std::iter::from_fn(|| file.next().unwrap()).collect()
}

fn films_of(text: impl AsRef<[u8]>) -> Vec<TitleInput> {
    rows_of(text).into_iter().map(|row| row.film.unwrap()).collect()
}

fn notes_of(text: &str) -> Vec<String> {
    let notes = rows_of(text).into_iter().flat_map(|row| row.notes);
    notes.map(|note| format!("{}: {}", note.column, note.what)).collect()
}

#[test]
fn cells_go_where_their_column_says() {
    let header = "source,source_id,name,name_pt,year,cast,synopsis.en,synopsis.pt-BR,rent_price";
    let films = films_of(format!(
        "{header}\nme,1,\"Limite, 1\",,1931,Olga Breno| Raul Schnoor;,A boat.,Um barco.,BRL:590\n"
    ));
    let in_json = json!({
        "source": "me", "source_id": "1", "name": "Limite, 1", "name_pt": null, "year": 1931,
        "cast": ["Olga Breno", "Raul Schnoor;"], "synopsis": {"en": "A boat.", "pt-BR": "Um barco."},
        "offers": [{"kind": "rent", "price": {"amount_minor": 590, "currency_code": "BRL"}}],
    });
    assert_eq!(
        films,
        [mapping::film(serde_json::from_value(in_json).unwrap()).unwrap()]
    );
}

#[test]
fn an_absent_column_is_not_named_and_an_empty_cell_is() {
    let film = films_of("source,source_id,directors,synopsis.en,rent_price\nme,1,,,\n").remove(0);
    let mut named = film.fields.clone();
    named.sort_unstable();
    assert_eq!(named, ["directors", "source", "source_id", "synopses.en"]);
    let mut named = film.offers[0].fields.clone();
    named.sort_unstable();
    assert_eq!(
        (named, &film.offers[0].price),
        (vec!["kind".to_owned(), "price".to_owned()], &None)
    );
}

#[test]
fn a_festivals_spreadsheet_in_portuguese_comes_in() {
    let text = "Título;Ano;Duração;País;Idioma;Direção;Gênero;Classificação;Sinopse;Preço;Disponível de;Disponível até;Nota\r\n\
                Bacurau;2019;131 min;Brasil / França;Português;Kleber Mendonça Filho, Juliano Dornelles;Drama, Ficção;\
                16 anos;\"Um \"\"povoado\"\"; some.\";R$ 14,90;01/02/2026;31/01/2027;x\r\n;;;;;;;;;;;;\r\n";
    let rows = rows_of(text);
    assert_eq!(rows.len(), 1, "an empty row is none");
    let film = rows[0].film.as_ref().unwrap();
    assert_eq!(
        (film.source.as_str(), film.source_id.as_str()),
        ("by-name", "bacurau-2019")
    );
    assert_eq!(
        (film.name.as_str(), film.year, film.runtime_minutes),
        ("Bacurau", 2019, 131)
    );
    assert_eq!(
        (film.countries.join(" "), film.languages.join(" ")),
        ("BR FR".to_owned(), "pt".to_owned())
    );
    assert_eq!(film.directors, ["Kleber Mendonça Filho", "Juliano Dornelles"]);
    assert_eq!((film.genres.len(), film.age_rating.as_str()), (2, "16"));
    assert_eq!(film.synopses[0].language, "pt-BR");
    let offer = &film.offers[0];
    assert_eq!(
        (offer.kind(), offer.price.as_ref().unwrap().amount_minor),
        (OfferKind::Rent, 1490)
    );
    assert_eq!(
        offer.available_from_us,
        "2026-02-01T00:00:00Z"
            .parse::<jiff::Timestamp>()
            .unwrap()
            .as_microsecond()
    );
    assert_eq!(
        offer.available_until_us,
        "2027-01-31T23:59:59Z"
            .parse::<jiff::Timestamp>()
            .unwrap()
            .as_microsecond()
    );
    let file = open(text).unwrap();
    let about = file.about().join("\n");
    for line in [
        "Título → name",
        "Preço → rent_price",
        "left out: Nota",
        "day/month/year",
    ] {
        assert!(about.contains(line), "{line}: {about}");
    }
    let mut latin = Vec::new();
    for letter in text.chars() {
        latin.push(u8::try_from(u32::from(letter)).unwrap());
    }
    let again = open(&latin).unwrap();
    assert!(again.about()[0].contains("windows-1252"), "{:?}", again.about());
    assert_eq!(films_of(&latin), vec![film.clone()]);
    let utf_16: Vec<u8> = "\u{feff}"
        .chars()
        .chain(text.chars())
        .flat_map(|letter| (letter as u16).to_le_bytes())
        .collect();
    assert_eq!(films_of(&utf_16), vec![film.clone()]);
}

#[test]
fn habits_of_spreadsheets_are_understood() {
    for text in [
        "name,year\rA,1950\rB,1951\r",
        "sep=;\r\nname;year\r\nA;1950\r\nB;1951\r\n",
        "name;year;;\nA;1950;;\nB;1951\n;;;\n",
        "Name;YEAR\nA;1950\nB;1951\n",
        "name\tyear\nA\t1950\nB\t1951\n",
        "name|year\nA|1950\nB|1951\n",
        ",title,year\n0,A,1950.0\n1,B,1951.0\n",
        "movieId,title\n1,A (1950)\n2,B (1951)\n",
        "Letterboxd list export v7\nDate,Name,Tags\n2024-03-01,A list,\n\nPosition,Name,Year\n1,A,1950\n2,B,1951\n",
    ] {
        let films = films_of(text);
        let names: Vec<_> = films.iter().map(|film| (film.name.as_str(), film.year)).collect();
        assert_eq!(names, [("A", 1950), ("B", 1951)], "{text}");
    }
    let quotes = "source\tsource_id\tname\tyear\nme\t1\t\"Swing it\" magistern\t1940\nme\t2\t\"Giliap\t1975\nme\t3\tEnd\" quote\t1976\n";
    let names: Vec<_> = films_of(quotes).into_iter().map(|film| film.name).collect();
    assert_eq!(names, ["\"Swing it\" magistern", "\"Giliap", "End\" quote"]);
}

#[test]
fn other_programs_exports_come_in_with_their_identities() {
    let imdb = films_of(
        "tconst\ttitleType\tprimaryTitle\tstartYear\truntimeMinutes\tgenres\ntt1\tmovie\tLimite\t1931\t\\N\tDrama,Sci-Fi\n",
    );
    assert_eq!(
        (
            imdb[0].source.as_str(),
            imdb[0].source_id.as_str(),
            imdb[0].runtime_minutes
        ),
        ("imdb", "tt1", 0)
    );
    assert_eq!(imdb[0].genres, ["Drama", "Sci-Fi"]);
    let tmdb = "genres,id,original_language,overview,popularity,release_date,runtime,spoken_languages,title\n\
                \"[{\"\"id\"\": 18, \"\"name\"\": \"\"Drama\"\"}]\",7,pt,Um barco.,12.5,1931-05-17,114.0,\
                \"[{\"\"iso_639_1\"\": \"\"pt\"\"}]\",Limite\n";
    let tmdb = films_of(tmdb);
    assert_eq!((tmdb[0].source.as_str(), tmdb[0].source_id.as_str()), ("tmdb", "7"));
    assert_eq!(
        (tmdb[0].genres.join(""), tmdb[0].languages.join("")),
        ("Drama".to_owned(), "pt".to_owned())
    );
    assert_eq!(
        (tmdb[0].year, tmdb[0].runtime_minutes, tmdb[0].popularity),
        (1931, 114, 0)
    );
    let movielens =
        rows_of("movieId,title,genres\n3,\"Hour of the Star, The (1985)\",(no genres listed)\n4,No Year,Drama\n");
    let film = movielens[0].film.as_ref().unwrap();
    assert_eq!(
        (film.name.as_str(), film.year, film.genres.len()),
        ("The Hour of the Star", 1985, 0)
    );
    assert_eq!(movielens[0].notes.len(), 1, "a turned name is told");
    assert_eq!(movielens[1].film.as_ref().unwrap().year, 0, "the catalogue refuses it");
}

#[test]
fn what_cannot_be_read_is_told_and_money_and_rights_refuse_their_row() {
    let header = "source,source_id,name,year,countries,age_rating,image_url,rent_price,rent_available_until\n";
    let notes = notes_of(&format!("{header}me,1,A,1950,Brasil; Ruritania,PG-13,a.jpg,,\n"));
    assert_eq!(notes.len(), 3, "{notes:?}");
    assert!(
        notes[0].contains("Ruritania") && notes[1].contains("PG-13"),
        "{notes:?}"
    );
    for (row, field) in [
        ("me,1,A,1950,,,,grátis,", "rent_price"),
        ("me,1,A,1950,,,,R$ 1,", "rent_available_until"),
        ("me,1,A,1950,,,,\"R$ 1,50\",31/02/2027", "rent_available_until"),
        ("me,1,A,soon,,,,,", "year"),
    ] {
        let rows = rows_of(format!("{header}{row}\n"));
        let refusal = rows[0].film.as_ref();
        if row.ends_with("R$ 1,") {
            assert!(refusal.is_ok(), "{refusal:?}");
            continue;
        }
        assert_eq!(refusal.unwrap_err().field, field, "{row}");
    }
}

#[test]
fn one_message_says_all_that_a_table_lacks() {
    let broken = open("Fita;Preço\nx;14,90\n").err().unwrap();
    for part in ["names", "years", "--currency", "Fita", "--mapping"] {
        assert!(broken.reason.contains(part), "{part}: {}", broken.reason);
    }
    let mapping = broken
        .mapping
        .unwrap()
        .replace("\"Fita\" = \"\"", "\"Fita\" = \"name\"");
    let reading = Reading {
        mapping: Some(crate::import::Mapping::parse(&mapping).unwrap()),
        ..Reading::default()
    };
    let still = FilmFile::open_as(Cursor::new("Fita;Preço\nx;14,90\n"), &reading)
        .err()
        .unwrap();
    assert!(
        !still.reason.contains("names") && still.reason.contains("years"),
        "{}",
        still.reason
    );
}

#[test]
fn a_price_without_a_currency_among_others_refuses_its_row_alone() {
    let rows = rows_of("name,year,rent_price\nA,1950,R$ 9\nB,1951,9.90\n");
    assert!(rows[0].film.is_ok());
    let refusal = rows[1].film.as_ref().unwrap_err();
    assert!(
        refusal.field == "rent_price" && refusal.reason.contains("--currency"),
        "{}",
        refusal.reason
    );
    assert!(open("name,year,rent_price\nA,1950,9\nB,1951,9.90\n").is_err());
}

#[test]
fn a_price_that_may_be_in_thousands_is_told() {
    let notes = notes_of("name,year,rent_price\nA,1950,KWD 1.250\nB,1951,KWD 0.500\n");
    assert!(notes.len() == 1 && notes[0].contains("KWD:1250000"), "{notes:?}");
}

#[test]
fn availability_is_of_every_offer_with_a_price() {
    let films = films_of(
        "name,year,rent_price,buy_price,available_until\nA,1950,BRL:1,BRL:2,2027-01-31\nB,1951,,BRL:2,2027-01-31\n",
    );
    let ends = |film: &TitleInput| film.offers.iter().filter(|offer| offer.available_until_us > 0).count();
    assert_eq!((ends(&films[0]), ends(&films[1])), (2, 1));
}

#[test]
fn a_table_may_be_read_otherwise_than_it_seems() {
    let text = "Título;Ano;Obs\nA;1950;Domínio público\n";
    let file = open(text).unwrap();
    let mapping = file
        .mapping()
        .unwrap()
        .replace("\"Obs\" = \"\"", "\"Obs\" = \"licence\"");
    let reading = Reading {
        mapping: Some(crate::import::Mapping::parse(&mapping).unwrap()),
        ..Reading::default()
    };
    let mut file = FilmFile::open_as(Cursor::new(text), &reading).unwrap();
    assert_eq!(file.next().unwrap().unwrap().film.unwrap().licence, "Domínio público");
}

#[test]
fn a_wrong_row_is_refused_and_the_next_is_read() {
    let rows = rows_of(b"year,name,rent_price\n1931\n1931,a,BRL:0.1.1\n1931,\xff,\nsoon,b,\n1931,c,\n1931,d,,e\n");
    let refused = |position: usize| rows[position].film.clone().unwrap_err();
    assert_eq!(refused(0).field, "name");
    assert_eq!(
        (refused(1).name, refused(1).field),
        ("a".to_owned(), "rent_price".to_owned())
    );
    assert_eq!((refused(3).name, refused(3).field), ("b".to_owned(), "year".to_owned()));
    assert_eq!(rows[4].film.as_ref().unwrap().name, "c");
    assert_eq!(rows[4].number, 5);
    assert_eq!(refused(5).reason, "It has 4 cells, and the header has 3.");
}

#[test]
fn a_byte_that_is_no_text_refuses_its_row() {
    let rows = rows_of(
        "name,year\nJoão,1950\nSão,1951\n"
            .replace("São", "Sã\u{1}")
            .into_bytes()
            .iter()
            .map(|byte| if *byte == 1 { 0xff } else { *byte })
            .collect::<Vec<_>>(),
    );
    assert!(rows[0].film.is_ok());
    assert!(rows[1].film.as_ref().unwrap_err().reason.contains("--encoding"));
}

#[test]
fn a_header_that_says_too_little_or_too_much_is_refused() {
    let wide = format!("{}name\n", "x,".repeat(CELLS_LIMIT + 1));
    for (header, named) in [
        ("colour\nblue\n", "colour"),
        ("name,year,name\nA,1950,B\n", "twice"),
        (&wide, "columns"),
    ] {
        let broken = open(header).err().unwrap();
        assert!(
            broken.row.is_none() && broken.reason.contains(named),
            "{header}: {}",
            broken.reason
        );
    }
    assert!(open("").is_err() && open(" \n").is_err());
}

#[test]
fn a_row_over_the_limit_is_refused() {
    let rows = rows_of(format!("name,year\n{},1950\nb,1950\n", "x".repeat(ROW_LIMIT_BYTES + 1)));
    assert_eq!(rows[0].film, Err(Refusal::too_large()));
    assert!(rows[1].film.is_ok());
}

#[test]
fn avails_become_films_with_an_offer_to_rent_and_one_to_buy() {
    let names = "DisplayName,Territory,WorkType,EntryType,TitleDisplayUnlimited,LicenseType,FormatProfile,Start,End,\
                 PriceType,PriceValue,SRP,ContentID,ReleaseYear,RatingSystem,RatingValue,RentalDuration,WatchDuration,TotalRunTime";
    let groups = names.split(',').map(|_| "AvailTrans").collect::<Vec<_>>().join(",");
    let required = groups.replace("AvailTrans", "Required");
    let right = |entry: &str, license: &str, id: &str| {
        format!(
            "V,BR,Movie,{entry},Filme {id},{license},HD,2026-01-01,2027-01-31,WSP,9.90,14.90,{id},1950,ClassInd,14,720,48,01:40:00"
        )
    };
    let text = [
        groups,
        names.to_owned(),
        required,
        right("Full Extract", "EST", "md:1"),
        right("Full Extract", "VOD", "md:1"),
        right("Full Extract", "SVOD", "md:1"),
        right("Full Delete", "EST", "md:2"),
    ];
    let rows = rows_of(text.join("\n"));
    let film = rows[0].film.as_ref().unwrap();
    assert_eq!(
        (film.source.as_str(), film.source_id.as_str(), film.year),
        ("ema", "md:1", 1950)
    );
    assert_eq!(
        (film.age_rating.as_str(), film.runtime_minutes, film.offers.len()),
        ("14", 100, 2)
    );
    let rental = film
        .offers
        .iter()
        .find(|offer| offer.kind() == OfferKind::Rent)
        .unwrap();
    assert_eq!(
        rental
            .price
            .as_ref()
            .map(|price| (price.amount_minor, &*price.currency_code)),
        Some((1490, "BRL"))
    );
    assert_eq!((rental.start_window_hours, rental.viewing_window_hours), (720, 48));
    assert_eq!(
        rental.available_until_us,
        "2027-01-31T23:59:59Z"
            .parse::<jiff::Timestamp>()
            .unwrap()
            .as_microsecond()
    );
    let told: Vec<_> = rows[0].notes.iter().map(|note| note.column.as_str()).collect();
    for column in ["territory", "displayname", "LicenseType", "formatprofile"] {
        assert!(told.contains(&column), "{column}: {told:?}");
    }
    assert_eq!(rows[1].film.as_ref().unwrap_err().field, "EntryType");
}
