//! Studies of calls: the store's own calls, one of each kind, with a tap on the line.

mod calls;
mod studied;
mod timeline;

pub(crate) use calls::Observed;
pub(crate) use studied::Studied;
