//! The SQL of customers and their sessions.

pub(crate) mod customers;
pub(crate) mod sessions;
