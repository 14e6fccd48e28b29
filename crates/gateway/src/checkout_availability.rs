//! Whether the checkout is available: whether rent, which takes the orders, answers at the moment.

use std::sync::Arc;
use std::time::Duration;

use api::rent::{AuthenticateRequest, Rent};
use rpc::{Call, Code, Context, Fault};
use tokio::time::Instant;

use crate::Clock;
use crate::ttl_cache::TtlCache;

/// The answer is cached, so that the gateway does not call rent for every page of every guest.
const VALIDITY: Duration = Duration::from_secs(2);
/// Pages can be shown without the answer, so they wait for it less long than for other calls.
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

    /// Whether rent answers. This needs no customer: the call has no valid token, and any answer of rent's will do.
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

/// Whether a fault is an answer of the service; if not, the service could not be reached or did not answer in time.
pub(crate) fn answered(fault: &Fault) -> bool {
    !matches!(fault.code, Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled)
}
