//! Titles, their offers and their people.

use std::collections::HashMap;
use std::sync::Arc;

use api::catalogue::{self, BatchGetTitlesRequest, Catalogue, Relation, TitleSummary};
use futures::future::try_join_all;
use rpc::{Call, Context};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Entitlement, Offer, some_number, some_text};
use crate::language::Languages;
use crate::palette::{Palette, facts};
use crate::request;

/// The most titles of one batch.
const BATCH: usize = 100;

/// Somebody who worked on a title.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Credit {
    #[schema(format = "uuid")]
    id: String,
    name: String,
}

impl From<catalogue::Credit> for Credit {
    fn from(credit: catalogue::Credit) -> Self {
        Self {
            id: credit.person_id,
            name: credit.name,
        }
    }
}

/// Subtitles in one language.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Subtitles {
    /// BCP 47.
    language: String,
    /// What players call them.
    label: String,
}

impl From<catalogue::SubtitleTrack> for Subtitles {
    fn from(track: catalogue::SubtitleTrack) -> Self {
        Self {
            language: track.language,
            label: track.label,
        }
    }
}

/// What a list shows of a title.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TitleItem {
    #[schema(format = "uuid")]
    id: String,
    /// The catalogue's own name.
    name: String,
    /// The name in the reader's language, by Accept-Language.
    display_name: String,
    /// Null when the title has left the catalogue.
    #[schema(required)]
    year: Option<i32>,
    /// Null when unknown.
    #[schema(required)]
    runtime_minutes: Option<i32>,
    genres: Vec<String>,
    /// The first director's name; null when unknown.
    #[schema(required)]
    director: Option<String>,
    /// Brazil's: L, 10, 12, 14, 16 or 18; null when not rated.
    #[schema(required)]
    age_rating: Option<String>,
    /// An image, or the drawn poster.
    poster_url: String,
    palette: Palette,
    /// The name of the drawn poster's composition, by which a row keeps posters apart that look alike; null when the
    /// poster is an image.
    #[schema(required)]
    composition: Option<&'static str>,
    offers: Vec<Offer>,
    /// Whether its offers can be ordered, as far as its film goes: false while there is none that plays.
    playable: bool,
}

impl TitleItem {
    pub(crate) fn new(title: TitleSummary, languages: &Languages) -> Self {
        Self {
            palette: Palette::of(&title),
            composition: title.image_url.is_empty().then(|| poster::composition(&facts(&title))),
            display_name: languages.name(&title.name, &title.localized_names).to_owned(),
            poster_url: poster_url(
                &title.title_id,
                title.image_url,
                languages.of_name(&title.localized_names),
            ),
            id: title.title_id,
            name: title.name,
            year: some_number(title.year),
            runtime_minutes: some_number(title.runtime_minutes),
            genres: title.genres,
            director: some_text(title.director),
            age_rating: some_text(title.age_rating),
            offers: title.offers.into_iter().map(Offer::from).collect(),
            playable: title.playable,
        }
    }

    pub(crate) fn list(titles: Vec<TitleSummary>, languages: &Languages) -> Vec<Self> {
        titles.into_iter().map(|title| Self::new(title, languages)).collect()
    }
}

/// Whether a title has an offer that can be ordered at a moment.
pub(crate) fn can_be_ordered(title: &TitleSummary, now_us: i64) -> bool {
    title.playable && title.offers.iter().any(|offer| offer.is_open(now_us))
}

/// A title, and why somebody who looks at another may like it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RelatedTitle {
    #[serde(flatten)]
    item: TitleItem,
    reason: RelatedReason,
}

/// What two titles have in common.
#[derive(Debug, Serialize, ToSchema)]
struct RelatedReason {
    kind: RelationKind,
    /// The director's or the actor's name, the genre, or the country (ISO 3166-1 alpha-2).
    name: String,
}

#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum RelationKind {
    Director,
    Cast,
    GenreAndDecade,
    Genre,
    Country,
}

impl RelatedTitle {
    fn list(related: Vec<catalogue::RelatedTitle>, languages: &Languages) -> Vec<Self> {
        let one = |related: catalogue::RelatedTitle| {
            let kind = match related.relation() {
                Relation::Director => RelationKind::Director,
                Relation::Cast => RelationKind::Cast,
                Relation::GenreAndDecade => RelationKind::GenreAndDecade,
                Relation::Genre | Relation::Unspecified => RelationKind::Genre,
                Relation::Country => RelationKind::Country,
            };
            Some(Self {
                item: TitleItem::new(related.title?, languages),
                reason: RelatedReason {
                    kind,
                    name: related.name,
                },
            })
        };
        related.into_iter().filter_map(one).collect()
    }
}

/// What rent knows of a title for the customer or guest who asks.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Holding {
    /// Whether orders are taken at the moment; films can be found even when they are not.
    pub(crate) orders_open: bool,
    /// Null for a guest and for a title not held.
    #[schema(required)]
    pub(crate) entitlement: Option<Entitlement>,
}

impl Holding {
    /// What most visitors of a film's page get.
    pub(crate) const MOST: Self = Self {
        orders_open: true,
        entitlement: None,
    };

    /// Whether the customer has the film, or had it.
    pub(crate) const fn is_held(&self) -> bool {
        self.entitlement.is_some()
    }

    pub(crate) const fn is_most(&self) -> bool {
        self.orders_open && self.entitlement.is_none()
    }
}

/// A film, with what the signed-in customer holds of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Title {
    #[serde(flatten)]
    film: Film,
    #[serde(flatten)]
    holding: Holding,
}

/// A film, without anything that differs by customer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Film {
    #[serde(flatten)]
    item: TitleItem,
    /// The name in the film's language.
    original_name: String,
    /// In the reader's language, by Accept-Language; null when there is none.
    #[schema(required)]
    synopsis: Option<String>,
    /// ISO 3166-1 alpha-2.
    countries: Vec<String>,
    /// BCP 47.
    languages: Vec<String>,
    /// BCP 47.
    subtitle_languages: Vec<String>,
    directors: Vec<Credit>,
    cast: Vec<Credit>,
    #[schema(required)]
    trailer_url: Option<String>,
    #[schema(required)]
    licence: Option<String>,
    /// Whether there is a film to play.
    has_media: bool,
    /// The subtitles that can be shown with it.
    subtitles: Vec<Subtitles>,
    /// Whether one can go to its chapters.
    has_chapters: bool,
    /// What to look at next, the closest first.
    related: Vec<RelatedTitle>,
}

impl Film {
    pub(crate) fn new(title: catalogue::Title, related: Vec<catalogue::RelatedTitle>, languages: &Languages) -> Self {
        let director = title.directors.first().map(|director| director.name.clone());
        let summary = TitleSummary {
            title_id: title.title_id,
            name: title.name,
            localized_names: title.localized_names,
            year: title.year,
            runtime_minutes: title.runtime_minutes,
            genres: title.genres,
            director: director.unwrap_or_default(),
            image_url: title.image_url,
            age_rating: title.age_rating,
            offers: title.offers,
            playable: title.playable,
            is_hidden: false,
        };
        let item = TitleItem::new(summary, languages);
        Self {
            original_name: some_text(title.original_name).unwrap_or_else(|| item.name.clone()),
            item,
            synopsis: languages.text(title.synopses),
            countries: title.countries,
            languages: title.languages,
            subtitle_languages: title.subtitle_languages,
            directors: title.directors.into_iter().map(Credit::from).collect(),
            cast: title.cast.into_iter().map(Credit::from).collect(),
            trailer_url: some_text(title.trailer_url),
            licence: some_text(title.licence),
            has_media: title.has_media,
            subtitles: title.subtitle_tracks.into_iter().map(Subtitles::from).collect(),
            has_chapters: title.has_chapters,
            related: RelatedTitle::list(related, languages),
        }
    }
}

/// What a receipt shows of a title.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrderedTitle {
    #[schema(format = "uuid")]
    id: String,
    name: String,
    /// The name in the reader's language, by Accept-Language.
    display_name: String,
    /// Null when the title has left the catalogue.
    #[schema(required)]
    year: Option<i32>,
    poster_url: String,
}

impl OrderedTitle {
    pub(crate) fn new(title: &TitleSummary, languages: &Languages) -> Self {
        Self {
            id: title.title_id.clone(),
            name: title.name.clone(),
            display_name: languages.name(&title.name, &title.localized_names).to_owned(),
            year: some_number(title.year),
            poster_url: poster_url(
                &title.title_id,
                title.image_url.clone(),
                languages.of_name(&title.localized_names),
            ),
        }
    }
}

/// The title's image, or the address of its drawn poster with the name in a language; `None` is the catalogue's own.
/// The language is in the address, so that caches do not mix the posters of different languages.
pub(crate) fn poster_url(title_id: &str, image_url: String, language: Option<&str>) -> String {
    some_text(image_url).unwrap_or_else(|| match language {
        None => format!("/posters/{title_id}.svg"),
        Some(language) => format!("/posters/{title_id}.{language}.svg"),
    })
}

/// Titles by their ids, for entries that refer to them.
#[derive(Default)]
pub(crate) struct Titles(HashMap<String, TitleSummary>);

impl Titles {
    /// Reads listed titles by their ids, each once.
    pub(crate) async fn ask<'a>(
        catalogue: &Arc<dyn Catalogue>,
        context: &Context,
        title_ids: impl Iterator<Item = &'a str>,
    ) -> rpc::Result<Self> {
        let Self(mut titles) = Self::ask_all(catalogue, context, title_ids).await?;
        titles.retain(|_, title| !title.is_hidden);
        Ok(Self(titles))
    }

    /// Also reads hidden titles, for customers who have them.
    async fn ask_all<'a>(
        catalogue: &Arc<dyn Catalogue>,
        context: &Context,
        title_ids: impl Iterator<Item = &'a str>,
    ) -> rpc::Result<Self> {
        let mut title_ids: Vec<String> = title_ids.map(ToOwned::to_owned).collect();
        title_ids.sort_unstable();
        title_ids.dedup();
        let batches = title_ids.chunks(BATCH).map(|batch| {
            let message = BatchGetTitlesRequest {
                title_ids: batch.to_vec(),
            };
            catalogue.batch_get_titles(Call::new(message, context.clone()))
        });
        let answers = try_join_all(batches).await?;
        let titles = answers.into_iter().flat_map(|answer| answer.titles);
        Ok(Self(titles.map(|title| (title.title_id.clone(), title)).collect()))
    }

    /// Reads the titles of what a customer has. If the catalogue cannot be reached, the entries are shown without them.
    pub(crate) async fn ask_if_there<'a>(
        catalogue: &Arc<dyn Catalogue>,
        context: &Context,
        title_ids: impl Iterator<Item = &'a str>,
    ) -> Self {
        let found = Self::ask_all(catalogue, &request::dispensable(context), title_ids).await;
        found.unwrap_or_else(|fault| {
            tracing::warn!(%fault, request_id = context.request_id.as_deref(), "titles are shown by their stored names");
            Self::default()
        })
    }

    pub(crate) fn find(&self, title_id: &str) -> Option<&TitleSummary> {
        self.0.get(title_id)
    }

    /// The title, or what an order remembers of one that was deleted from the catalogue.
    pub(crate) fn find_or(&self, title_id: &str, name: &str) -> TitleSummary {
        self.find(title_id).cloned().unwrap_or_else(|| TitleSummary {
            title_id: title_id.to_owned(),
            name: name.to_owned(),
            ..TitleSummary::default()
        })
    }
}
