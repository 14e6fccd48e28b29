//! The SQL of links in mails, notices and counted attempts.

pub(crate) mod attempts;
pub(crate) mod mail_notices;
pub(crate) mod mail_tokens;
