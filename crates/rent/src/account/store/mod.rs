//! The SQL of accounts, sessions, links in mails and counted attempts.

pub(crate) mod attempts;
pub(crate) mod customers;
pub(crate) mod mail_tokens;
pub(crate) mod sessions;
