//! More habits of spreadsheets and programs: each is read as it is meant, or reported.

use std::io::Cursor;

use super::super::*;

fn rows_as(text: impl AsRef<[u8]>, reading: &Reading) -> Vec<Row> {
    let mut file = FilmFile::open_as(Cursor::new(text.as_ref().to_vec()), reading).unwrap();
    std::iter::from_fn(|| file.next().unwrap()).collect()
}

fn rows(text: impl AsRef<[u8]>) -> Vec<Row> {
    rows_as(text, &Reading::default())
}

fn told(row: &Row) -> String {
    let notes = row.notes.iter().map(|note| format!("{}: {}", note.column, note.what));
    notes.collect::<Vec<_>>().join("\n")
}

fn in_currency(currency: &str) -> Reading {
    Reading {
        currency: Some(currency.to_owned()),
        ..Reading::default()
    }
}

#[test]
fn a_row_that_lacks_a_name_or_a_year_says_so() {
    let rows = rows("Título;Ano;Preço\n;1950;R$ 1,00\nTotal;;R$ 10,00\nA;1950;R$ 1,00\n");
    let fields: Vec<_> = rows
        .iter()
        .map(|row| row.film.as_ref().err().map(|refusal| refusal.field.as_str()))
        .collect();
    assert_eq!(fields, [Some("name"), Some("year"), None]);
    assert_eq!(rows[1].film.as_ref().unwrap_err().name, "Total");
    let object = super::rows_of(br#"[{"name": "A"}]"#).0.remove(0);
    assert_eq!(object.film.unwrap_err().field, "year");
}

#[test]
fn an_error_of_a_spreadsheet_is_no_text() {
    let rows = rows(
        "Título;Ano;Direção;Sinopse;Preço\n#REF!;1950;A;;\nB;1951;#N/D;#NOME?;R$ 1,00\nC;1952;A;;#VALOR!\nD;#DIV/0!;A;;\n\
         '#REF!;1953;#1 Fan;;\n",
    );
    for (place, field) in [(0, "Título"), (2, "Preço"), (3, "Ano")] {
        let refusal = rows[place].film.as_ref().unwrap_err();
        assert_eq!(refusal.field, field);
        assert!(refusal.reason.contains("spreadsheet"), "{}", refusal.reason);
    }
    let film = rows[1].film.as_ref().unwrap();
    assert!(film.directors.is_empty() && film.synopses.is_empty(), "{film:?}");
    assert!(
        !film.fields.iter().any(|field| field == "directors"),
        "it stays as it is"
    );
    assert!(told(&rows[1]).contains("#N/D") && told(&rows[1]).contains("#NOME?"));
    let film = rows[4].film.as_ref().unwrap();
    assert_eq!(
        (film.name.as_str(), film.directors.join("|").as_str()),
        ("#REF!", "#1 Fan")
    );
}

#[test]
fn names_are_turned_in_front_of_a_name_in_parentheses_too() {
    for (written, name) in [
        (
            "City of Lost Children, The (Cité des enfants perdus, La) (1995)",
            "The City of Lost Children (La Cité des enfants perdus)",
        ),
        ("Postman, The (Postino, Il) (1995)", "The Postman (Il Postino)"),
        ("Seven (a.k.a. Se7en) (1995)", "Seven (a.k.a. Se7en)"),
        (
            "Shanghai Triad (Yao a yao, yao) (1995)",
            "Shanghai Triad (Yao a yao, yao)",
        ),
    ] {
        let row = rows(format!("movieId,title\n1,\"{written}\"\n")).remove(0);
        assert_eq!(row.film.unwrap().name, name);
    }
}

#[test]
fn a_year_behind_a_name_that_its_column_says_too_is_no_part_of_the_name() {
    for header in ["Title,Year", "Year,Title"] {
        let cells = |name: &str, year: &str| match header {
            "Title,Year" => format!("{name},{year}"),
            _ => format!("{year},{name}"),
        };
        let text = format!(
            "{header}\n{}\n{}\n{}\n",
            cells("Limite (1931)", "1931"),
            cells("\"Hour of the Star, The (1985)\"", "1985"),
            cells("Blade Runner (2049)", "2017")
        );
        let rows = rows(text);
        let names: Vec<_> = rows
            .iter()
            .map(|row| row.film.as_ref().unwrap().name.as_str())
            .collect();
        assert_eq!(
            names,
            ["Limite", "The Hour of the Star", "Blade Runner (2049)"],
            "{header}"
        );
        assert!(!rows[0].notes.is_empty() && !rows[1].notes.is_empty() && rows[2].notes.is_empty());
    }
    let own = rows("name,year\nLimite (1931),1931\n");
    assert_eq!(
        own[0].film.as_ref().unwrap().name,
        "Limite (1931)",
        "the store's own tables say what they mean"
    );
}

#[test]
fn of_two_columns_of_one_name_a_mapping_means_the_first() {
    let text = "Título;Título;Ano\nA;B;1950\n";
    let file = FilmFile::open(Cursor::new(text)).unwrap();
    let mapping = Mapping::parse(file.mapping().unwrap()).unwrap();
    let reading = Reading {
        mapping: Some(mapping),
        ..Reading::default()
    };
    assert_eq!(rows_as(text, &reading)[0].film.as_ref().unwrap().name, "A");
}

#[test]
fn a_dollar_sign_is_of_the_currency_that_is_given() {
    let read = |reading: &Reading, price: &str| {
        let row = rows_as(format!("Title;Year;Price\nA;1950;{price}\n"), reading).remove(0);
        row.film
            .map(|film| film.offers[0].price.clone().unwrap().amount_minor)
            .ok()
    };
    assert_eq!(read(&in_currency("USD"), "$9.99"), Some(999));
    assert_eq!(read(&in_currency("BRL"), "$ 14,90"), Some(1490));
    assert_eq!(read(&in_currency("EUR"), "$9.99"), None, "an euro is no dollar");
    let broken = FilmFile::open(Cursor::new("Title;Year;Price\nA;1950;$9.99\n"))
        .err()
        .unwrap();
    assert!(broken.reason.contains("--currency"), "{}", broken.reason);
}

#[test]
fn the_name_of_a_column_may_say_what_its_prices_are_in() {
    for (header, currencies) in [
        ("Título;Ano;Aluguel (R$);Compra (R$)", ["BRL", "BRL"]),
        ("Title;Year;Rental price (BRL);Purchase price USD", ["BRL", "USD"]),
        ("Name;Year;rent_price_EUR;Buy price [€]", ["EUR", "EUR"]),
    ] {
        let row = rows(format!("{header}\nA;1950;14,90;39,90\n")).remove(0);
        let film = row.film.unwrap();
        let prices = film.offers.iter().map(|offer| offer.price.clone().unwrap());
        let prices: Vec<_> = prices.map(|price| (price.amount_minor, price.currency_code)).collect();
        let [rent, buy] = currencies.map(str::to_owned);
        assert_eq!(prices, [(1490, rent), (3990, buy)], "{header}");
    }
    let row = rows("Título;Ano;Preço (R$)\nA;1950;US$ 3,99\n").remove(0);
    let price = row.film.unwrap().offers[0].price.clone().unwrap();
    assert_eq!(price.currency_code, "USD", "what the cell says comes first");
}

#[test]
fn cells_that_a_spreadsheet_leaves_out_at_the_end_of_a_row_leave_their_fields() {
    let rows = rows("Título;Ano;Direção;Preço;Obs\nA;1950;X;R$ 1,00;\nB;1951;Y\n* nota\nC;1953;X;R$ 1,00;;\n");
    let film = rows[1].film.as_ref().unwrap();
    assert_eq!((film.directors.join("|").as_str(), film.offers.len()), ("Y", 0));
    assert!(told(&rows[1]).contains("3 cells"), "{}", told(&rows[1]));
    assert_eq!(rows[2].film.as_ref().unwrap_err().field, "year");
    assert!(rows[3].film.is_ok() && rows[3].notes.is_empty());
}

#[test]
fn countries_and_languages_may_have_a_word_between_them() {
    let row = rows("Title;Year;Country;Language\nA;1950;Brasil e França;Inglês e Francês\n").remove(0);
    let film = row.film.as_ref().unwrap();
    assert_eq!(
        (film.countries.join(" "), film.languages.join(" ")),
        ("BR FR".to_owned(), "en fr".to_owned())
    );
    let row = rows("Title;Year;Country\nA;1950;Bosnia and Herzegovina\n").remove(0);
    assert_eq!(row.film.unwrap().countries, ["BA"]);
}

#[test]
fn a_header_is_found_below_many_lines() {
    let above = "Mostra 2026;;\n".repeat(15);
    assert_eq!(
        rows(format!("{above}Título;Ano;Direção\nA;1950;X\n"))[0]
            .film
            .as_ref()
            .unwrap()
            .name,
        "A"
    );
}

#[test]
fn days_may_name_their_month() {
    let rows = rows(
        "Título;Ano;Preço;Disponível até\nA;1950;R$ 1,00;31-Jan-2027\nB;1951;R$ 1,00;31 de janeiro de 2027\n\
         C;1952;R$ 1,00;\"Jan 31, 2027\"\nD;1953;R$ 1,00;31/jan./2027\nE;1954;R$ 1,00;31 de foo de 2027\n",
    );
    let ends: Vec<_> = rows
        .iter()
        .map(|row| row.film.as_ref().ok().map(|film| film.offers[0].available_until_us))
        .collect();
    let wanted = "2027-01-31T23:59:59Z"
        .parse::<jiff::Timestamp>()
        .unwrap()
        .as_microsecond();
    assert_eq!(ends, [Some(wanted), Some(wanted), Some(wanted), Some(wanted), None]);
}

#[test]
fn a_table_that_is_not_understood_says_in_what_letters_it_was_read() {
    let text: Vec<u8> = "T\u{ed}tulo;Dire\u{e7}\u{e3}o;S\u{e3}o\nA hist\u{f3}ria de Jo\u{e3}o;S\u{e3}o;x\n"
        .replace("T\u{ed}tulo", "Fita \u{e9}")
        .chars()
        .map(|letter| u8::try_from(u32::from(letter)).unwrap())
        .collect();
    let broken = FilmFile::open(Cursor::new(text)).err().unwrap();
    assert!(
        broken.reason.contains("windows-1252") && broken.reason.contains("--encoding"),
        "{}",
        broken.reason
    );
}

#[test]
fn a_list_of_letterboxd_has_the_identities_of_its_other_exports() {
    let list = rows(
        "Letterboxd list export v7\nDate,Name,Tags,URL,Description\n2024-03-01,L,,https://letterboxd.com/x,\n\n\
         Position,Name,Year,URL,Description\n1,Limite,1931,https://boxd.it/2,\n",
    );
    let watched = rows("Date,Name,Year,Letterboxd URI\n2024-03-01,Limite,1931,https://boxd.it/2\n");
    let identity = |row: &Row| {
        let film = row.film.as_ref().unwrap();
        (film.source.clone(), film.source_id.clone())
    };
    assert_eq!(
        identity(&list[0]),
        ("letterboxd".to_owned(), "https://boxd.it/2".to_owned())
    );
    assert_eq!(identity(&list[0]), identity(&watched[0]));
}

#[test]
fn workbooks_of_other_programs_are_named() {
    let old = [&b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"[..], &[0; 600]].concat();
    for (file, named) in [(old, "XLSX"), (b"%PDF-1.7\n".to_vec(), "PDF")] {
        let broken = FilmFile::open(Cursor::new(file)).err().unwrap();
        assert!(broken.reason.contains(named), "{}", broken.reason);
    }
}

const AVAILS: &str = "Territory,WorkType,EntryType,TitleInternalAlias,TitleDisplayUnlimited,LicenseType,Start,End,PriceType,\
                      PriceValue,SRP,ContentID,ReleaseYear,TotalRunTime";

#[test]
fn a_right_with_more_cells_than_columns_is_refused_as_that() {
    let right =
        "BR,Movie,Full Extract,Pixote, a Lei,Pixote, a Lei,EST,2026-01-01,2027-01-31,WSP,9.90,14.90,md:1,1980,02:08:00";
    let good = "BR,Movie,Full Extract,B,B,EST,2026-01-01,2027-01-31,WSP,9.90,14.90,md:2,1981,02:08:00";
    let rows = rows(format!("{AVAILS}\n{right}\n{good},,\n"));
    let refusal = rows[0].film.as_ref().unwrap_err();
    assert!(refusal.reason.contains("16 cells"), "{}", refusal.reason);
    assert!(rows[0].notes.is_empty(), "{:?}", rows[0].notes);
    assert!(rows[1].film.is_ok());
}

#[test]
fn what_cannot_be_read_of_a_right_is_told() {
    let right = |name: &str, start: &str, time: &str| {
        format!("BR,Movie,Full Extract,{name},{name},EST,{start},12/31/2027,WSP,9.90,14.90,md:{name},1980,{time}")
    };
    let text = [
        AVAILS.to_owned(),
        right("A", "1/2/2026", "long"),
        right("Bétula", "1/31/2026", "PT2H8M"),
        right("#REF!", "1/31/2026", "80"),
    ];
    let mut bytes = text.join("\n").into_bytes();
    bytes.extend(b"\n".iter().chain(right("\u{1}", "1/31/2026", "80").as_bytes()));
    let bytes: Vec<u8> = bytes
        .into_iter()
        .map(|byte| if byte == 1 { 0xff } else { byte })
        .collect();
    let rows = rows(&bytes);
    let film = rows[0].film.as_ref().unwrap();
    let begins = "2026-01-02T00:00:00Z"
        .parse::<jiff::Timestamp>()
        .unwrap()
        .as_microsecond();
    assert_eq!(
        film.offers[0].available_from_us, begins,
        "other rows show that months come first"
    );
    assert!(
        told(&rows[0]).contains("TotalRunTime") && told(&rows[0]).contains("BRL"),
        "{}",
        told(&rows[0])
    );
    assert_eq!(rows[1].film.as_ref().unwrap().runtime_minutes, 128);
    assert!(rows[2].film.as_ref().unwrap_err().reason.contains("spreadsheet"));
    assert!(rows[3].film.as_ref().unwrap_err().reason.contains("--encoding"));
}
