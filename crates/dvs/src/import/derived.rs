//! Identities for films that have none: derived from name and year, so that importing a file again finds the same films.

use api::catalogue::TitleInput;

use super::Refusal;
use super::names::fold;

/// The source of films that are identified by name and year.
const BY_NAME: &str = "by-name";
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
        let name = match fold(&film.name).replace(' ', "-") {
            unreadable if unreadable.is_empty() => film.name.trim().to_owned(),
            name => name,
        };
        film.source_id = format!("{name}-{}", film.year);
        if film.source.is_empty() {
            BY_NAME.clone_into(&mut film.source);
        }
    } else if film.source.is_empty() {
        OWN.clone_into(&mut film.source);
    }
    Ok(film)
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
}
