//! Finding films.

use std::sync::Arc;

use api::catalogue::{self, SearchTitlesRequest, SuggestTitlesRequest, TitleKind, TitleSort};
use axum::Json;
use axum::extract::State;
use rpc::Call;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Gateway;
use crate::extract::Query;
use crate::language::Languages;
use crate::problem::Problem;
use crate::request::Anybody;
use crate::view::{OfferKind, TitleItem, page_size, poster_url, some_text};

pub(crate) fn routes() -> OpenApiRouter<Arc<Gateway>> {
    OpenApiRouter::new()
        .routes(routes!(list_titles))
        .routes(routes!(suggest_titles))
}

/// Values of one filter are alternatives; different filters all hold.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct TitleQuery {
    /// Words of names and people, genres, countries, languages and kinds in the languages of the shop, and years; accents
    /// and small slips are forgiven.
    q: String,
    genre: Vec<String>,
    /// The first year of a decade, such as 1920.
    decade: Vec<i32>,
    year: Vec<i32>,
    /// ISO 3166-1 alpha-2.
    country: Vec<String>,
    /// BCP 47.
    language: Vec<String>,
    kind: Vec<Kind>,
    offer: Vec<OfferKind>,
    /// Price bands, as the facet names them: `BRL:1000-2000` is from R$ 10,00 and less than R$ 20,00. What is asked of
    /// offers (`offer`, `price` and `ends_within_days`) holds for one offer together.
    price: Vec<String>,
    /// An offer can be ordered now, and ends within this many days.
    #[param(minimum = 1, maximum = 366)]
    ends_within_days: Option<i32>,
    sort: Option<Sort>,
    #[param(minimum = 1, maximum = 100, default = 24)]
    page_size: Option<i32>,
    /// The `next_page_token` of the page before.
    page_token: String,
}

/// The order of a list; `newest` is newest in the store, `year` is latest first, `ends_soon` is by the end of the offers
/// that can be ordered now, and what has no end comes last.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TitleSort)]
pub(crate) enum Sort {
    Relevance,
    Popular,
    Newest,
    Year,
    Name,
    EndsSoon,
}

/// A film of up to 40 minutes is a short. One may be of several kinds.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TitleKind)]
pub(crate) enum Kind {
    Feature,
    Short,
    Documentary,
    Animation,
    Silent,
}

impl From<Kind> for TitleKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Feature => Self::Feature,
            Kind::Short => Self::Short,
            Kind::Documentary => Self::Documentary,
            Kind::Animation => Self::Animation,
            Kind::Silent => Self::Silent,
        }
    }
}

/// The catalogue's names for the fields of a query.
const NAMES: [(&str, &str); 8] = [
    ("genres", "genre"),
    ("decades", "decade"),
    ("countries", "country"),
    ("languages", "language"),
    ("offers", "offer"),
    ("prices", "price"),
    ("years", "year"),
    ("kinds", "kind"),
];

const ENDS_WITHIN_DAYS: std::ops::RangeInclusive<i32> = 1..=366;

impl TitleQuery {
    fn into_search(self) -> Result<SearchTitlesRequest, Problem> {
        if self
            .ends_within_days
            .is_some_and(|days| !ENDS_WITHIN_DAYS.contains(&days))
        {
            return Err(Problem::invalid("ends_within_days", "These are 1 to 366 days."));
        }
        Ok(SearchTitlesRequest {
            query: self.q,
            genres: self.genre,
            decades: self.decade,
            countries: self.country,
            languages: self.language,
            offers: self
                .offer
                .into_iter()
                .map(|kind| catalogue::OfferKind::from(kind).into())
                .collect(),
            sort: self.sort.map_or(TitleSort::Unspecified, TitleSort::from).into(),
            page_size: page_size(self.page_size)?,
            page_token: self.page_token,
            prices: self.price,
            years: self.year,
            kinds: self.kind.into_iter().map(|kind| TitleKind::from(kind).into()).collect(),
            ends_within_days: self.ends_within_days.unwrap_or_default(),
        })
    }
}

impl From<Sort> for TitleSort {
    fn from(sort: Sort) -> Self {
        match sort {
            Sort::Relevance => Self::Relevance,
            Sort::Popular => Self::Popular,
            Sort::Newest => Self::Newest,
            Sort::Year => Self::Year,
            Sort::Name => Self::Name,
            Sort::EndsSoon => Self::EndsSoon,
        }
    }
}

/// A page of found titles.
#[derive(Debug, Serialize, ToSchema)]
struct TitlePage {
    titles: Vec<TitleItem>,
    facets: Facets,
    /// How many were found on all pages.
    total_size: i64,
    /// Null on the last page.
    #[schema(required)]
    next_page_token: Option<String>,
}

/// Most first, and prices cheapest first. A facet's own filter does not narrow its counts.
#[derive(Debug, Serialize, ToSchema)]
struct Facets {
    genres: Vec<FacetCount>,
    decades: Vec<FacetCount>,
    countries: Vec<FacetCount>,
    languages: Vec<FacetCount>,
    offers: Vec<FacetCount>,
    /// Bands of what can be ordered now costs, in minor units: `BRL:0-500`, `BRL:500-1000`, `BRL:1000-2000`,
    /// `BRL:2000-5000` and `BRL:5000-`, and the same in every other currency; the lower bound is in the band, the upper
    /// is not. These values stay as they are.
    prices: Vec<FacetCount>,
    /// The values `feature`, `short`, `documentary`, `animation` and `silent`.
    kinds: Vec<FacetCount>,
    years: Vec<FacetCount>,
}

/// How many of the found titles have a value.
#[derive(Debug, Serialize, ToSchema)]
struct FacetCount {
    value: String,
    count: i64,
}

impl From<catalogue::Facets> for Facets {
    fn from(facets: catalogue::Facets) -> Self {
        let counts = |counts: Vec<catalogue::FacetCount>| {
            let counts = counts.into_iter();
            counts
                .map(|catalogue::FacetCount { value, count }| FacetCount { value, count })
                .collect()
        };
        Self {
            genres: counts(facets.genres),
            decades: counts(facets.decades),
            countries: counts(facets.countries),
            languages: counts(facets.languages),
            offers: counts(facets.offers),
            prices: counts(facets.prices),
            kinds: counts(facets.kinds),
            years: counts(facets.years),
        }
    }
}

/// Find titles
#[utoipa::path(
    get,
    path = "/api/v1/titles",
    tag = "catalogue",
    params(TitleQuery, ("Accept-Language" = Option<String>, Header)),
    responses((status = OK, description = "The titles found.", body = TitlePage)),
)]
async fn list_titles(
    State(gateway): State<Arc<Gateway>>,
    Anybody(context): Anybody,
    languages: Languages,
    Query(query): Query<TitleQuery>,
) -> Result<Json<TitlePage>, Problem> {
    let search = query.into_search()?;
    let found = gateway.catalogue.search_titles(Call::new(search, context)).await;
    let found = found.map_err(|fault| Problem::from(fault).renaming(&NAMES))?;
    Ok(Json(TitlePage {
        titles: TitleItem::list(found.titles, &languages),
        facets: found.facets.unwrap_or_default().into(),
        total_size: found.total_size,
        next_page_token: some_text(found.next_page_token),
    }))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct SuggestQuery {
    /// What was typed so far.
    q: String,
}

/// Best first.
#[derive(Debug, Serialize, ToSchema)]
struct Suggestions {
    suggestions: Vec<Suggestion>,
}

/// A title that what was typed may mean.
#[derive(Debug, Serialize, ToSchema)]
struct Suggestion {
    #[schema(format = "uuid")]
    id: String,
    /// The catalogue's own name.
    name: String,
    /// The name in the reader's language, by Accept-Language.
    display_name: String,
    year: i32,
    poster_url: String,
}

/// Guess at what is being typed
#[utoipa::path(
    get,
    path = "/api/v1/titles:suggest",
    tag = "catalogue",
    params(SuggestQuery, ("Accept-Language" = Option<String>, Header)),
    responses((status = OK, description = "What it may mean.", body = Suggestions)),
)]
async fn suggest_titles(
    State(gateway): State<Arc<Gateway>>,
    Anybody(context): Anybody,
    languages: Languages,
    Query(query): Query<SuggestQuery>,
) -> Result<Json<Suggestions>, Problem> {
    let message = SuggestTitlesRequest { query: query.q };
    let found = gateway.catalogue.suggest_titles(Call::new(message, context)).await?;
    let suggestions = found.suggestions.into_iter().map(|title| Suggestion {
        display_name: languages.name(&title.name, &title.localized_names).to_owned(),
        poster_url: poster_url(
            &title.title_id,
            title.image_url,
            languages.of_name(&title.localized_names),
        ),
        id: title.title_id,
        name: title.name,
        year: title.year,
    });
    let suggestions = suggestions.collect();
    Ok(Json(Suggestions { suggestions }))
}
