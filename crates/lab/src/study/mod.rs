//! The store's own calls as material to learn from: one of each kind of gRPC, made without changing anything, and their
//! messages decoded into fields. `dvs study` prints them, and the lab of the web app draws them.

mod calls;
mod fields;
mod marks;
mod shape;

pub use self::calls::{Exported, Player, export, get_title, import, play, search, some_title, some_titles};
pub use self::fields::Field;
pub use self::marks::{Mark, Marks};
pub use self::shape::Shape;

/// The header fields that authenticate the caller; they are not shown.
pub const SECRET_FIELDS: [&str; 2] = ["authorization", "x-dvs-identity"];
