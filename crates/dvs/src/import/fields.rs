//! Takes the fields of a JSON object one by one, each with its type; fields that are left at the end are unknown.

use api::catalogue::LocalizedText;
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{Refusal, cell_values};

type Taken<T> = Result<T, Refusal>;

const WHOLE_NUMBER: &str = "This must be a whole number.";

/// The fields that were not taken yet. A null names its field and has no value.
pub(super) struct Fields {
    left: Map<String, Value>,
    /// The fields that are named, with or without a value.
    names: Vec<String>,
    /// The path of the object in its row, such as `offers[0].`.
    path: String,
}

impl Fields {
    pub(super) fn new(fields: Map<String, Value>) -> Self {
        Self::at(String::new(), fields)
    }

    fn at(path: String, mut left: Map<String, Value>) -> Self {
        let names = left.keys().cloned().collect();
        left.retain(|_, value| !value.is_null());
        Self { left, names, path }
    }

    /// The fields that are named, by the names that `known` gives them.
    pub(super) fn named(&self, known: impl Fn(&str) -> Option<&'static str>) -> Vec<String> {
        let names = self.names.iter().filter_map(|name| known(name));
        names.map(ToOwned::to_owned).collect()
    }

    /// The languages that an object of texts names; empty if it is not an object or names none.
    pub(super) fn languages(&self, field: &str) -> Vec<String> {
        let texts = self.left.get(field).and_then(Value::as_object);
        texts.map(|texts| texts.keys().cloned().collect()).unwrap_or_default()
    }

    /// Whether a field is named without a value.
    pub(super) fn is_cleared(&self, field: &str) -> bool {
        let is_empty =
            |value: &Value| value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(Map::is_empty);
        self.names.iter().any(|name| name == field) && self.left.get(field).is_none_or(is_empty)
    }

    pub(super) fn refusal(&self, field: &str, reason: impl Into<String>) -> Refusal {
        Refusal::new(format!("{}{field}", self.path), reason)
    }

    /// Refuses the object if a field is left.
    pub(super) fn end(self) -> Taken<()> {
        match self.left.keys().next() {
            Some(field) => Err(self.refusal(field, "unknown field")),
            None => Ok(()),
        }
    }

    /// A text; empty if the field is absent.
    pub(super) fn text(&mut self, field: &str) -> Taken<String> {
        match self.left.remove(field) {
            None => Ok(String::new()),
            Some(value) => self.is_text(field, value),
        }
    }

    /// A whole number; 0 if the field is absent.
    pub(super) fn whole<N: TryFrom<i64> + Default>(&mut self, field: &str) -> Taken<N> {
        self.whole_or(field, WHOLE_NUMBER)
    }

    pub(super) fn whole_or<N: TryFrom<i64> + Default>(&mut self, field: &str, refusal: &str) -> Taken<N> {
        let Some(value) = self.left.remove(field) else {
            return Ok(N::default());
        };
        let number = match &value {
            Value::String(text) => cell_values::whole(text),
            // Programs write whole numbers as `1931.0`.
            Value::Number(number) => cell_values::whole(&number.to_string()),
            _ => None,
        };
        let number = number.and_then(|number| N::try_from(number).ok());
        number.ok_or_else(|| self.refusal(field, refusal))
    }

    /// Whole hours; 0, which means the store's default, if the field is absent. An explicit 0 is refused, because it
    /// would become the default.
    pub(super) fn hours(&mut self, field: &str) -> Taken<i32> {
        let is_given = self.left.contains_key(field);
        match self.whole(field)? {
            0 if is_given => Err(self.refusal(field, "A window has at least 1 hour. Leave it empty for the default.")),
            hours => Ok(hours),
        }
    }

    /// A flag; false if the field is absent.
    pub(super) fn flag(&mut self, field: &str) -> Taken<bool> {
        match self.left.remove(field) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(_) => Err(self.refusal(field, "This must be true or false.")),
        }
    }

    /// A moment in microseconds since 1970; 0 if the field is absent.
    pub(super) fn moment(&mut self, field: &str) -> Taken<i64> {
        let text = self.text(field)?;
        if text.is_empty() {
            return Ok(0);
        }
        let moment = text.parse::<Timestamp>().map(Timestamp::as_microsecond);
        let moment =
            moment.map_err(|_unparsed| self.refusal(field, "This must be a time such as 2026-01-31T00:00:00Z."))?;
        // The contract uses 0 for "no time".
        if moment <= 0 {
            return Err(self.refusal(field, "This must be after 1970-01-01, or be left out."));
        }
        Ok(moment)
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, field: &str) -> Taken<Vec<String>> {
        let entries = self.entries(field)?.into_iter().enumerate();
        entries
            .map(|(position, entry)| self.is_text(&format!("{field}[{position}]"), entry))
            .collect()
    }

    /// A text in several languages: an object whose keys are the languages.
    pub(super) fn localized(&mut self, field: &str) -> Taken<Vec<LocalizedText>> {
        let Some(mut texts) = self.object(field)? else {
            return Ok(Vec::new());
        };
        let languages: Vec<_> = texts.left.keys().cloned().collect();
        let localized = |language: String| {
            let text = texts.text(&language)?;
            Ok(LocalizedText { language, text })
        };
        languages.into_iter().map(localized).collect()
    }

    /// An object in the object.
    pub(super) fn object(&mut self, field: &str) -> Taken<Option<Fields>> {
        match self.left.remove(field) {
            None => Ok(None),
            Some(value) => self.is_object(field, value).map(Some),
        }
    }

    /// A list of objects.
    pub(super) fn objects(&mut self, field: &str) -> Taken<Vec<Fields>> {
        let entries = self.entries(field)?.into_iter().enumerate();
        entries
            .map(|(position, entry)| self.is_object(&format!("{field}[{position}]"), entry))
            .collect()
    }

    fn entries(&mut self, field: &str) -> Taken<Vec<Value>> {
        match self.left.remove(field) {
            None => Ok(Vec::new()),
            Some(Value::Array(entries)) => Ok(entries),
            Some(_) => Err(self.refusal(field, "This must be a list.")),
        }
    }

    fn is_text(&self, field: &str, value: Value) -> Taken<String> {
        match value {
            Value::String(text) => Ok(text),
            _ => Err(self.refusal(field, "This must be a text.")),
        }
    }

    fn is_object(&self, field: &str, value: Value) -> Taken<Fields> {
        match value {
            Value::Object(fields) => Ok(Self::at(format!("{}{field}.", self.path), fields)),
            _ => Err(self.refusal(field, "This must be an object.")),
        }
    }
}
