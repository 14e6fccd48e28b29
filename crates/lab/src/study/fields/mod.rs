//! The fields of a message, each with the bytes that it is in.

pub(crate) mod json;
pub(crate) mod protobuf;

#[cfg(test)]
mod tests;

/// The most of a value that is shown.
const VALUE_CHARACTERS: usize = 120;
/// Deeper than any of our messages is.
const DEPTH_LIMIT: usize = 16;

/// A field of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// How many fields it is within.
    pub depth: usize,
    pub name: String,
    /// Protobuf's number for it; JSON writes the name instead.
    pub number: Option<u32>,
    /// How it is written: Protobuf's wire type, or JSON's type.
    pub written_as: &'static str,
    /// Where it begins, its key included, and where it ends.
    pub start: usize,
    pub end: usize,
    /// Where its value begins: what is before that says which field it is, and how long.
    pub value_start: usize,
    /// Its value in words; empty where it has fields of its own.
    pub value: String,
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(VALUE_CHARACTERS) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}
