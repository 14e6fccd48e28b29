//! What robots may look at: everything that is for everybody.

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::request::Parts;

use super::page::{Pages, base};

const CACHING: &str = "public, max-age=3600";
/// What is somebody's own, or made for programs.
const PRIVATE: [&str; 8] = [
    "/api/",
    "/media/",
    "/account",
    "/checkout",
    "/library",
    "/watch/",
    "/watchlist",
    "/lab",
];

pub(super) fn answer(pages: &Pages, asked: &Parts) -> Response {
    let mut text = "User-agent: *\n".to_owned();
    for path in PRIVATE {
        text.push_str("Disallow: ");
        text.push_str(path);
        text.push('\n');
    }
    text.push_str("\nSitemap: ");
    text.push_str(&base(&pages.gateway, &asked.headers));
    text.push_str("/sitemap.xml\n");
    let headers = [(CONTENT_TYPE, "text/plain; charset=utf-8"), (CACHE_CONTROL, CACHING)];
    (headers, text).into_response()
}
