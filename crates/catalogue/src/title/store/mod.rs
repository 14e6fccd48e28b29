//! The SQL of titles, and of the people who worked on them.

pub(crate) mod credits;
pub(crate) mod titles;
