//! Changes some fields of a title: those that an import's row names replace the current ones.

use crate::check::{Refusal, refuse};
use crate::named::Named;
use crate::title::{Facts, Localized, Title};

impl Title {
    /// Refuses facts that belong to another film: the usual cause is a mistyped id in a row.
    pub(crate) fn refuse_rename(&self, facts: &Facts) -> Result<(), Refusal> {
        let is_renamed = text::fold(&self.facts.name) != text::fold(&facts.name);
        let is_of_another_year = self.facts.year != facts.year;
        let known = format!("{:?} ({})", self.facts.name, self.facts.year);
        if is_renamed && is_of_another_year {
            let reason = format!("This is the id of {known}, another film. --allow-renames takes it all the same.");
            return refuse("source_id", reason);
        }
        let field = if is_renamed { "name" } else { "year" };
        if self.ordered_at_us > 0 && (is_renamed || is_of_another_year) {
            let reason =
                format!("{known} was sold and is in libraries under this name and year. --allow-renames changes them.");
            return refuse(field, reason);
        }
        Ok(())
    }
}

impl Facts {
    /// The fields that a row may name.
    pub(crate) const FIELDS: [&str; 16] = [
        "name",
        "original_name",
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
        "is_hidden",
    ];
    /// The fields with a text for each language, which a row may name for one language or for all.
    pub(crate) const TEXTS: [&str; 2] = ["localized_names", "synopses"];

    /// These facts, with the named fields replaced by the stated ones.
    pub(crate) fn with(self, stated: Self, named: &Named) -> Self {
        let Self {
            name,
            original_name,
            localized_names,
            year,
            runtime_minutes,
            countries,
            languages,
            subtitle_languages,
            age_rating,
            directors,
            cast,
            genres,
            synopses,
            trailer_url,
            image_url,
            licence,
            popularity,
        } = stated;
        // A title without an original name of its own has its name as the original name, and both change together.
        let original_name = if !named.has("original_name") && self.original_name == self.name && named.has("name") {
            String::new()
        } else {
            named.pick("original_name", original_name, self.original_name)
        };
        Self {
            name: named.pick("name", name, self.name),
            original_name,
            localized_names: in_languages("localized_names", self.localized_names, localized_names, named),
            year: named.pick("year", year, self.year),
            runtime_minutes: named.pick("runtime_minutes", runtime_minutes, self.runtime_minutes),
            countries: named.pick("countries", countries, self.countries),
            languages: named.pick("languages", languages, self.languages),
            subtitle_languages: named.pick("subtitle_languages", subtitle_languages, self.subtitle_languages),
            age_rating: named.pick("age_rating", age_rating, self.age_rating),
            directors: named.pick("directors", directors, self.directors),
            cast: named.pick("cast", cast, self.cast),
            genres: named.pick("genres", genres, self.genres),
            synopses: in_languages("synopses", self.synopses, synopses, named),
            trailer_url: named.pick("trailer_url", trailer_url, self.trailer_url),
            image_url: named.pick("image_url", image_url, self.image_url),
            licence: named.pick("licence", licence, self.licence),
            popularity: named.pick("popularity", popularity, self.popularity),
        }
    }
}

/// The texts with the named languages replaced, each at its place in the list.
fn in_languages(field: &str, current: Vec<Localized>, mut stated: Vec<Localized>, named: &Named) -> Vec<Localized> {
    if named.has(field) {
        return stated;
    }
    let mut texts = Vec::with_capacity(current.len() + stated.len());
    for text in current {
        if !named.says_in(field, &text.language) {
            texts.push(text);
        } else if let Some(place) = stated.iter().position(|new| new.language == text.language) {
            texts.push(stated.remove(place));
        }
    }
    texts.extend(stated.into_iter().filter(|text| named.says_in(field, &text.language)));
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limite() -> Facts {
        Facts {
            name: "Limite".to_owned(),
            year: 1931,
            ..Facts::default()
        }
    }

    #[test]
    fn a_row_may_name_every_fact() {
        let serde_json::Value::Object(facts) = serde_json::to_value(Facts::default()).unwrap() else {
            panic!("facts are an object")
        };
        let mut facts: Vec<_> = facts.keys().map(String::as_str).chain(["is_hidden"]).collect();
        let mut named: Vec<_> = Facts::FIELDS.into_iter().chain(Facts::TEXTS).collect();
        facts.sort_unstable();
        named.sort_unstable();
        assert_eq!(named, facts);
    }

    #[test]
    fn facts_that_a_row_does_not_name_stay() {
        let text = |language: &str, text: &str| Localized {
            language: language.to_owned(),
            text: text.to_owned(),
        };
        let current = Facts {
            original_name: "Limite".to_owned(),
            directors: vec!["Mário Peixoto".to_owned()],
            age_rating: "L".to_owned(),
            synopses: vec![
                text("en", "A boat."),
                text("pt-BR", "Um barco."),
                text("es", "Un barco."),
            ],
            ..limite()
        };
        let stated = Facts {
            year: 1932,
            synopses: vec![text("pt-BR", "O barco."), text("fr", "Un bateau.")],
            ..Facts::default()
        };
        let named = |fields: &[&str]| Named::new(fields.iter().map(ToString::to_string).collect());
        let fields = ["year", "age_rating", "synopses.pt-BR", "synopses.es", "synopses.fr"];
        let changed = current.clone().with(stated.clone(), &named(&fields));
        let wanted = Facts {
            year: 1932,
            age_rating: String::new(),
            synopses: vec![
                text("en", "A boat."),
                text("pt-BR", "O barco."),
                text("fr", "Un bateau."),
            ],
            ..current.clone()
        };
        assert_eq!(changed, wanted);
        assert_eq!(current.clone().with(stated.clone(), &Named::default()), stated);
        let renamed = Facts {
            name: "Limit".to_owned(),
            ..Facts::default()
        };
        let renamed = current.with(renamed, &named(&["name"])).check().unwrap();
        assert_eq!(
            renamed.original_name, "Limit",
            "an original name that was not given follows the name"
        );
    }
}
