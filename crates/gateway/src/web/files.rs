//! The web app's files, embedded, with their caches and precompressed.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::sync::{LazyLock, OnceLock};

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use http::{HeaderMap, HeaderValue, StatusCode};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Dist;

/// The app's one page.
pub(super) const INDEX: &str = "index.html";
/// Shown where the web app would be, by a gateway that was built without it.
const PLACEHOLDER: &[u8] = include_bytes!("../pages/placeholder.html");

/// Names under here carry a hash of their content, so that a changed file has a new name.
const HASHED: &str = "assets/";
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const ASK_AGAIN: &str = "no-cache";

/// Compressed once a file; more effort gains little and delays the first visitor.
const BROTLI_EFFORT: i32 = 6;
const BROTLI_WINDOW_BITS: i32 = 22;
const BUFFER_BYTES: usize = 4096;

static FILES: LazyLock<HashMap<String, File>> = LazyLock::new(|| {
    let files = Dist::iter().filter_map(|name| Some((name.to_string(), File::embedded(&name)?)));
    let placeholder = File::new(INDEX, Bytes::from_static(PLACEHOLDER));
    [(INDEX.to_owned(), placeholder)].into_iter().chain(files).collect()
});

/// Whether this build has the web app inside, not just the page that stands in for it.
pub fn is_embedded() -> bool {
    Dist::get(INDEX).is_some()
}

pub(super) fn find(name: &str) -> Option<&'static File> {
    FILES.get(name)
}

/// Something to be sent, packed for whoever can unpack it.
pub(super) struct File {
    content: Bytes,
    content_type: &'static str,
    cache_control: &'static str,
    /// What an answer depends on beside its address.
    vary: &'static str,
    etag: String,
    is_text: bool,
    brotli: OnceLock<Bytes>,
    gzip: OnceLock<Bytes>,
}

impl File {
    fn embedded(name: &str) -> Option<Self> {
        let file = Dist::get(name)?;
        let content = match file.data {
            std::borrow::Cow::Borrowed(content) => Bytes::from_static(content),
            std::borrow::Cow::Owned(content) => content.into(),
        };
        Some(Self::new(name, content))
    }

    fn new(name: &str, content: Bytes) -> Self {
        let (content_type, is_text) = content_type(name);
        Self {
            etag: tag(&content),
            content,
            content_type,
            vary: "accept-encoding",
            cache_control: if name.starts_with(HASHED) { FOR_EVER } else { ASK_AGAIN },
            is_text,
            brotli: OnceLock::new(),
            gzip: OnceLock::new(),
        }
    }

    /// A page that was made for whoever asked, and is to be asked for again.
    pub(super) fn made(name: &str, content: String, cache_control: &'static str, vary: &'static str) -> Self {
        Self {
            cache_control,
            vary,
            ..Self::new(name, content.into())
        }
    }

    pub(super) fn text(&self) -> &str {
        str::from_utf8(&self.content).unwrap_or_default()
    }

    /// How much memory it takes, about.
    pub(super) fn bytes(&self) -> usize {
        2 * self.content.len()
    }

    pub(super) fn answer(&self, asked: &HeaderMap) -> Response {
        let caching = [
            (CACHE_CONTROL, self.cache_control),
            (ETAG, &self.etag),
            (VARY, self.vary),
        ];
        let is_known = asked
            .get(IF_NONE_MATCH)
            .is_some_and(|known| known.as_bytes() == self.etag.as_bytes());
        if is_known {
            return (StatusCode::NOT_MODIFIED, caching).into_response();
        }
        let (content, encoding) = self.encoded(asked);
        let mut response = (caching, [(CONTENT_TYPE, self.content_type)], content).into_response();
        if let Some(encoding) = encoding {
            response
                .headers_mut()
                .insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        response
    }

    fn encoded(&self, asked: &HeaderMap) -> (Bytes, Option<&'static str>) {
        if self.is_text && accepts(asked, "br") {
            let packed = self.brotli.get_or_init(|| brotli(&self.content));
            return (packed.clone(), Some("br"));
        }
        if self.is_text && accepts(asked, "gzip") {
            let packed = self.gzip.get_or_init(|| gzip(&self.content));
            return (packed.clone(), Some("gzip"));
        }
        (self.content.clone(), None)
    }
}

/// An `ETag` by content: the same bytes have the same one in every process of this build.
pub(crate) fn tag(content: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    format!("\"{:016x}\"", hasher.finish())
}

/// Whether an answer may be encoded so. A weight of 0 is a refusal.
pub(crate) fn accepts(asked: &HeaderMap, encoding: &str) -> bool {
    let values = asked
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let mut offers = values.flat_map(|value| value.split(','));
    offers.any(|offer| {
        let (name, weight) = offer.split_once(';').unwrap_or((offer, ""));
        let refused = weight
            .trim()
            .strip_prefix("q=")
            .is_some_and(|weight| weight.parse() == Ok(0.0));
        name.trim().eq_ignore_ascii_case(encoding) && !refused
    })
}

fn brotli(content: &[u8]) -> Bytes {
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: BROTLI_EFFORT,
        lgwin: BROTLI_WINDOW_BITS,
        ..Default::default()
    };
    let mut packer = brotli::CompressorWriter::with_params(Vec::new(), BUFFER_BYTES, &parameters);
    // Writing to memory does not fail.
    let _ = packer.write_all(content);
    packer.into_inner().into()
}

pub(crate) fn gzip(content: &[u8]) -> Bytes {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    // Writing to memory does not fail.
    let _ = packer.write_all(content);
    packer.finish().unwrap_or_default().into()
}

/// The type of a file of the web app, and whether it is worth compressing.
fn content_type(name: &str) -> (&'static str, bool) {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => ("text/html; charset=utf-8", true),
        "js" | "mjs" => ("text/javascript", true),
        "css" => ("text/css", true),
        "json" | "map" => ("application/json", true),
        "webmanifest" => ("application/manifest+json", true),
        "svg" => ("image/svg+xml", true),
        "txt" => ("text/plain; charset=utf-8", true),
        "xml" => ("application/xml; charset=utf-8", true),
        "woff2" => ("font/woff2", false),
        "png" => ("image/png", false),
        "jpg" | "jpeg" => ("image/jpeg", false),
        "webp" => ("image/webp", false),
        "avif" => ("image/avif", false),
        "ico" => ("image/x-icon", false),
        _ => ("application/octet-stream", false),
    }
}
