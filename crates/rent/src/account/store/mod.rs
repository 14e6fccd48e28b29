//! The SQL of links in mails and counted attempts.

pub(crate) mod attempts;
pub(crate) mod mail_tokens;
