//! Identities for films that have none: derived from name and year, so that importing a file again finds the same films.

use api::catalogue::TitleInput;

use super::Refusal;
use super::names::{fold, is_latin};

/// The source of films that are identified by name and year.
const BY_NAME: &str = "by-name";
/// The signs at the end of a word that are part of it.
const SIGNS: [char; 2] = ['+', '#'];
/// The source of films that have an id, but do not state its source.
const OWN: &str = "own";

/// Gives the film an identity; refuses it if it has neither an id nor a name and a year.
pub(super) fn identified(mut film: TitleInput) -> Result<TitleInput, Refusal> {
    if film.source_id.trim().is_empty() {
        let lacks = |field: &str| Refusal {
            name: film.name.clone(),
            ..Refusal::new(field, format!("A film without a source_id needs a {field}."))
        };
        if film.name.trim().is_empty() {
            return Err(lacks("name"));
        }
        if film.year == 0 {
            return Err(lacks("year"));
        }
        let name = identifying(&film.name).replace(' ', "-");
        film.source_id = format!("{name}-{}", film.year);
        if film.source.is_empty() {
            BY_NAME.clone_into(&mut film.source);
        }
    } else if film.source.is_empty() {
        OWN.clone_into(&mut film.source);
    }
    Ok(film)
}

/// The part of a name that identifies its film. A name in Latin letters counts without accents; in other scripts marks distinguish
/// words. Of signs count those that a word ends with: `C++` is not `C`.
pub(super) fn identifying(name: &str) -> String {
    let words: Vec<_> = name
        .split_whitespace()
        .filter_map(|word| {
            let bare = if is_latin(name) { fold(word) } else { text::key(word) };
            let is_word = word.contains(char::is_alphanumeric);
            let signs = word.get(word.trim_end_matches(SIGNS).len()..).unwrap_or_default();
            is_word.then(|| format!("{bare}{signs}"))
        })
        .collect();
    if words.is_empty() {
        name.trim().to_owned()
    } else {
        words.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(source: &str, source_id: &str, name: &str, year: i32) -> (String, String) {
        let film = identified(TitleInput {
            source: source.to_owned(),
            source_id: source_id.to_owned(),
            name: name.to_owned(),
            year,
            ..TitleInput::default()
        });
        film.map_or_else(
            |refusal| (String::new(), refusal.field),
            |film| (film.source, film.source_id),
        )
    }

    #[test]
    fn a_film_without_an_identity_is_known_by_its_name_and_year() {
        let known = |source: &str, id: &str| (source.to_owned(), id.to_owned());
        assert_eq!(
            identity("", "", "São Paulo, S.A.", 1965),
            known("by-name", "sao-paulo-s-a-1965")
        );
        assert_eq!(identity("fest", "", "Limite", 1931), known("fest", "limite-1931"));
        assert_eq!(identity("fest", "7", "Limite", 1931), known("fest", "7"));
        assert_eq!(identity("", "7", "Limite", 1931), known("own", "7"));
        assert_eq!(identity("", "", "Limite", 0), known("", "year"));
        assert_eq!(identity("fest", "", " ", 1931), known("", "name"));
        assert_eq!(identity("", "", "!!!", 2004), known("by-name", "!!!-2004"));
    }

    #[test]
    fn what_distinguishes_names_distinguishes_identities() {
        for (one, other) in [
            ("राम", "रमा"),
            ("कल", "काल"),
            ("バス", "ハス"),
            ("ハス", "パス"),
            ("Май", "Маи"),
            ("กา", "กี"),
            ("ကို", "ကု"),
            ("C++", "C#"),
            ("C++", "C"),
            ("C#", "C"),
            ("$", "$$"),
        ] {
            assert_ne!(identifying(one), identifying(other), "{one} and {other}");
        }
    }

    #[test]
    fn identities_in_latin_letters_are_as_they_were() {
        for (name, id) in [
            ("Fast & Furious", "fast furious"),
            ("Romeo + Juliet", "romeo juliet"),
            ("X-Men: O Filme", "x men o filme"),
            ("  (500) Dias – com Ela ", "500 dias com ela"),
            ("L’Âge d’or", "l age d or"),
            ("Straße", "straße"),
            ("Alien³", "alien3"),
            ("Mother!", "mother"),
        ] {
            assert_eq!(identifying(name), id);
        }
    }
}
