//! What customers have: entitlements with their windows, the watchlist, and the feed of their changes.

pub(crate) mod changes;
pub(crate) mod entitlement;
pub(crate) mod entitlement_cache;
pub(crate) mod reminder;
pub(crate) mod reminder_token;
mod service;
pub(crate) mod store;
pub(crate) mod wire;
