//! The set of fields that a change names. Fields that it does not name keep their values.

use std::collections::HashSet;

use crate::check::{Refusal, refuse};

/// The names that a change states; `None` names every field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Named(Option<HashSet<String>>);

impl Named {
    pub(crate) fn new(fields: Vec<String>) -> Self {
        Self((!fields.is_empty()).then(|| fields.into_iter().collect()))
    }

    /// Refuses a name that is not in `known`; for each `text` of `texts`, `text.pt-BR` is known too.
    pub(crate) fn check(&self, known: &[&str], texts: &[&str]) -> Result<(), Refusal> {
        let is_known = |field: &String| {
            let in_language = field.split_once('.').is_some_and(|(text, _)| texts.contains(&text));
            known.contains(&field.as_str()) || texts.contains(&field.as_str()) || in_language
        };
        match self.0.iter().flatten().find(|field| !is_known(field)) {
            Some(unknown) => refuse("fields", format!("There is no field {unknown:?}.")),
            None => Ok(()),
        }
    }

    pub(crate) fn has(&self, field: &str) -> bool {
        self.0.as_ref().is_none_or(|fields| fields.contains(field))
    }

    /// Whether the field is named explicitly, and not only because all fields are.
    pub(crate) fn says(&self, field: &str) -> bool {
        self.0.as_ref().is_some_and(|fields| fields.contains(field))
    }

    /// Whether a field's text in this language is named.
    pub(crate) fn says_in(&self, field: &str, language: &str) -> bool {
        let rest = |named: &String| named.strip_prefix(field)?.strip_prefix('.').map(ToOwned::to_owned);
        self.0.iter().flatten().filter_map(rest).any(|named| named == language)
    }

    /// The stated value if the field is named, otherwise the current one.
    pub(crate) fn pick<T>(&self, field: &str, stated: T, current: T) -> T {
        if self.has(field) { stated } else { current }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(fields: &[&str]) -> Named {
        Named::new(fields.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_change_that_names_nothing_names_everything() {
        assert!(named(&[]).has("name") && !named(&[]).says("name"));
        assert!(named(&["name"]).has("name") && !named(&["name"]).has("year"));
        assert_eq!(named(&["year"]).pick("name", "stated", "current"), "current");
    }

    #[test]
    fn texts_are_named_language_by_language() {
        let one = named(&["synopses.pt-BR"]);
        assert!(one.says_in("synopses", "pt-BR") && !one.says_in("synopses", "pt") && !one.has("synopses"));
    }

    #[test]
    fn unknown_names_are_refused() {
        assert!(
            named(&["name", "synopses", "synopses.en"])
                .check(&["name"], &["synopses"])
                .is_ok()
        );
        for wrong in ["colour", "name.en", "synopsis.en"] {
            assert_eq!(
                named(&[wrong]).check(&["name"], &["synopses"]).unwrap_err().field,
                "fields"
            );
        }
    }
}
