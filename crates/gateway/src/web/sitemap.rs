//! The site map: an index of parts, each with some thousands of addresses, made when they are asked for and kept for a
//! while. Parts are named by the title that they begin after, so that nothing counts through the whole catalogue twice.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use api::catalogue::{ListCollectionsRequest, ListTitleIdsRequest, TitleEntry};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use moka::sync::Cache;
use rpc::{Call, Context};

use super::files::File;
use super::page::{Pages, base};
use crate::problem::Problem;
use crate::request;
use crate::view::Time;

/// The addresses of one part; readers take up to 50,000.
const PART: i32 = 10_000;
/// The parts that are listed: twenty million titles.
const PARTS: usize = 2_000;
const COLLECTIONS: i32 = 100;
const VALIDITY: Duration = Duration::from_hours(1);
/// Each is about a megabyte.
const KEPT_BYTES: u64 = 16 * 1024 * 1024;
const RETRY_AFTER: Duration = Duration::from_mins(1);
const CACHING: &str = "public, max-age=3600";
const NAMESPACE: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";
const NAME: &str = "sitemap.xml";
/// The part with the pages that are no titles.
const PAGES: &str = "pages";

pub(super) fn kept() -> Cache<String, Arc<File>> {
    let weigh = |_: &String, file: &Arc<File>| u32::try_from(file.bytes()).unwrap_or(u32::MAX);
    Cache::builder()
        .max_capacity(KEPT_BYTES)
        .weigher(weigh)
        .time_to_live(VALIDITY)
        .build()
}

pub(super) async fn index(pages: &Pages, asked: &Parts) -> Response {
    let (base, context) = (
        base(&pages.gateway, &asked.headers),
        request::context(&asked.extensions),
    );
    let make = async {
        let mut text = begin("sitemapindex");
        let mut part = |name: &str| {
            let _ = write!(text, "<sitemap><loc>{base}/sitemaps/{name}.xml</loc></sitemap>");
        };
        part(PAGES);
        let mut after = String::new();
        for _ in 0..PARTS {
            let entries = titles(pages, &after, &context).await?;
            let Some(last) = entries.last() else { break };
            part(if after.is_empty() { "titles" } else { &after });
            after.clone_from(&last.title_id);
            if entries.len() < usize::try_from(PART).unwrap_or_default() {
                break;
            }
        }
        text.push_str("</sitemapindex>");
        Ok(text)
    };
    answer(pages, asked, format!("{base}\n"), make).await
}

pub(super) async fn part(pages: &Pages, asked: &Parts) -> Response {
    let (base, context) = (
        base(&pages.gateway, &asked.headers),
        request::context(&asked.extensions),
    );
    let name = asked.uri.path().trim_start_matches("/sitemaps/");
    let Some(name) = name.strip_suffix(".xml").filter(|name| !name.is_empty()) else {
        return Problem::not_found().into_response();
    };
    let make = async {
        let mut text = begin("urlset");
        if name == PAGES {
            for path in ["/", "/search", "/collections", "/genres"] {
                let _ = write!(text, "<url><loc>{base}{path}</loc></url>");
            }
            for id in collections(pages, &context).await? {
                let _ = write!(text, "<url><loc>{base}/collections/{id}</loc></url>");
            }
        } else {
            let after = if name == "titles" { "" } else { name };
            for TitleEntry {
                title_id,
                created_at_us,
            } in titles(pages, after, &context).await?
            {
                let since = Time::new(created_at_us);
                let _ = write!(
                    text,
                    "<url><loc>{base}/titles/{title_id}</loc><lastmod>{since}</lastmod></url>"
                );
            }
        }
        text.push_str("</urlset>");
        Ok(text)
    };
    answer(pages, asked, format!("{base}\n{name}"), make).await
}

async fn answer(
    pages: &Pages,
    asked: &Parts,
    key: String,
    make: impl Future<Output = Result<String, Problem>>,
) -> Response {
    if let Some(kept) = pages.sitemaps.get(&key) {
        return kept.answer(&asked.headers);
    }
    if !pages.allows(asked) {
        return Problem::rate_limited(RETRY_AFTER).into_response();
    }
    match make.await {
        Ok(text) => {
            let file = Arc::new(File::made(NAME, text, CACHING, "accept-encoding"));
            pages.sitemaps.insert(key, Arc::clone(&file));
            file.answer(&asked.headers)
        }
        Err(problem) => problem.into_response(),
    }
}

fn begin(element: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{element} xmlns=\"{NAMESPACE}\">")
}

/// A name that is no title's comes back as nothing found.
async fn titles(pages: &Pages, after: &str, context: &Context) -> Result<Vec<TitleEntry>, Problem> {
    let message = ListTitleIdsRequest {
        page_size: PART,
        after: after.to_owned(),
    };
    let found = pages
        .gateway
        .catalogue
        .list_title_ids(Call::new(message, context.clone()))
        .await;
    match found {
        Ok(found) => Ok(found.titles),
        Err(fault) if fault.code == rpc::Code::InvalidArgument => Err(Problem::not_found()),
        Err(fault) => Err(fault.into()),
    }
}

/// The first collections; a catalogue has few.
async fn collections(pages: &Pages, context: &Context) -> Result<Vec<String>, Problem> {
    let message = ListCollectionsRequest {
        page_size: COLLECTIONS,
        page_token: String::new(),
    };
    let call = Call::new(message, context.clone());
    let found = pages.gateway.catalogue.list_collections(call).await?;
    let ids = found.collections.into_iter().map(|collection| collection.collection_id);
    Ok(ids.collect())
}
