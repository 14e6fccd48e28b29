//! The contents of columns, and the fields of a film that they belong to.

use super::cell_values::ListKind;
use super::columns::offer_field;

/// The columns of Wikipedia's lists of films, which have a form of their own.
pub(super) const WIKIPEDIA: [&str; 9] = [
    "title",
    "year",
    "cast",
    "genres",
    "href",
    "extract",
    "thumbnail",
    "thumbnail_width",
    "thumbnail_height",
];

/// The content of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    LeftOut,
    Text(String),
    Name,
    Year,
    Minutes,
    Whole(String),
    Flag(String),
    Age,
    Url(String),
    List(String, ListKind),
    /// A text in one language: `synopsis.en` is the key `en` in the object `synopsis`.
    Localized {
        object: String,
        language: String,
    },
    Price(&'static str),
    /// Another field of an offer of this kind: `rent_viewing_window_hours` is its `viewing_window_hours`.
    Offer {
        kind: &'static str,
        field: &'static str,
    },
    /// When every offer of the film begins or ends.
    Bound(&'static str),
}

pub(super) fn wikipedia(name: &str) -> Content {
    match name {
        "year" | "thumbnail_width" | "thumbnail_height" => Content::Whole(name.to_owned()),
        "cast" | "genres" => Content::List(name.to_owned(), ListKind::People),
        "" => Content::LeftOut,
        _ => Content::Text(name.to_owned()),
    }
}

pub(super) fn of_field(field: &str) -> Content {
    let own = field.to_owned();
    match field {
        "name" => Content::Name,
        "year" => Content::Year,
        "runtime_minutes" => Content::Minutes,
        "popularity" => Content::Whole(own),
        "hidden" => Content::Flag(own),
        "age_rating" => Content::Age,
        "trailer_url" | "image_url" => Content::Url(own),
        "countries" => Content::List(own, ListKind::Countries),
        "languages" | "subtitle_languages" => Content::List(own, ListKind::Languages),
        "directors" | "cast" => Content::List(own, ListKind::People),
        "genres" => Content::List(own, ListKind::Genres),
        "available_from" => Content::Bound("available_from"),
        "available_until" => Content::Bound("available_until"),
        _ => match (offer_field(field), field.split_once('.')) {
            (Some((kind, "price")), _) => Content::Price(kind),
            (Some((kind, field)), _) => Content::Offer { kind, field },
            (None, Some((object, language))) => Content::Localized {
                object: object.to_owned(),
                language: language.to_owned(),
            },
            (None, None) => Content::Text(own),
        },
    }
}

impl Content {
    pub(super) fn is_moment(&self) -> bool {
        matches!(self, Self::Bound(_)) || matches!(self, Self::Offer { field, .. } if field.starts_with("available"))
    }

    /// Whether a film needs this value, or money and rights depend on it.
    pub(super) fn is_needed(&self) -> bool {
        match self {
            Self::Name | Self::Year | Self::Flag(_) | Self::Price(_) | Self::Offer { .. } | Self::Bound(_) => true,
            Self::Text(field) => matches!(field.as_str(), "id" | "source" | "source_id" | "created_at"),
            _ => false,
        }
    }

    pub(super) fn field(&self) -> String {
        match self {
            Self::LeftOut => String::new(),
            Self::Name => "name".to_owned(),
            Self::Year => "year".to_owned(),
            Self::Minutes => "runtime_minutes".to_owned(),
            Self::Age => "age_rating".to_owned(),
            Self::Text(field) | Self::Whole(field) | Self::Flag(field) | Self::Url(field) | Self::List(field, _) => {
                field.clone()
            }
            Self::Localized { object, language } => format!("{object}.{language}"),
            Self::Price(kind) => format!("{kind}_price"),
            Self::Offer { kind, field } => format!("{kind}_{field}"),
            Self::Bound(field) => (*field).to_owned(),
        }
    }
}
