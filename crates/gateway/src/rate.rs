//! Limits how often a caller may ask: sign-ins by account and network, orders by customer, requests by address. Rent
//! counts what must hold for all gateways together: wrong passwords and mails.

use std::hash::{BuildHasher, Hash, RandomState};
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{ConnectInfo, Request};
use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use http::{Extensions, HeaderMap, HeaderName};

use rpc::security::{self, Event, Outcome};
use rpc::{Context, network};

use crate::problem::Problem;
use crate::{Clock, Gateway};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The most keys that are counted separately; beyond that, callers share a count.
const KEYS: usize = 100_000;
/// How many shared counts there are beyond that.
const SHARES: u64 = 4_096;
/// In a full table, one check in this many removes the keys that made no request lately.
const SWEEP_EVERY: u32 = 1_024;

/// The most requests of each kind in a minute; `None` is no limit.
#[derive(Debug, Clone)]
pub struct RateLimits {
    pub sign_ins_an_account: Option<NonZeroU32>,
    pub orders_a_customer: Option<NonZeroU32>,
    pub requests_an_address: Option<NonZeroU32>,
}

impl RateLimits {
    /// For tests and the lab.
    pub const OFF: Self = Self {
        sign_ins_an_account: None,
        orders_a_customer: None,
        requests_an_address: None,
    };
}

impl Default for RateLimits {
    fn default() -> Self {
        Self {
            sign_ins_an_account: NonZeroU32::new(10),
            orders_a_customer: NonZeroU32::new(200),
            requests_an_address: NonZeroU32::new(600),
        }
    }
}

/// The limits, with the counts of this process.
pub(crate) struct Rates {
    pub(crate) sign_ins: Rate,
    pub(crate) orders: Rate,
    requests: Rate,
}

impl Rates {
    pub(crate) fn new(limits: &RateLimits, clock: &Clock) -> Self {
        Self {
            sign_ins: Rate::new(limits.sign_ins_an_account, clock),
            orders: Rate::new(limits.orders_a_customer, clock),
            requests: Rate::new(limits.requests_an_address, clock),
        }
    }
}

type Limiter = RateLimiter<u64, DashMapStateStore<u64>, Ticks, NoOpMiddleware<Nanos>>;

/// One limit, counted by key.
pub(crate) struct Rate {
    limiter: Option<Limiter>,
    /// Seeded for each process, so that an attacker cannot choose keys that collide.
    hasher: RandomState,
    checks_of_full: AtomicU32,
    clock: Ticks,
}

impl Rate {
    fn new(a_minute: Option<NonZeroU32>, clock: &Clock) -> Self {
        let clock = Ticks::of(clock);
        let limiter =
            a_minute.map(|a_minute| RateLimiter::dashmap_with_clock(Quota::per_minute(a_minute), clock.clone()));
        Self {
            limiter,
            hasher: RandomState::new(),
            checks_of_full: AtomicU32::new(0),
            clock,
        }
    }

    /// The same as [`check`](Self::check); a refusal is also written into the security log.
    pub(crate) fn check_for(
        &self,
        key: &(impl Hash + ?Sized),
        limit: &'static str,
        context: &Context,
    ) -> Result<(), Problem> {
        self.check(key).inspect_err(|_refused| record_hit(limit, context))
    }

    pub(crate) fn check(&self, key: &(impl Hash + ?Sized)) -> Result<(), Problem> {
        let Some(limiter) = &self.limiter else {
            return Ok(());
        };
        let key = self.place(limiter, self.hasher.hash_one(key));
        limiter
            .check_key(&key)
            .map_err(|refused| Problem::rate_limited(refused.wait_time_from(self.clock.now())))
    }

    fn place(&self, limiter: &Limiter, key: u64) -> u64 {
        if limiter.len() < KEYS {
            return key;
        }
        if self
            .checks_of_full
            .fetch_add(1, Ordering::Relaxed)
            .is_multiple_of(SWEEP_EVERY)
        {
            limiter.retain_recent();
        }
        key % SHARES
    }
}

/// The time by the injected clock, for governor. It never goes back: after a clock was set back by a day, governor
/// would make every caller wait for a day.
#[derive(Clone)]
struct Ticks {
    clock: Clock,
    passed: Arc<Mutex<Passed>>,
}

struct Passed {
    microseconds: u64,
    read_at_us: i64,
}

impl Ticks {
    fn of(clock: &Clock) -> Self {
        let passed = Passed {
            microseconds: 0,
            read_at_us: clock(),
        };
        Self {
            clock: Arc::clone(clock),
            passed: Arc::new(Mutex::new(passed)),
        }
    }
}

impl governor::clock::Clock for Ticks {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        let now_us = (self.clock)();
        let since_us = now_us.saturating_sub(passed.read_at_us);
        passed.microseconds += u64::try_from(since_us).unwrap_or_default();
        passed.read_at_us = now_us;
        Duration::from_micros(passed.microseconds).into()
    }
}

/// Writes into the security log that a caller asked too often.
pub(crate) fn record_hit(limit: &'static str, context: &Context) {
    let event = Event::new("limit_hit", Outcome::Refused);
    security::record(&event.with_detail(limit), context);
}

/// Counts a request for its address; false if the address has reached its limit.
pub(crate) fn allows(gateway: &Gateway, peer: IpAddr, headers: &HeaderMap) -> bool {
    let address = address(peer, headers, gateway.settings.proxies_in_front);
    gateway.rates.requests.check(&address).is_ok()
}

/// Counts the request for its address.
pub(crate) fn by_address(gateway: &Gateway, request: &Request) -> Result<(), Problem> {
    match caller(gateway, request.extensions(), request.headers()) {
        Some(address) => gateway.rates.requests.check(&address),
        None => Ok(()),
    }
}

/// The network that a request came from; `None` if it did not come over one.
pub(crate) fn caller(gateway: &Gateway, extensions: &Extensions, headers: &HeaderMap) -> Option<IpAddr> {
    let ConnectInfo(peer) = extensions.get::<ConnectInfo<SocketAddr>>()?;
    Some(address(peer.ip(), headers, gateway.settings.proxies_in_front))
}

/// The network of the caller, which its neighbours share.
fn address(peer: IpAddr, headers: &HeaderMap, proxies_in_front: usize) -> IpAddr {
    network(client_address(peer, headers, proxies_in_front))
}

/// The caller's address. X-Forwarded-For counts only as far as the store's own proxies wrote it: each appends one address.
pub(crate) fn client_address(peer: IpAddr, headers: &HeaderMap, proxies_in_front: usize) -> IpAddr {
    let Some(steps_back) = proxies_in_front.checked_sub(1) else {
        return peer.to_canonical();
    };
    let values = headers
        .get_all(FORWARDED_FOR)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let chain: Vec<&str> = values.flat_map(|value| value.split(',')).map(str::trim).collect();
    let said = chain
        .iter()
        .rev()
        .nth(steps_back)
        .and_then(|address| address.parse::<IpAddr>().ok());
    said.unwrap_or(peer).to_canonical()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicI64;

    use super::*;

    fn forwarded(value: &str) -> HeaderMap {
        HeaderMap::from_iter([(FORWARDED_FOR, value.parse().unwrap())])
    }

    #[test]
    fn a_forwarded_address_is_heard_only_behind_our_own_proxies() {
        let peer: IpAddr = "10.0.0.1".parse().unwrap();
        let headers = forwarded("1.1.1.1, 2.2.2.2, 3.3.3.3");
        assert_eq!(address(peer, &headers, 0), peer);
        assert_eq!(address(peer, &headers, 1), "3.3.3.3".parse::<IpAddr>().unwrap());
        assert_eq!(address(peer, &headers, 2), "2.2.2.2".parse::<IpAddr>().unwrap());
        assert_eq!(address(peer, &headers, 9), peer);
        assert_eq!(address(peer, &forwarded("nonsense"), 1), peer);
    }

    #[test]
    fn what_was_used_up_comes_back_with_time() {
        let now_us = Arc::new(AtomicI64::new(1_000_000_000_000));
        let clock: Clock = {
            let now_us = Arc::clone(&now_us);
            Arc::new(move || now_us.load(Ordering::Relaxed))
        };
        let rate = Rate::new(NonZeroU32::new(10), &clock);
        for _ in 0..10 {
            rate.check("ana").unwrap();
        }
        assert!(rate.check("ana").is_err());
        rate.check("bea").unwrap();
        now_us.fetch_add(6_000_000, Ordering::Relaxed);
        rate.check("ana").unwrap();
        assert!(rate.check("ana").is_err());
    }

    #[test]
    fn a_clock_that_is_set_back_locks_no_caller_out() {
        const TWO_DAYS_US: i64 = 2 * 24 * 60 * 60 * 1_000_000;
        let now_us = Arc::new(AtomicI64::new(1_000_000_000_000));
        let clock: Clock = {
            let now_us = Arc::clone(&now_us);
            Arc::new(move || now_us.load(Ordering::Relaxed))
        };
        let rate = Rate::new(NonZeroU32::new(10), &clock);
        now_us.fetch_add(TWO_DAYS_US, Ordering::Relaxed);
        for _ in 0..9 {
            rate.check("ana").unwrap();
        }
        now_us.fetch_sub(TWO_DAYS_US, Ordering::Relaxed);
        rate.check("ana").unwrap();
        assert!(rate.check("ana").is_err(), "what was used up stays used up");
        now_us.fetch_add(6_000_000, Ordering::Relaxed);
        rate.check("ana").unwrap();
    }

    #[test]
    fn the_table_of_keys_is_bounded_however_many_come() {
        let clock: Clock = Arc::new(|| 1_000_000_000_000);
        let rate = Rate::new(NonZeroU32::new(10), &clock);
        for key in 0..KEYS + 20_000 {
            let _ = rate.check(&key);
        }
        let kept = rate.limiter.as_ref().unwrap().len();
        assert!(kept <= KEYS + usize::try_from(SHARES).unwrap(), "{kept}");
    }
}
