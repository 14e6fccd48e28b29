//! The SQL of entitlements and watchlists.

pub(crate) mod entitlements;
pub(crate) mod watchlist;
