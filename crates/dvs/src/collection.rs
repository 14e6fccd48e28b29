//! Collections in files: JSON, one collection or a list of them.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use api::catalogue::{Catalogue, Collection, GetCollectionRequest, LocalizedText, PutCollectionRequest};
use rpc::{Call, Code};
use serde::Deserialize;

use crate::commands::told;

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

pub(crate) fn read(content: &[u8]) -> Result<Vec<CollectionEntry>> {
    let is_list = content.trim_ascii_start().starts_with(b"[");
    let entries = if is_list {
        serde_json::from_slice(content)
    } else {
        serde_json::from_slice(content).map(|entry| vec![entry])
    };
    entries.context(format!("it has no collections such as {EXAMPLE}"))
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
        for (text, count) in [(one.to_owned(), 1), (format!(" [{one}, {one}]"), 2)] {
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
