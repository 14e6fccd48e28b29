//! The app's page as it is sent: in the reader's language, with its head and its first data. Whatever of it cannot be
//! had in a short while is left to the app.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT_LANGUAGE, CONTENT_LANGUAGE, HOST};
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use languages::Language;
use moka::sync::Cache;

use super::data::{self, Answer, Kind, Missing};
use super::files::{self, File};
use super::{head, not_found};
use crate::language::Languages;
use crate::problem::Problem;
use crate::store_profile::StoreProfile;
use crate::ttl_cache::TtlCache;
use crate::{Gateway, rate, request, session};

/// Guests who come together get the same page.
const VALIDITY: Duration = Duration::from_secs(5);
const KEPT: u64 = 200;
const DAY_US: i64 = 86_400_000_000;
/// What a page depends on beside its address.
const VARY: &str = "accept-encoding, accept-language, cookie";
const ASK_AGAIN: &str = "no-cache";
const OWN_COPY: &str = "private, no-store";
/// Tells the app to say on every page that no real money moves.
const SANDBOX: &str = "  <meta name=\"dvs-sandbox\" content=\"true\" />\n  </head>";
/// A longer name is none of a host.
const HOST_LIMIT_BYTES: usize = 255;

pub(crate) struct Pages {
    pub(super) gateway: Arc<Gateway>,
    /// The public API, without what stands before it for callers from outside.
    api: Router,
    kept: TtlCache<Arc<Page>>,
    pub(super) sitemaps: Cache<String, Arc<File>>,
}

struct Page {
    file: File,
    language: Language,
    is_found: bool,
}

impl Page {
    fn answer(&self, asked: &HeaderMap) -> Response {
        let mut response = self.file.answer(asked);
        let language = HeaderValue::from_static(self.language.tag());
        response.headers_mut().insert(CONTENT_LANGUAGE, language);
        if self.is_found { response } else { not_found(response) }
    }
}

impl Pages {
    pub(crate) fn new(gateway: Arc<Gateway>, api: Router) -> Self {
        let validity = gateway.settings.unless_lab(VALIDITY);
        Self {
            kept: TtlCache::new(KEPT, validity, Arc::clone(&gateway.clock)),
            sitemaps: super::sitemap::kept(),
            api,
            gateway,
        }
    }

    pub(super) async fn answer(&self, parts: &Parts) -> Response {
        let Some(shell) = files::find(files::INDEX) else {
            return Problem::not_found().into_response();
        };
        let asked = &parts.headers;
        let (path, query) = (parts.uri.path(), parts.uri.query().unwrap_or_default());
        let context = request::context(&parts.extensions);
        let place = Place {
            store: self.gateway.profile.get(&context).await,
            base: base(&self.gateway, asked),
            path: path.to_owned(),
            language: language(query, asked),
            is_chosen: chosen(query).is_some(),
            day: usize::try_from((self.gateway.clock)() / DAY_US).unwrap_or_default(),
        };
        let is_guest = session::token(asked, &self.gateway.settings).is_none();
        let key = format!(
            "{}\n{}\n{}\n{path}?{query}",
            place.store.revision,
            place.base,
            place.language.tag()
        );
        if let Some(page) = self.kept.get(&key).filter(|_| is_guest) {
            return page.answer(asked);
        }
        let found = self.first(parts, &place, query).await;
        let is_complete = found.is_ok();
        let (kind, _) = Kind::at(path, query);
        let is_found = kind != Kind::Unknown && !matches!(found, Err(Missing::Thing));
        let answer = found.ok().flatten();
        let cache_control = if is_guest { ASK_AGAIN } else { OWN_COPY };
        let mut html = head::write(shell.text(), kind, &place, answer.as_ref(), is_found, query.is_empty());
        if self.gateway.shows_sandbox(&context).await {
            html = html.replacen("</head>", SANDBOX, 1);
        }
        let page = Arc::new(Page {
            file: File::made(files::INDEX, html, cache_control, VARY),
            language: place.language,
            is_found,
        });
        if is_guest && is_complete {
            self.kept.keep(&key, Arc::clone(&page));
        }
        page.answer(asked)
    }

    /// What the page asks for first. Somebody who asks too often, and everybody where there is no place, gets the page
    /// without it.
    async fn first(&self, parts: &Parts, place: &Place, query: &str) -> Result<Option<Answer>, Missing> {
        let (_, Some(first)) = Kind::at(&place.path, query) else {
            return Ok(None);
        };
        let room = self.gateway.requests.try_acquire();
        if room.is_err() || !self.allows(parts) {
            return Err(Missing::Answer);
        }
        let context = request::context(&parts.extensions);
        let answer = data::ask(&self.api, first, place.language.tag(), &parts.headers, &context);
        answer.await.map(Some)
    }

    /// Counts a request to its address, and tells whether it may go on.
    pub(super) fn allows(&self, parts: &Parts) -> bool {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        peer.is_none_or(|ConnectInfo(peer)| rate::allows(&self.gateway, peer.ip(), &parts.headers))
    }
}

/// The address, store, language and time that a page is written for.
pub(super) struct Place {
    pub(super) store: Arc<StoreProfile>,
    /// Such as `https://films.example`.
    pub(super) base: String,
    pub(super) path: String,
    pub(super) language: Language,
    /// Whether the address says the language.
    pub(super) is_chosen: bool,
    /// Days since 1970, UTC.
    pub(super) day: usize,
}

/// Where the public finds this store: as it was set, or else as this reader did.
pub(super) fn base(gateway: &Gateway, asked: &HeaderMap) -> String {
    if let Some(url) = &gateway.settings.public_url {
        return url.trim_end_matches('/').to_owned();
    }
    let host = asked.get(HOST).and_then(|host| host.to_str().ok());
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    let host = host.filter(|host| host.len() <= HOST_LIMIT_BYTES && host.bytes().all(is_plain));
    format!("http://{}", host.unwrap_or("localhost"))
}

/// The language that an address asks for, such as `/titles/1?lang=pt-BR`: each language has an address to be found by.
fn chosen(query: &str) -> Option<Language> {
    let asked = query.split('&').find_map(|pair| pair.strip_prefix("lang="))?;
    Language::all().find(|language| language.tag() == asked)
}

fn language(query: &str, asked: &HeaderMap) -> Language {
    let header = asked.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let wishes = header.map(Languages::parse).unwrap_or_default();
    chosen(query).unwrap_or_else(|| wishes.spoken())
}
