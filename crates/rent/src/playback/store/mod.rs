//! The SQL of playback sessions and the keys of media tokens.

pub(crate) mod playbacks;
pub(crate) mod signing_keys;
