//! The colours of a title's poster, with which pages are tinted.

use api::catalogue::TitleSummary;
use poster::Colour;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

/// The colours of a title's poster, as #rrggbb.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Palette {
    #[schema(value_type = String)]
    #[serde(serialize_with = "written")]
    ground: Colour,
    #[schema(value_type = String)]
    #[serde(serialize_with = "written")]
    shape: Colour,
    #[schema(value_type = String)]
    #[serde(serialize_with = "written")]
    accent: Colour,
    #[schema(value_type = String)]
    #[serde(serialize_with = "written")]
    ink: Colour,
}

impl Palette {
    pub(crate) fn of(title: &TitleSummary) -> Self {
        let poster::Palette {
            ground,
            shape,
            accent,
            ink,
        } = poster::palette(&facts(title));
        Self {
            ground,
            shape,
            accent,
            ink,
        }
    }
}

/// The facts from which a title's poster is drawn.
pub(crate) fn facts(title: &TitleSummary) -> poster::Facts<'_> {
    poster::Facts {
        name: &title.name,
        shown: &title.name,
        year: title.year,
        director: &title.director,
        genres: &title.genres,
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn written<S: Serializer>(colour: &Colour, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(colour)
}
