//! Collections in files: JSON, one collection or a list of them.

use std::collections::{BTreeMap, HashSet};

use anyhow::{Context, Result, bail};
use api::catalogue::{Catalogue, Collection, GetCollectionRequest, LocalizedText, PutCollectionRequest};
use rpc::{Call, Code};
use serde::Deserialize;

use crate::commands::told;
use crate::import;

/// A collection in a file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CollectionEntry {
    pub(crate) id: String,
    /// Collections with a lower one come first.
    #[serde(default)]
    position: i32,
    /// By languages.
    name: BTreeMap<String, String>,
    #[serde(default)]
    description: BTreeMap<String, String>,
    /// The films, each by a name that the reader of the file looks up.
    pub(crate) titles: Vec<String>,
}

const EXAMPLE: &str = r#"{"id": "shadows", "name": {"en": "Shadows"}, "titles": ["Nosferatu (1922)"]}"#;

/// The collections of a file, whose text may be in any encoding that imports read.
pub(crate) fn read(content: &[u8]) -> Result<Vec<CollectionEntry>> {
    let text = import::decoded(content)?;
    let is_list = text.trim_start().starts_with('[');
    let entries: serde_json::Result<Vec<CollectionEntry>> = if is_list {
        serde_json::from_str(&text)
    } else {
        serde_json::from_str(&text).map(|entry| vec![entry])
    };
    let entries = entries.context(format!("it has no collections such as {EXAMPLE}"))?;
    let mut ids = HashSet::new();
    if let Some(twice) = entries.iter().find(|entry| !ids.insert(&entry.id)) {
        bail!("it has two collections with the id {:?}", twice.id);
    }
    Ok(entries)
}

/// The collection with this id, if there is one.
pub(crate) async fn find(catalogue: &dyn Catalogue, collection_id: String) -> Result<Option<Collection>> {
    let request = GetCollectionRequest { collection_id };
    match catalogue.get_collection(Call::by_service(request)).await {
        Err(fault) if fault.code == Code::NotFound => Ok(None),
        found => found.map(Some).map_err(|fault| told(&fault)),
    }
}

impl CollectionEntry {
    /// The request for the collection, with the ids of the titles that the file names.
    pub(crate) fn of(self, title_ids: Vec<String>) -> PutCollectionRequest {
        PutCollectionRequest {
            collection_id: self.id,
            position: self.position,
            names: localized(self.name),
            descriptions: localized(self.description),
            title_ids,
        }
    }
}

fn localized(texts: BTreeMap<String, String>) -> Vec<LocalizedText> {
    let text = |(language, text)| LocalizedText { language, text };
    texts.into_iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_one_collection_or_a_list_of_them() {
        let one = r#"{"id": "shadows", "name": {"en": "Shadows"}, "titles": ["Nosferatu"]}"#;
        let other = one.replace("shadows", "light");
        for (text, count) in [(one.to_owned(), 1), (format!(" [{one}, {other}]"), 2)] {
            let mut entries = read(text.as_bytes()).unwrap();
            assert_eq!(entries.len(), count);
            let request = entries.remove(0).of(vec!["1".to_owned()]);
            assert_eq!(
                (&*request.collection_id, &*request.names[0].text),
                ("shadows", "Shadows")
            );
        }
    }

    #[test]
    fn a_file_is_read_in_the_encodings_of_imports() {
        let text = r#"{"id": "shadows", "name": {"pt": "Expressão"}, "titles": ["Nosferatu"]}"#;
        let marked = ["\u{feff}".as_bytes(), text.as_bytes()].concat();
        let little = format!("\u{feff}{text}")
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let big = format!("\u{feff}{text}")
            .encode_utf16()
            .flat_map(u16::to_be_bytes)
            .collect();
        for content in [marked, little, big] {
            let request = read(&content).unwrap().remove(0).of(Vec::new());
            assert_eq!(request.names[0].text, "Expressão");
        }
    }

    #[test]
    fn an_id_that_is_twice_in_a_file_is_refused() {
        let one = r#"{"id": "shadows", "name": {"en": "Shadows"}, "titles": ["Nosferatu"]}"#;
        let refusal = read(format!("[{one}, {one}]").as_bytes()).unwrap_err().to_string();
        assert_eq!(refusal, r#"it has two collections with the id "shadows""#);
    }

    #[test]
    fn what_a_file_has_too_much_or_too_little_is_named() {
        for (text, told) in [
            (r#"{"id": "shadows", "titles": []}"#, "missing field `name`"),
            (
                r#"[{"id": "shadows", "name": {}, "films": []}]"#,
                "unknown field `films`",
            ),
        ] {
            assert!(
                format!("{:#}", read(text.as_bytes()).unwrap_err()).contains(told),
                "{told}"
            );
        }
    }

    #[test]
    fn the_demonstrations_collections_can_be_read() {
        assert!(read(catalogue::DEMONSTRATION_COLLECTIONS).unwrap().len() >= 4);
    }
}
