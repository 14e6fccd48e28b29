//! Followers of the feed: the search index and the titles in memory take in what any process has committed, and
//! watchers receive it.

pub(crate) mod changes;
pub(crate) mod follow;
mod store;
pub(crate) mod titles;
