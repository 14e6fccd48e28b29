//! Who calls: the gateway exchanges the session's token, from a cookie or a bearer header, for an identity signed by rent.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use api::rent::{AuthenticateRequest, Rent, WatchEndedSessionsRequest};
use axum::extract::{FromRequestParts, Request};
use futures::StreamExt;
use http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use rpc::revocations::Revocations;
use rpc::{Call, Context};
use tokio_util::sync::CancellationToken;

use crate::problem::{Problem, ProblemCode};
use crate::ttl_cache::TtlCache;
use crate::{Clock, Gateway, Settings, request};

/// The session's cookie. On https it has this prefix: then browsers accept it only from this host, for all paths, over
/// https, so another subdomain cannot replace it with a cookie of its own.
pub(crate) const COOKIE_NAME: &str = "dvs_session";
const HOST_COOKIE_NAME: &str = "__Host-dvs_session";

/// Marks a device on which a customer has signed in, for a year.
const DEVICE_COOKIE_NAME: &str = "dvs_device";
const HOST_DEVICE_COOKIE_NAME: &str = "__Host-dvs_device";
const DEVICE_COOKIE_LIFETIME: Duration = Duration::from_hours(365 * 24);

/// No valid token is longer.
const TOKEN_LIMIT_BYTES: usize = 512;
const SESSIONS_KEPT: u64 = 20_000;
/// How long an identity is cached. It is dropped earlier if the gateway learns that its session has ended.
const SESSION_VALIDITY: Duration = Duration::from_secs(30);
/// How long to wait before rent's ended sessions are followed again after that failed.
const PAUSE: Duration = Duration::from_millis(200);
/// A stream of ended sessions that sends nothing for this long is treated as broken, and another replica of rent is asked.
const SILENCE: Duration = Duration::from_secs(2);
/// An identity must stay valid for at least as long as the call that carries it.
const IDENTITY_MARGIN_US: i64 = 15 * 1_000_000;

/// The header that names the customer for whom the page was made.
const CUSTOMER: HeaderName = HeaderName::from_static("x-dvs-customer");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The cached sessions, each with its identity.
pub(crate) struct Sessions {
    rent: Arc<dyn Rent>,
    known: TtlCache<Arc<Known>>,
    /// When sessions of these customers were ended: identities that were cached before that are not used.
    ended: TtlCache<i64>,
    /// Sessions that were ended by any process. While this gateway does not receive them, it asks rent for every request.
    revocations: Revocations,
    clock: Clock,
}

struct Known {
    signed: Arc<str>,
    session_id: String,
    customer_id: String,
    asked_at_us: i64,
    expires_at_us: i64,
}

impl Sessions {
    pub(crate) fn new(rent: Arc<dyn Rent>, settings: &Settings, clock: Clock, revocations: Revocations) -> Self {
        Self {
            rent,
            revocations,
            known: TtlCache::new(SESSIONS_KEPT, settings.unless_lab(SESSION_VALIDITY), Arc::clone(&clock)),
            ended: TtlCache::new(SESSIONS_KEPT, SESSION_VALIDITY, Arc::clone(&clock)),
            clock,
        }
    }

    /// Follows the sessions that any process ends, until this process is `draining`.
    pub(crate) fn follow(&self, draining: CancellationToken) {
        let (rent, revocations) = (Arc::clone(&self.rent), self.revocations.clone());
        let follow = async move {
            loop {
                hear(rent.as_ref(), &revocations).await;
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::spawn(draining.run_until_cancelled_owned(follow));
    }

    /// The ended sessions that this gateway knows of.
    pub(crate) fn revocations(&self) -> &Revocations {
        &self.revocations
    }

    /// Must be called after a session has ended.
    pub(crate) fn forget(&self, token: &str) {
        self.known.forget(token);
    }

    /// Must be called after sessions of a customer have ended whose tokens the gateway does not have.
    pub(crate) fn forget_customer(&self, customer_id: &str) {
        self.ended.keep(customer_id, (self.clock)());
    }

    async fn identify(&self, token: &str, context: &Context) -> Result<Arc<Known>, Problem> {
        let now_us = (self.clock)();
        if self.revocations.is_heard()
            && let Some(known) = self.known.get(token)
            && !self.revocations.has_ended(&known.session_id)
            && known.expires_at_us > now_us + IDENTITY_MARGIN_US
            && self
                .ended
                .get(&known.customer_id)
                .is_none_or(|ended_at_us| ended_at_us < known.asked_at_us)
        {
            return Ok(known);
        }
        let message = AuthenticateRequest {
            token: token.to_owned(),
        };
        let identity = self.rent.authenticate(Call::new(message, context.clone())).await?;
        let known = Arc::new(Known {
            signed: identity.signed.into(),
            session_id: identity.session_id,
            customer_id: identity
                .customer
                .map(|customer| customer.customer_id)
                .unwrap_or_default(),
            asked_at_us: now_us,
            expires_at_us: identity.expires_at_us,
        });
        self.known.keep(token, Arc::clone(&known));
        Ok(known)
    }
}

/// Follows ended sessions as long as rent sends them.
async fn hear(rent: &dyn Rent, revocations: &Revocations) {
    let watch = Call::new(WatchEndedSessionsRequest {}, Context::by_service());
    let Ok(Ok(mut ended)) = tokio::time::timeout(SILENCE, rent.watch_ended_sessions(watch)).await else {
        return;
    };
    while let Ok(Some(Ok(message))) = tokio::time::timeout(SILENCE, ended.next()).await {
        revocations.hear(&message.session_ids);
    }
}

/// A signed-in customer; a request without one gets 401.
pub(crate) struct Customer {
    /// Carries the identity.
    pub(crate) context: Context,
    pub(crate) customer_id: String,
}

impl FromRequestParts<Arc<Gateway>> for Customer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, gateway: &Arc<Gateway>) -> Result<Self, Problem> {
        Self::identify(&parts.headers, request::context(&parts.extensions), gateway).await
    }
}

impl Customer {
    async fn identify(headers: &HeaderMap, mut context: Context, gateway: &Gateway) -> Result<Self, Problem> {
        let token = token(headers, &gateway.settings).ok_or_else(Problem::unauthenticated)?;
        let known = gateway.sessions.identify(token, &context).await?;
        expect_customer(headers.get(CUSTOMER).map(HeaderValue::as_bytes), &known.customer_id)?;
        context.identity = Some(Arc::clone(&known.signed));
        Ok(Self {
            context,
            customer_id: known.customer_id.clone(),
        })
    }
}

/// Refuses the request of a page that was made for another customer than the one who is signed in by now: a browser has
/// one session, and another tab may have changed it. So nothing is bought, changed or played for the wrong customer.
pub(crate) fn expect_customer(expected: Option<&[u8]>, customer_id: &str) -> Result<(), Problem> {
    if expected.is_none_or(|expected| expected == customer_id.as_bytes()) {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::CONFLICT,
        ProblemCode::CustomerChanged,
        "Another customer has signed in since this page was made.",
    ))
}

/// A customer, or a guest. A session that has ended, or that rent does not confirm in time, counts as a guest's.
pub(crate) struct Visitor(pub(crate) Option<Customer>);

impl FromRequestParts<Arc<Gateway>> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, gateway: &Arc<Gateway>) -> Result<Self, Infallible> {
        let context = request::dispensable(&request::context(&parts.extensions));
        Ok(Self(Customer::identify(&parts.headers, context, gateway).await.ok()))
    }
}

/// The session's token; a bearer header takes precedence over the cookie.
pub(crate) fn token<'a>(headers: &'a HeaderMap, settings: &Settings) -> Option<&'a str> {
    let token = bearer(headers).or_else(|| cookie(headers, settings))?;
    (1..=TOKEN_LIMIT_BYTES).contains(&token.len()).then_some(token)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn cookie<'a>(headers: &'a HeaderMap, settings: &Settings) -> Option<&'a str> {
    named_cookie(headers, cookie_name(settings))
}

/// The token that the device got when a customer signed in on it.
pub(crate) fn device_token<'a>(headers: &'a HeaderMap, settings: &Settings) -> Option<&'a str> {
    let token = named_cookie(headers, device_cookie_name(settings))?;
    (1..=TOKEN_LIMIT_BYTES).contains(&token.len()).then_some(token)
}

fn named_cookie<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    let values = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = values
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == wanted).map(|(_, token)| token)
}

fn cookie_name(settings: &Settings) -> &'static str {
    if settings.is_https() {
        HOST_COOKIE_NAME
    } else {
        COOKIE_NAME
    }
}

fn device_cookie_name(settings: &Settings) -> &'static str {
    if settings.is_https() {
        HOST_DEVICE_COOKIE_NAME
    } else {
        DEVICE_COOKIE_NAME
    }
}

/// The cookie of a new session; without a token, it deletes the cookie.
pub(crate) fn set_cookie(token: Option<&str>, lifetime: Duration, settings: &Settings) -> Option<HeaderValue> {
    let (token, seconds) = token.map_or(("", 0), |token| (token, lifetime.as_secs()));
    cookie_of(cookie_name(settings), token, seconds, settings)
}

/// The cookie of a device on which a customer has signed in. It stays after they sign out.
pub(crate) fn set_device_cookie(token: &str, settings: &Settings) -> Option<HeaderValue> {
    cookie_of(
        device_cookie_name(settings),
        token,
        DEVICE_COOKIE_LIFETIME.as_secs(),
        settings,
    )
}

fn cookie_of(name: &str, token: &str, seconds: u64, settings: &Settings) -> Option<HeaderValue> {
    let secure = if settings.is_https() { "; Secure" } else { "" };
    let cookie = format!("{name}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&cookie).ok()
}

/// Refuses a change that a page of another site makes the browser send: one with an Origin that is not this store's.
/// Calls with a bearer header are exempt, because no browser adds one by itself; so are tools, which send no Origin.
pub(crate) fn same_origin(gateway: &Gateway, request: &Request) -> Result<(), Problem> {
    if request.method().is_safe() {
        return Ok(());
    }
    refuse_foreign(request.headers(), request.uri(), &gateway.settings)
}

/// The same for requests that act although their method is safe, as a WebSocket does.
pub(crate) fn refuse_foreign(headers: &HeaderMap, uri: &Uri, settings: &Settings) -> Result<(), Problem> {
    if bearer(headers).is_some() || comes_from_us(headers, uri, settings) {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::FORBIDDEN,
        ProblemCode::CrossOrigin,
        "Another site may not do this in a customer's name.",
    ))
}

fn comes_from_us(headers: &HeaderMap, uri: &Uri, settings: &Settings) -> bool {
    let header = |name| {
        headers
            .get(name)
            .map(|value: &HeaderValue| value.to_str().unwrap_or("null"))
    };
    let Some(origin) = header(ORIGIN) else {
        return header(FETCH_SITE).is_none_or(|site| site == "same-origin" || site == "none");
    };
    let host = uri
        .authority()
        .map(http::uri::Authority::as_str)
        .or_else(|| header(HOST));
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    settings.is_public_origin(origin) || (authority.is_some() && authority == host)
}
