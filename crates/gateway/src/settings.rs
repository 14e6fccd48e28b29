//! What whoever runs the gateway may choose.

use std::path::PathBuf;
use std::time::Duration;

use crate::RateLimits;

#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the public finds the store, such as `https://films.example`. With https, cookies are `Secure`.
    pub public_url: Option<String>,
    /// Whether orders are taken at an https address although no real money moves.
    pub allow_sandbox: bool,
    pub rate_limits: RateLimits,
    /// How many proxies of our own stand between the public and the gateway. X-Forwarded-For is heard only so far.
    pub proxies_in_front: usize,
    /// How long a request may take, its calls included.
    pub request_timeout: Duration,
    pub body_limit_bytes: usize,
    /// Requests at once; what comes beyond them is told to come back.
    pub requests: usize,
    /// Streams of events at once.
    pub event_streams: usize,
    /// Where the store's own terms and the like are, which stand in for the models.
    pub words_dir: Option<PathBuf>,
    /// The clock of a store with a lab may jump, so that nothing is remembered for a while.
    pub lab: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            public_url: None,
            allow_sandbox: false,
            rate_limits: RateLimits::default(),
            proxies_in_front: 0,
            request_timeout: Duration::from_secs(10),
            body_limit_bytes: 64 * 1024,
            requests: 1024,
            event_streams: 1024,
            words_dir: None,
            lab: false,
        }
    }
}

impl Settings {
    pub(crate) fn is_https(&self) -> bool {
        let scheme = self.public_url.as_ref().and_then(|url| url.get(..8));
        scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"))
    }

    /// Whether a browser's Origin header names this store.
    pub(crate) fn is_public_origin(&self, origin: &str) -> bool {
        let rest = self.public_url.as_ref().and_then(|url| url.strip_prefix(origin));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    pub(crate) fn unless_lab(&self, validity: Duration) -> Duration {
        if self.lab { Duration::ZERO } else { validity }
    }
}
