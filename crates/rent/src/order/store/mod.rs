//! The SQL of orders, those that are still open, and reservations of titles.

pub(crate) mod open_orders;
pub(crate) mod orders;
pub(crate) mod reservations;
