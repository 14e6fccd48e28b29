//! The SQL of the objects that play a title, and of the files in the blob store.

pub(crate) mod assets;
pub(crate) mod files;
