//! Studies of calls: one call of each kind, recorded on the connection.

mod calls;
mod studied;
mod timeline;

pub(crate) use calls::Observed;
pub(crate) use studied::Studied;
