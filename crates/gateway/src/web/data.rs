//! What a page of the app asks for first: the public API answers it here, through the same routes and in the same
//! words as it would over the line.

use std::sync::LazyLock;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use bytes::Bytes;
use http::header::{ACCEPT_LANGUAGE, COOKIE};
use http::{HeaderMap, StatusCode};
use rpc::Context;
use serde_json::Value;
use tokio::time::Instant;
use tower::ServiceExt;
use utoipa::IntoParams;

use crate::routes::titles::TitleQuery;

/// A page comes without its first data rather than late.
const PATIENCE: Duration = Duration::from_millis(800);
/// More than this is not written into a page; the app asks for it.
const ANSWER_LIMIT_BYTES: usize = 512 * 1024;
/// What a list shows at first, as the app asks for it.
const LIST: &str = "page_size=24";
/// The parameters of a search that ask for another page of it; the address of the search's page has none of them.
const PAGING: [&str; 2] = ["page_size", "page_token"];
/// The other parameters of a search, which the address of its page has too.
static FILTERS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let parameters = TitleQuery::into_params(|| None).into_iter();
    let names = parameters.map(|parameter| parameter.name);
    names.filter(|name| !PAGING.contains(&name.as_str())).collect()
});

/// What a page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Home,
    Search,
    Title,
    Person,
    Collections,
    Collection,
    Genres,
    /// A page that asks for nothing first, or for something of the customer's own.
    Other,
    /// No page of the app: it says so itself, and the status says it to programs.
    Unknown,
}

impl Kind {
    /// What is shown at an address, and the one thing that it asks for first.
    pub(super) fn at(path: &str, query: &str) -> (Self, Option<String>) {
        // The app's router does not look at the case of letters either.
        let path = path.to_ascii_lowercase();
        let parts: Vec<_> = path.trim_matches('/').split('/').collect();
        match parts[..] {
            [""] => (Self::Home, Some(format!("/api/v1/titles?sort=popular&{LIST}"))),
            ["search"] => (Self::Search, Some(search(query))),
            ["titles", id] => (Self::Title, Some(format!("/api/v1/titles/{id}"))),
            ["people", id] => (Self::Person, Some(format!("/api/v1/people/{id}"))),
            ["collections"] => (Self::Collections, Some("/api/v1/collections".to_owned())),
            ["collections", id] => (Self::Collection, Some(format!("/api/v1/collections/{id}"))),
            ["genres"] => (Self::Genres, Some(format!("/api/v1/titles?sort=popular&{LIST}"))),
            ["account" | "checkout" | "lab" | "library" | "privacy" | "terms" | "watchlist"]
            | [
                "account",
                "email" | "forgot" | "orders" | "reminders" | "reset" | "revert" | "verify",
            ]
            | ["lab", "report"]
            | ["orders" | "watch", _] => (Self::Other, None),
            _ => (Self::Unknown, None),
        }
    }
}

/// The search of a page, as the app sends it: the best match first where there are words.
fn search(query: &str) -> String {
    // A value may end with “=” itself; only one that is empty asks for nothing.
    let is_filled = |pair: &&str| {
        let parts = pair.split_once('=');
        parts.is_some_and(|(name, value)| FILTERS.iter().any(|filter| filter == name) && !value.is_empty())
    };
    let filled = query.split('&').filter(is_filled);
    let mut pairs: Vec<_> = filled.collect();
    let asks = |name: &str| pairs.iter().any(|pair| pair.starts_with(name));
    if !asks("sort=") {
        pairs.push(if asks("q=") { "sort=relevance" } else { "sort=popular" });
    }
    pairs.push(LIST);
    format!("/api/v1/titles?{}", pairs.join("&"))
}

/// An answer of the API.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) path: String,
    pub(super) body: Bytes,
    /// The same, to look into.
    pub(super) value: Value,
}

/// Why a page comes without its first data.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// There is no such thing.
    Thing,
    /// Not in time, or not at all.
    Answer,
}

/// Asks the API what a page of this reader will ask.
pub(super) async fn ask(
    api: &Router,
    path: String,
    language: &str,
    asked: &HeaderMap,
    context: &Context,
) -> Result<Answer, Missing> {
    let deadline = Instant::now() + PATIENCE;
    let context = Context {
        deadline: Some(context.deadline.map_or(deadline, |own| own.min(deadline))),
        ..context.clone()
    };
    let mut request = Request::get(&path).header(ACCEPT_LANGUAGE, language);
    for cookie in asked.get_all(COOKIE) {
        request = request.header(COOKIE, cookie);
    }
    let mut request = request.body(Body::empty()).map_err(|_unaddressed| Missing::Thing)?;
    request.extensions_mut().insert(context);
    let answering = async {
        let response = api.clone().oneshot(request).await.map_err(|_| Missing::Answer)?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Err(Missing::Thing),
            _ => return Err(Missing::Answer),
        }
        let body = to_bytes(response.into_body(), ANSWER_LIMIT_BYTES).await;
        body.map_err(|_too_long| Missing::Answer)
    };
    let body = tokio::time::timeout_at(deadline, answering).await;
    let body = body.map_err(|_late| Missing::Answer)??;
    let value = serde_json::from_slice(&body).map_err(|_| Missing::Answer)?;
    Ok(Answer { path, body, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_page_asks_for_what_it_shows() {
        let asked = |path: &str, query: &str| Kind::at(path, query);
        let titles = |query: &str| Some(format!("/api/v1/titles?{query}"));
        assert_eq!(asked("/", ""), (Kind::Home, titles("sort=popular&page_size=24")));
        assert_eq!(asked("/search", "").1, titles("sort=popular&page_size=24"));
        assert_eq!(
            asked("/search", "q=nos&genre=&genre=Horror&page_size=5&page_token=x&utm=1").1,
            titles("q=nos&genre=Horror&sort=relevance&page_size=24")
        );
        assert_eq!(
            asked("/search", "q=zzzz=&kind=short&year=1922").1,
            titles("q=zzzz=&kind=short&year=1922&sort=relevance&page_size=24"),
            "a value may end as an empty one does"
        );
        assert_eq!(asked("/search", "q").1, titles("sort=popular&page_size=24"));
        assert_eq!(asked("/search", "sort=name").1, titles("sort=name&page_size=24"));
        assert_eq!(asked("/titles/1", "").1.unwrap(), "/api/v1/titles/1");
        assert_eq!(asked("/genres", "").0, Kind::Genres);
        assert_eq!(asked("/titles/1/2", ""), (Kind::Unknown, None));
        assert_eq!(asked("/account", ""), (Kind::Other, None));
        assert_eq!(asked("/Library/", ""), (Kind::Other, None));
        assert_eq!(asked("/nope", ""), (Kind::Unknown, None));
    }

    /// The app's own list of its pages, which its router writes.
    const ROUTES: &str = include_str!("../../../../web/src/typed-router.d.ts");

    #[test]
    fn every_page_of_the_app_is_known_here() {
        let quoted = ROUTES
            .lines()
            .filter_map(|line| line.trim().strip_prefix('\'')?.strip_suffix("',"));
        let paths: Vec<_> = quoted
            .filter(|text| text.starts_with('/') && !text.contains(['[', '(']))
            .collect();
        assert!(paths.contains(&"/watch/:entitlement_id"), "{paths:?}");
        for path in paths {
            assert_ne!(Kind::at(path, "").0, Kind::Unknown, "{path}");
        }
    }
}
