//! The fields of a message, each with its position in the bytes.

pub(crate) mod json;
pub(crate) mod protobuf;

#[cfg(test)]
mod tests;

/// How much of a value is shown.
const VALUE_CHARACTERS: usize = 120;
/// Deeper than any message of the store's.
const DEPTH_LIMIT: usize = 16;

/// A field of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// How many fields enclose it.
    pub depth: usize,
    pub name: String,
    /// Its number in Protobuf; JSON writes the name instead.
    pub number: Option<u32>,
    /// Its encoding: Protobuf's wire type, or JSON's type.
    pub written_as: &'static str,
    /// Where it begins, with its key, and where it ends.
    pub start: usize,
    pub end: usize,
    /// Where its value begins, after its key and length.
    pub value_start: usize,
    /// Its value as text; empty if it has fields of its own.
    pub value: String,
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(VALUE_CHARACTERS) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}
