//! Finds out which field each column of a table holds: by the store's own names, by the names that other programs and
//! people use, or by a mapping.

use std::sync::LazyLock;

use super::names::{fold, tag};
use super::prices;

/// The store's fields that hold one value, by their names in files. `docs/import.md` explains them.
const FIELDS: [&str; 26] = [
    "id",
    "source",
    "source_id",
    "name",
    "original_name",
    "name_pt",
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
    "synopsis",
    "rent_price",
    "buy_price",
    "available_from",
    "available_until",
];
const KINDS: [&str; 2] = ["rent", "buy"];
const OFFER_FIELDS: [&str; 5] = [
    "id",
    "start_window_hours",
    "viewing_window_hours",
    "available_from",
    "available_until",
];

/// Other names of columns, in English, Portuguese and Spanish, and of programs that export films. If several columns
/// have names of one field, the column whose name comes first in this list is read.
static CALLED: LazyLock<Vec<(&str, Vec<String>)>> = LazyLock::new(|| {
    let lines = include_str!("names/columns.tsv").lines();
    let lines = lines.filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| line.split_once('\t'))
        .map(|(field, names)| (field, names.split('\t').map(fold).collect()))
        .collect()
});

/// The languages of synopses that the name of the column implies.
const SYNOPSIS_LANGUAGES: [(&str, &str); 5] = [
    ("sinopse", "pt-BR"),
    ("resumo", "pt-BR"),
    ("sinopsis", "es"),
    ("resumen", "es"),
    ("", "en"),
];

/// Programs that are recognized by their columns, with the column that is a film's identity.
const PROGRAMS: [(&str, &str, &[&str]); 7] = [
    ("imdb", "tconst", &["tconst"]),
    ("imdb", "const", &["const"]),
    ("movielens", "movieid", &["movieid"]),
    ("tmdb", "id", &["id", "original language", "overview"]),
    ("letterboxd", "letterboxd uri", &["letterboxd uri"]),
    // A list of Letterboxd: other programs' lists do not have these five columns.
    ("letterboxd", "url", &["url", "position", "name", "year", "description"]),
    ("filmfreeway", "tracking number", &["tracking number", "submission id"]),
];

/// The meaning of a table's columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Guess {
    /// The store's field for each column; `None` if it is left out.
    pub(super) fields: Vec<Option<String>>,
    /// The films' source, if no column has it.
    pub(super) source: Option<String>,
    /// Whether every column has one of the store's own names.
    pub(super) is_own: bool,
}

impl Guess {
    pub(super) fn has(&self, field: &str) -> bool {
        self.fields.iter().flatten().any(|known| known == field)
    }

    /// How many columns are understood; 0 if they cannot identify a film.
    pub(super) fn score(&self) -> usize {
        let is_film = self.has("name") || (self.has("source") && self.has("source_id"));
        // The line in which a program describes itself may have a name too, but it has no year.
        let whole = if self.has("name") && self.has("year") { 2 } else { 0 };
        if is_film {
            self.fields.iter().flatten().count() + whole
        } else {
            0
        }
    }
}

/// Guesses the fields of columns from their names.
pub(super) fn guess(header: &[String]) -> Guess {
    let own: Vec<_> = header.iter().map(|name| own_field(name)).collect();
    let named = |name: &String| !name.is_empty();
    let is_own = header
        .iter()
        .zip(&own)
        .all(|(name, own)| !named(name) || (own.as_deref() == Some(name.as_str()) && name != "synopsis"));
    let folded: Vec<_> = header.iter().map(|name| fold(name)).collect();
    let program = PROGRAMS
        .into_iter()
        .find(|(_, _, marks)| marks.iter().all(|mark| folded.iter().any(|name| name == mark)));
    let has_source_id = own.iter().flatten().any(|field| field == "source_id");
    let mut guess = Guess {
        fields: vec![None; header.len()],
        source: None,
        is_own,
    };
    for (place, field) in own.into_iter().enumerate() {
        let Some(field) = field else { continue };
        // Without the store's own identity, these columns are another program's.
        let is_others = !has_source_id && matches!(field.as_str(), "id" | "popularity" | "created_at");
        if !is_others && !guess.has(&field) {
            guess.fields[place] = Some(field);
        }
    }
    if let Some((source, identity, _)) = program.filter(|_| !has_source_id) {
        guess.source = Some(source.to_owned());
        let place = folded.iter().position(|name| name == identity);
        if let Some(field) = place.and_then(|place| guess.fields.get_mut(place)) {
            *field = Some("source_id".to_owned());
        }
    }
    for (field, names) in CALLED.iter() {
        for name in names {
            let place = folded.iter().position(|folded| folded == name);
            let Some(place) = place.filter(|place| guess.fields[*place].is_none()) else {
                continue;
            };
            // IMDb's description is that of the list, not of the film.
            if *field == "synopsis"
                && name == "description"
                && (program.is_some() || folded.contains(&"position".to_owned()))
            {
                continue;
            }
            let field = if *field == "synopsis" {
                synopsis(name)
            } else {
                (*field).to_owned()
            };
            if !guess.has(&field) {
                guess.fields[place] = Some(field);
            }
        }
    }
    // A column of prices may name its currency.
    for (place, name) in header
        .iter()
        .enumerate()
        .filter(|(_, name)| prices::currency_in(name).is_some())
    {
        let plain = fold(&prices::without_currency(name));
        let own = own_field(&plain.replace(' ', "_"));
        let called = CALLED.iter().find(|(_, names)| names.contains(&plain));
        let field = own.or_else(|| called.map(|(field, _)| (*field).to_owned()));
        let is_price = |field: &String| matches!(field.as_str(), "rent_price" | "buy_price");
        if let Some(field) = field.filter(|field| is_price(field) && !guess.has(field))
            && guess.fields[place].is_none()
        {
            guess.fields[place] = Some(field);
        }
    }
    // A column of synopses may not name its language.
    for (place, field) in guess.fields.iter_mut().enumerate() {
        if field.as_deref() == Some("synopsis") {
            *field = Some(synopsis(&folded[place]));
        }
    }
    // Two names may mean one field, of which the first counts.
    for place in 1..guess.fields.len() {
        let (before, rest) = guess.fields.split_at_mut(place);
        if let Some(field) = rest.first_mut() {
            field.take_if(|field| before.iter().flatten().any(|known| full(known) == full(field)));
        }
    }
    guess
}

/// The longer name of a field that has two.
fn full(field: &str) -> &str {
    match field {
        "name_pt" => "localized_names.pt-BR",
        field => field,
    }
}

fn synopsis(name: &str) -> String {
    let language = SYNOPSIS_LANGUAGES
        .into_iter()
        .find(|(known, _)| name.starts_with(known));
    format!("synopsis.{}", language.map_or("en", |(_, language)| language))
}

/// The store's field of this name, in any case and with any spaces.
pub(super) fn own_field(name: &str) -> Option<String> {
    let plain = name.trim().to_lowercase().replace([' ', '-'], "_");
    if FIELDS.contains(&plain.as_str()) {
        return Some(plain);
    }
    if let Some((object, language)) = name.trim().split_once('.') {
        let object = object.trim().to_lowercase().replace([' ', '-'], "_");
        let is_text = matches!(object.as_str(), "synopsis" | "localized_names");
        return Some(format!("{object}.{}", tag(language)?)).filter(|_| is_text);
    }
    offer_field(&plain).is_some().then_some(plain)
}

/// The kind and the field of an offer's column.
pub(super) fn offer_field(field: &str) -> Option<(&'static str, &'static str)> {
    let (kind, rest) = field.split_once('_')?;
    let kind = KINDS.into_iter().find(|known| *known == kind)?;
    if rest == "price" {
        return Some((kind, "price"));
    }
    OFFER_FIELDS
        .into_iter()
        .find(|known| *known == rest)
        .map(|field| (kind, field))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(header: &str) -> String {
        let header: Vec<_> = header.split(';').map(ToOwned::to_owned).collect();
        let fields = guess(&header).fields;
        let fields: Vec<_> = fields
            .into_iter()
            .map(|field| field.unwrap_or_else(|| "-".to_owned()))
            .collect();
        fields.join(";")
    }

    #[test]
    fn a_spreadsheet_in_portuguese_or_spanish_is_understood() {
        let header = "Título;Título original;Ano;Duração;País;Idioma;Direção;Gênero;Classificação;Sinopse;Preço;\
                      Disponível de;Disponível até;Cartaz;Observações";
        let wanted = "name;original_name;year;runtime_minutes;countries;languages;directors;genres;age_rating;\
                      synopsis.pt-BR;rent_price;available_from;available_until;image_url;-";
        assert_eq!(fields(header), wanted);
        let header = "Título;Año;Duración;Países;Director;Género;Sinopsis;Precio alquiler;Precio compra";
        let wanted = "name;year;runtime_minutes;countries;directors;genres;synopsis.es;rent_price;buy_price";
        assert_eq!(fields(header), wanted);
    }

    #[test]
    fn other_programs_are_known_by_their_columns() {
        assert_eq!(
            fields("tconst;titleType;primaryTitle;originalTitle;startYear"),
            "source_id;-;name;original_name;year"
        );
        assert_eq!(fields("movieId;title;genres"), "source_id;name;genres");
        assert_eq!(
            fields("Position;Const;Description;Title;Year;Release Date"),
            "-;source_id;-;name;year;-"
        );
        let tmdb = "genres;id;original_language;original_title;overview;popularity;release_date;spoken_languages;title";
        assert_eq!(
            fields(tmdb),
            "genres;source_id;-;original_name;synopsis.en;-;year;languages;name"
        );
        assert_eq!(fields(";title;year;runtime"), "-;name;year;runtime_minutes");
    }

    #[test]
    fn own_names_are_known_in_any_letters() {
        assert_eq!(
            fields("Source;SOURCE_ID;Name;Synopsis.pt-br;Rent price"),
            "source;source_id;name;synopsis.pt-BR;rent_price"
        );
        let own: Vec<String> = [
            "id",
            "source",
            "source_id",
            "name",
            "rent_available_until",
            "synopsis.en",
        ]
        .map(Into::into)
        .into();
        let guess = guess(&own);
        assert!(guess.is_own && guess.fields.iter().all(Option::is_some));
        assert_eq!(fields("synopsis;synopsis.en;year"), "synopsis.en;-;year");
        assert_eq!(fields("synopsis.en;Synopsis;sinopse"), "synopsis.en;-;synopsis.pt-BR");
        assert_eq!(fields("name;name_pt;localized_names.pt-BR"), "name;name_pt;-");
        assert_eq!(guess.score(), 6, "without a year");
    }
}
