//! The colours of a title's poster, for the pages that are lit by it.

use serde::Serialize;
use utoipa::ToSchema;

/// The colours of a title's poster, as #rrggbb.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Palette {
    ground: &'static str,
    shape: &'static str,
    accent: &'static str,
    ink: &'static str,
}

impl Palette {
    pub(crate) fn of(_title_id: &str, _year: i32, _genres: &[String]) -> Self {
        Self {
            ground: "#000000",
            shape: "#000000",
            accent: "#000000",
            ink: "#000000",
        }
    }
}
