//! The service of the role rent: its parts, who may call it and who calls. The methods of each contract are in `service.rs` of
//! their domain; those of payments, which several domains share, and of the sandbox, of jobs and of the lab are here.

mod jobs;
mod lab;
mod open;
pub(crate) mod paging;
mod payments;
mod sandbox;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rpc::identity::{Identity, Verifier};
use rpc::{AccessControl, Sessions};
use store::jobs::{Jobs, Worker};
use store::{Clock, Db, ShiftedClock};
use tokio_util::task::TaskTracker;

pub use self::open::Options;
use crate::account::Accounts;
use crate::account::revoke::RevocationFeed;
use crate::catalogue::Offers;
use crate::customer::store::sessions;
use crate::fault::{Fault, Result};
use crate::id::CustomerId;
use crate::library::changes::Changes;
use crate::library::entitlement_cache::EntitlementCache;
use crate::limits::Limits;
use crate::order::most_rented::MostRented;
use crate::order::orders::Orders;
use crate::playback::Viewer;
use crate::playback::player::Player;

/// How long the reader of a stream may leave a message unread.
pub(crate) const WATCHER_PATIENCE: Duration = Duration::from_secs(30);

/// Customers, their orders, and what they may watch.
pub struct RentService {
    pub(crate) accounts: Arc<Accounts>,
    pub(crate) orders: Arc<Orders>,
    pub(crate) player: Arc<Player>,
    pub(crate) jobs: Jobs,
    pub(crate) worker: Arc<Worker>,
    pub(crate) changes: Changes,
    pub(crate) revocation_feed: RevocationFeed,
    /// Tasks that calls have started and do not wait for.
    pub(crate) tasks: TaskTracker,
    pub(crate) catalogue: Offers,
    pub(crate) most_rented: MostRented,
    pub(crate) held: EntitlementCache,
    pub(crate) db: Db,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) verifier: Verifier,
    pub(crate) lab: Option<Arc<ShiftedClock>>,
    pub(crate) limits: Limits,
}

impl RentService {
    /// Lets the service's edge find out who calls.
    pub fn access(&self) -> AccessControl {
        let clock = Arc::clone(&self.clock);
        let sessions = Arc::new(OpenSessions(self.db.clone()));
        AccessControl::new(self.verifier.clone(), move || clock.now_us()).asking(sessions)
    }
}

/// The customer who calls, and the session that they are signed in with.
pub(crate) fn viewer(context: &rpc::Context) -> Result<Viewer> {
    let identity = context.caller.customer()?;
    Ok(Viewer {
        customer: CustomerId::parse(&identity.customer_id).ok_or(Fault::SignedOut)?,
        session: identity.session_id.clone(),
    })
}

/// The customer who calls.
pub(crate) fn customer(context: &rpc::Context) -> Result<CustomerId> {
    Ok(viewer(context)?.customer)
}

/// Looks sessions up in rent's own database, so that an ended one is refused at once, without waiting for the revocation feed.
struct OpenSessions(Db);

#[async_trait]
impl Sessions for OpenSessions {
    async fn is_open(&self, identity: &Identity) -> rpc::Result<bool> {
        let Some(customer) = CustomerId::parse(&identity.customer_id) else {
            return Ok(false);
        };
        let is_open = sessions::exists(&self.0, customer, &identity.session_id).await;
        Ok(is_open.map_err(Fault::from)?)
    }
}
