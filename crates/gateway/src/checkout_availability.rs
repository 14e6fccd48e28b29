//! Whether the checkout is available: whether rent, which takes the orders, answers at the moment.

use std::sync::Arc;
use std::time::Duration;

use api::rent::{AuthenticateRequest, Rent};
use rpc::{Call, Code, Context, Fault};
use tokio::time::Instant;

use crate::Clock;
use crate::ttl_cache::TtlCache;

/// A shop of guests should not ask rent at every page.
const VALIDITY: Duration = Duration::from_secs(2);
/// A page is worth showing without it, so it waits for this a shorter while than for anything else.
const PATIENCE: Duration = Duration::from_secs(1);
const KEY: &str = "checkout";

pub(crate) struct CheckoutAvailability {
    rent: Arc<dyn Rent>,
    known: TtlCache<bool>,
}

impl CheckoutAvailability {
    pub(crate) fn new(rent: Arc<dyn Rent>, clock: Clock) -> Self {
        let known = TtlCache::new(1, VALIDITY, clock);
        Self { rent, known }
    }

    /// What one knows without a customer. Any answer of rent's will do, so it is asked for a session that is none.
    pub(crate) async fn is_open(&self, context: &Context) -> bool {
        if let Some(known) = self.known.get(KEY) {
            return known;
        }
        let soon = Instant::now() + PATIENCE;
        let context = Context {
            deadline: Some(context.deadline.map_or(soon, |deadline| deadline.min(soon))),
            ..context.clone()
        };
        let call = Call::new(AuthenticateRequest::default(), context);
        let is_open = self
            .rent
            .authenticate(call)
            .await
            .err()
            .is_none_or(|fault| answered(&fault));
        self.known.keep(KEY, is_open);
        is_open
    }
}

/// Whether a fault is an answer of the service, not the want of one.
pub(crate) fn answered(fault: &Fault) -> bool {
    !matches!(fault.code, Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled)
}
