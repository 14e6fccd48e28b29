//! The report of a dry run: each field that a row changes, before and after.

use uuid::Uuid;

use crate::offer::{Kind, Terms};
use crate::title::{Facts, Localized, State, Title};

/// How many characters of a value the report shows.
const SHOWN_CHARACTERS: usize = 200;

/// What a row changes of a title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChangedTitle {
    pub(crate) number: i64,
    pub(crate) name: String,
    /// None when it is new.
    pub(crate) id: Option<Uuid>,
    pub(crate) changes: Vec<FieldChange>,
}

/// A field of a title as text; an empty text says that it has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldChange {
    pub(crate) field: String,
    pub(crate) before: String,
    pub(crate) after: String,
}

impl ChangedTitle {
    pub(super) fn new(
        number: i64,
        title: Option<&Title>,
        (facts, state): (&Facts, State),
        offers: &[&Terms],
        removed: &[Kind],
    ) -> Self {
        let current = title.map(|title| title.facts.clone()).unwrap_or_default();
        let current_state = title.map(|title| title.state).unwrap_or_default();
        let mut fields = Fields::default();
        fields.add_facts(&current, facts);
        fields.add("state", current_state.name().to_owned(), state.name().to_owned());
        let standing = |kind| {
            let offers = title.map(|title| &title.offers[..]).unwrap_or_default();
            offers.iter().map(|offer| &offer.terms).find(|terms| terms.kind == kind)
        };
        for terms in offers {
            fields.add_terms(terms.kind, standing(terms.kind), Some(terms));
        }
        for kind in removed {
            fields.add_terms(*kind, standing(*kind), None);
        }
        Self {
            number,
            name: facts.name.clone(),
            id: title.map(|title| title.id),
            changes: fields.0,
        }
    }
}

#[derive(Default)]
struct Fields(Vec<FieldChange>);

impl Fields {
    fn add(&mut self, field: &str, before: String, after: String) {
        if before != after {
            let short = |text: String| {
                let mut short: String = text.chars().take(SHOWN_CHARACTERS).collect();
                if short.len() < text.len() {
                    short.push('…');
                }
                short
            };
            self.0.push(FieldChange {
                field: field.to_owned(),
                before: short(before),
                after: short(after),
            });
        }
    }

    fn add_facts(&mut self, before: &Facts, after: &Facts) {
        let Facts {
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
        } = before;
        let number = |number: i32| if number == 0 { String::new() } else { number.to_string() };
        let list = |entries: &[String]| entries.join(" | ");
        self.add("name", name.clone(), after.name.clone());
        self.add("original_name", original_name.clone(), after.original_name.clone());
        self.add_texts("localized_names", localized_names, &after.localized_names);
        self.add("year", number(*year), number(after.year));
        self.add(
            "runtime_minutes",
            number(*runtime_minutes),
            number(after.runtime_minutes),
        );
        self.add("countries", list(countries), list(&after.countries));
        self.add("languages", list(languages), list(&after.languages));
        self.add(
            "subtitle_languages",
            list(subtitle_languages),
            list(&after.subtitle_languages),
        );
        self.add("age_rating", age_rating.clone(), after.age_rating.clone());
        self.add("directors", list(directors), list(&after.directors));
        self.add("cast", list(cast), list(&after.cast));
        self.add("genres", list(genres), list(&after.genres));
        self.add_texts("synopsis", synopses, &after.synopses);
        self.add("trailer_url", trailer_url.clone(), after.trailer_url.clone());
        self.add("image_url", image_url.clone(), after.image_url.clone());
        self.add("licence", licence.clone(), after.licence.clone());
        self.add("popularity", number(*popularity), number(after.popularity));
    }

    fn add_texts(&mut self, field: &str, before: &[Localized], after: &[Localized]) {
        let text = |texts: &[Localized], language: &str| {
            let text = texts.iter().find(|text| text.language == language);
            text.map(|text| text.text.clone()).unwrap_or_default()
        };
        let gone = before
            .iter()
            .filter(|text| after.iter().all(|other| other.language != text.language));
        for Localized { language, .. } in after.iter().chain(gone) {
            self.add(
                &format!("{field}.{language}"),
                text(before, language),
                text(after, language),
            );
        }
    }

    fn add_terms(&mut self, kind: Kind, before: Option<&Terms>, after: Option<&Terms>) {
        type Shown = fn(&Terms) -> String;
        let shown: [(&str, Shown); 5] = [
            ("price", |terms| {
                format!("{}:{}", terms.price.currency_code(), terms.price.minor())
            }),
            ("start_window_hours", |terms| number(terms.start_window_hours.into())),
            ("viewing_window_hours", |terms| {
                number(terms.viewing_window_hours.into())
            }),
            ("available_from", |terms| moment(terms.available_from_us)),
            ("available_until", |terms| moment(terms.available_until_us)),
        ];
        for (field, shown) in shown {
            let field = format!("{}_{field}", kind.name());
            let text = |terms: Option<&Terms>| terms.map(shown).unwrap_or_default();
            self.add(&field, text(before), text(after));
        }
    }
}

fn number(number: i64) -> String {
    if number == 0 { String::new() } else { number.to_string() }
}

/// A time as import files write it; 0 is "no bound".
fn moment(at_us: i64) -> String {
    let at = jiff::Timestamp::from_microsecond(at_us).ok().filter(|_| at_us != 0);
    at.map(|at| at.to_string()).unwrap_or_default()
}
