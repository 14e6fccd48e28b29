//! The SQL of what plays a title, and of the files in the blob store.

pub(crate) mod assets;
pub(crate) mod files;
