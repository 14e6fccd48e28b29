//! Mail to customers: what is written, in their language, and how it is put where it is sent from.

pub(crate) mod delivery;
mod labels;
pub(crate) mod message;
pub(crate) mod notice;
pub(crate) mod outbox;
mod receipt;
mod reminder;
pub(crate) mod smtp;
