//! The web app: its files, and its one page for every address that is the app's own, with what the page will ask for
//! first written into it, and what search engines and other sites want to know of it.

mod data;
mod files;
mod head;
mod json_ld;
mod manifest;
mod page;
mod robots;
mod sitemap;
mod texts;

use std::sync::Arc;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode};

pub use files::is_embedded;
pub(crate) use files::{accepts, gzip, tag};
pub(crate) use page::Pages;

use crate::problem::Problem;

/// Addresses that are never a page of the app.
const NOT_PAGES: [&str; 6] = ["api", "logo", "media", "posters", "assets", "sitemaps"];

/// A file of the web app, or its one page, which finds out by itself what to show.
pub(crate) async fn answer(pages: Arc<Pages>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Problem::not_found().into_response();
    }
    let (asked, _) = request.into_parts();
    let path = asked.uri.path().trim_start_matches('/');
    let is_written_here = [files::INDEX, manifest::NAME].contains(&path);
    if let Some(file) = files::find(path).filter(|_| !is_written_here) {
        return file.answer(&asked.headers);
    }
    match path {
        manifest::NAME => manifest::answer(&pages, &asked).await,
        "robots.txt" => robots::answer(&pages, &asked),
        "sitemap.xml" => sitemap::index(&pages, &asked).await,
        _ if path.starts_with("sitemaps/") => sitemap::part(&pages, &asked).await,
        _ if is_page(path) => pages.answer(&asked).await,
        _ => Problem::not_found().into_response(),
    }
}

fn is_page(path: &str) -> bool {
    let first = path.split('/').next().unwrap_or(path);
    let last = path.rsplit('/').next().unwrap_or(path);
    // A name with an ending is a file, and a missing one is better said than answered with a page.
    path == files::INDEX || (!last.contains('.') && !NOT_PAGES.contains(&first))
}

/// The same answer, as one for something that is not there.
fn not_found(mut response: Response) -> Response {
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}
