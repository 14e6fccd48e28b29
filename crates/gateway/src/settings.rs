//! The settings of a gateway, which the operator chooses.

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
    /// How many of the store's own proxies are in front of the gateway. X-Forwarded-For is trusted only that far.
    pub proxies_in_front: usize,
    /// How long a request may take, its calls included.
    pub request_timeout: Duration,
    pub body_limit_bytes: usize,
    /// Requests at once; further ones are refused, and told when to try again.
    pub requests: usize,
    /// Streams of events at once, with the shares of one customer and one network.
    pub event_streams: StreamLimits,
    /// Conversations of players at once.
    pub conversations: StreamLimits,
    /// How long a player may take to send its first message.
    pub first_word: Duration,
    /// The folder of the operator's own terms and privacy texts, which replace the built-in ones.
    pub words_dir: Option<PathBuf>,
    /// Whether the store has a lab, whose clock may jump: then answers are not cached by time.
    pub lab: bool,
}

/// How many streams may be open at once.
#[derive(Debug, Clone, Copy)]
pub struct StreamLimits {
    pub all: usize,
    /// Of one customer, who may have several pages open.
    pub a_customer: usize,
    /// Of one network: a household, a school, or a proxy that is missing from `proxies_in_front`.
    pub a_network: usize,
}

impl StreamLimits {
    /// Limits for streams of events: one for each open page.
    pub const fn of_events(all: usize) -> Self {
        Self {
            all,
            a_customer: 16,
            a_network: 256,
        }
    }

    /// Limits for conversations of players: an account has three streams, and a player may reconnect before the gateway
    /// notices that its old connection is gone.
    pub const fn of_players(all: usize) -> Self {
        Self {
            all,
            a_customer: 8,
            a_network: 128,
        }
    }
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
            event_streams: StreamLimits::of_events(1024),
            conversations: StreamLimits::of_players(1024),
            first_word: Duration::from_secs(10),
            words_dir: None,
            lab: false,
        }
    }
}

impl Settings {
    pub(crate) fn is_https(&self) -> bool {
        let scheme = self.public_url.as_ref().and_then(|url| url.split_once("://"));
        scheme.is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("https"))
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
