//! Mail to customers: what is written, in their language (`templates`), and how it is delivered.

pub(crate) mod delivery;
pub(crate) mod kind;
mod labels;
pub(crate) mod letterhead;
pub(crate) mod message;
pub(crate) mod outbox;
pub(crate) mod preview;
mod receipt;
pub(crate) mod refusal;
mod reminder;
pub(crate) mod smtp;
mod templates;
pub(crate) mod write;
