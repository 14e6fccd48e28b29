//! Drawn posters, for titles without an image. The same facts always give the same poster, so each is drawn once and cached.

use std::io::Read;
use std::sync::Arc;

use api::catalogue::{BatchGetTitlesRequest, TitleSummary};
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use flate2::read::GzDecoder;
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use http::{HeaderMap, HeaderValue, StatusCode};
use moka::sync::Cache;
use rpc::{Call, Context};
use tokio::sync::Semaphore;

use crate::Gateway;
use crate::extract::Path;
use crate::palette::facts;
use crate::problem::{Problem, ProblemCode};
use crate::request::Anybody;
use crate::web::{accepts, gzip, tag};

/// Posters are cached compressed; this holds some thousands.
const KEPT_BYTES: u64 = 8 * 1024 * 1024;
/// Pictures are requested when a film is shared on another site; this holds some hundreds.
const PICTURES_BYTES: u64 = 16 * 1024 * 1024;
const PAINTERS: usize = 2;
/// A poster changes only when the facts of its film are corrected.
const CACHING: &str = "public, max-age=86400";

pub(crate) fn routes() -> Router<Arc<Gateway>> {
    Router::new().route("/posters/{file}", get(poster))
}

/// The cached posters, by everything that they are drawn from.
pub(crate) struct Posters {
    drawn: Cache<String, Poster>,
    painted: Cache<String, Picture>,
    painters: Semaphore,
}

#[derive(Clone)]
struct Poster {
    gzipped: Bytes,
    etag: Arc<str>,
}

impl Default for Posters {
    fn default() -> Self {
        let weigh = |key: &String, poster: &Poster| u32::try_from(key.len() + poster.gzipped.len()).unwrap_or(u32::MAX);
        let weigh_picture =
            |key: &String, picture: &Picture| u32::try_from(key.len() + picture.content.len()).unwrap_or(u32::MAX);
        Self {
            drawn: Cache::builder().max_capacity(KEPT_BYTES).weigher(weigh).build(),
            painted: Cache::builder()
                .max_capacity(PICTURES_BYTES)
                .weigher(weigh_picture)
                .build(),
            painters: Semaphore::new(PAINTERS),
        }
    }
}

async fn poster(
    State(gateway): State<Arc<Gateway>>,
    Anybody(context): Anybody,
    asked: HeaderMap,
    Path(file): Path<String>,
) -> Result<Response, Problem> {
    let (name, is_picture) = match (file.strip_suffix(".png"), file.strip_suffix(".svg")) {
        (Some(name), _) => (name, true),
        (None, Some(name)) => (name, false),
        (None, None) => return Err(Problem::not_found()),
    };
    let (title_id, language) = name.split_once('.').unwrap_or((name, ""));
    let title = title(&gateway, title_id, context).await?;
    let lettered = Lettered::new(title, language)?;
    if is_picture {
        return picture(&gateway, lettered, &asked).await;
    }
    let poster = gateway
        .posters
        .drawn
        .get_with_by_ref(&lettered.key(), || Poster::draw(&lettered));
    Ok(poster.answer(&asked))
}

/// A title, and the name that its poster shows.
struct Lettered {
    title: TitleSummary,
    name: String,
}

impl Lettered {
    /// `language` is one in which the title has a name; empty is the catalogue's own.
    fn new(title: TitleSummary, language: &str) -> Result<Self, Problem> {
        let mut names = title.localized_names.iter();
        let name = match language {
            "" => Some(&title.name),
            _ => names.find(|name| name.language == language).map(|name| &name.text),
        };
        let name = name.ok_or_else(Problem::not_found)?.clone();
        Ok(Self { title, name })
    }

    /// Everything that the poster is drawn from, so that a corrected film gets a new poster.
    fn key(&self) -> String {
        let Self { title, name } = self;
        let (own, year, director, genres) = (&title.name, title.year, &title.director, &title.genres);
        format!("{own}\n{name}\n{year}\n{director}\n{genres:?}")
    }

    fn facts(&self) -> poster::Facts<'_> {
        poster::Facts {
            shown: &self.name,
            ..facts(&self.title)
        }
    }
}

/// The poster as other sites show it. Painting takes a core for a moment, so few are painted at once.
async fn picture(gateway: &Gateway, title: Lettered, asked: &HeaderMap) -> Result<Response, Problem> {
    let key = title.key();
    if let Some(kept) = gateway.posters.painted.get(&key) {
        return Ok(kept.answer(asked));
    }
    let _place = gateway
        .posters
        .painters
        .try_acquire()
        .map_err(|_busy| Problem::overloaded())?;
    let painted = tokio::task::spawn_blocking(move || poster::picture(&title.facts())).await;
    let content: Bytes = painted.ok().flatten().ok_or_else(Problem::internal)?.into();
    let picture = Picture {
        etag: tag(&content).into(),
        content,
    };
    gateway.posters.painted.insert(key, picture.clone());
    Ok(picture.answer(asked))
}

async fn title(gateway: &Gateway, title_id: &str, context: Context) -> Result<TitleSummary, Problem> {
    let message = BatchGetTitlesRequest {
        title_ids: vec![title_id.to_owned()],
    };
    let mut found = gateway
        .catalogue
        .batch_get_titles(Call::new(message, context))
        .await?
        .titles;
    found.pop().ok_or_else(|| {
        Problem::new(
            StatusCode::NOT_FOUND,
            ProblemCode::TitleNotFound,
            "There is no such title.",
        )
    })
}

/// A poster as PNG.
#[derive(Clone)]
struct Picture {
    content: Bytes,
    etag: Arc<str>,
}

impl Picture {
    fn answer(&self, asked: &HeaderMap) -> Response {
        let caching = [(CACHE_CONTROL, CACHING), (ETAG, &self.etag)];
        let is_known = asked
            .get(IF_NONE_MATCH)
            .is_some_and(|known| known.as_bytes() == self.etag.as_bytes());
        if is_known {
            return (StatusCode::NOT_MODIFIED, caching).into_response();
        }
        (caching, [(CONTENT_TYPE, "image/png")], self.content.clone()).into_response()
    }
}

impl Poster {
    fn draw(title: &Lettered) -> Self {
        let svg = poster::draw(&title.facts());
        Self {
            etag: tag(svg.as_bytes()).into(),
            gzipped: gzip(svg.as_bytes()),
        }
    }

    fn answer(&self, asked: &HeaderMap) -> Response {
        let caching = [(CACHE_CONTROL, CACHING), (ETAG, &self.etag), (VARY, "accept-encoding")];
        let is_known = asked
            .get(IF_NONE_MATCH)
            .is_some_and(|known| known.as_bytes() == self.etag.as_bytes());
        if is_known {
            return (StatusCode::NOT_MODIFIED, caching).into_response();
        }
        let content_type = [(CONTENT_TYPE, "image/svg+xml")];
        if !accepts(asked, "gzip") {
            return (caching, content_type, self.unpacked()).into_response();
        }
        let mut response = (caching, content_type, self.gzipped.clone()).into_response();
        response
            .headers_mut()
            .insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        response
    }

    fn unpacked(&self) -> Vec<u8> {
        let mut svg = Vec::new();
        // Cannot fail: this process compressed it.
        let _ = GzDecoder::new(self.gzipped.as_ref()).read_to_end(&mut svg);
        svg
    }
}
