//! What customers hold of a title, for the pages that say so: whoever looks around asks with every page.
//!
//! It is remembered where this process alone writes it, until it is written. Who may watch is never decided by it.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use store::Db;

use crate::fault::Result;
use crate::id::{CustomerId, TitleId};
use crate::library::entitlement::Entitlement;
use crate::library::store::entitlements;

/// Entitlements that are remembered, of some hundred bytes each; a customer without any counts as one.
const KEPT: u64 = 20_000;
/// Of who has more than this, none is remembered.
const OF_A_CUSTOMER: i64 = 50;
/// A write whose caller left before it was through may not be counted at its end; then this is how long it is not seen.
const LIFETIME: Duration = Duration::from_secs(10);

pub(crate) struct EntitlementCache {
    db: Db,
    kept: Cache<CustomerId, Arc<Kept>>,
}

struct Kept {
    /// How often it was written before it was read.
    writes: u64,
    /// All that a customer ever held, newest first; none when that is too much.
    all: Option<Vec<Entitlement>>,
}

impl EntitlementCache {
    pub(crate) fn new(db: Db) -> Self {
        let weigh = |_: &CustomerId, kept: &Arc<Kept>| {
            let entitlements = kept.all.as_ref().map_or(0, Vec::len);
            u32::try_from(entitlements).unwrap_or(u32::MAX).max(1)
        };
        let kept = Cache::builder().max_capacity(KEPT).weigher(weigh);
        Self {
            db,
            kept: kept.time_to_live(LIFETIME).build(),
        }
    }

    /// All that a customer ever held of a title, newest first.
    pub(crate) async fn of_title(&self, customer: CustomerId, title: &TitleId) -> Result<Vec<Entitlement>> {
        if let Some(writes) = self.db.writes_of(&customer)
            && let Some(all) = &self.all(customer, writes).await?.all
        {
            return Ok(all.iter().filter(|one| one.title == *title).cloned().collect());
        }
        Ok(entitlements::of_title(&self.db, customer, title).await?)
    }

    async fn all(&self, customer: CustomerId, writes: u64) -> Result<Arc<Kept>> {
        if let Some(kept) = self.kept.get(&customer).filter(|kept| kept.writes == writes) {
            return Ok(kept);
        }
        let all = entitlements::list(&self.db, customer, None, OF_A_CUSTOMER + 1).await?;
        let is_few = i64::try_from(all.len()).is_ok_and(|count| count <= OF_A_CUSTOMER);
        let kept = Arc::new(Kept {
            writes,
            all: is_few.then_some(all),
        });
        self.kept.insert(customer, Arc::clone(&kept));
        Ok(kept)
    }
}
