//! Entitlements and the watchlist, as their contract has them.

use ::store::{Tx, write_tx};
use api::rent::{self as messages, LibraryService};
use async_trait::async_trait;
use rpc::Call;

use super::entitlement::{Entitlement, EntitlementState};
use super::store::{entitlements, watchlist};
use super::wire;
use crate::customer::store::customers;
use crate::fault::{Fault, Result};
use crate::id::{CustomerId, TitleId};
use crate::service::paging::{next_page_token, page};
use crate::service::{RentService, customer};

#[async_trait]
impl LibraryService for RentService {
    async fn list_entitlements(
        &self,
        call: Call<messages::ListEntitlementsRequest>,
    ) -> rpc::Result<messages::ListEntitlementsResponse> {
        let customer = customer(&call.context)?;
        let request = &call.message;
        let (page, next_page_token) = if request.title_id.is_empty() {
            self.library_page(customer, request.page_size, &request.page_token)
                .await?
        } else {
            (self.held_of(customer, &request.title_id).await?, String::new())
        };
        let now_us = self.clock.now_us();
        Ok(messages::ListEntitlementsResponse {
            entitlements: page.iter().map(|one| wire::entitlement(one, now_us)).collect(),
            next_page_token,
        })
    }

    async fn list_watchlist(
        &self,
        call: Call<messages::ListWatchlistRequest>,
    ) -> rpc::Result<messages::ListWatchlistResponse> {
        let customer = customer(&call.context)?;
        let limit = i64::try_from(self.limits.watchlist).unwrap_or(i64::MAX);
        let titles = watchlist::list(&self.db, customer, limit).await.map_err(Fault::from)?;
        Ok(messages::ListWatchlistResponse {
            title_ids: titles.iter().map(ToString::to_string).collect(),
        })
    }

    async fn add_to_watchlist(
        &self,
        call: Call<messages::AddToWatchlistRequest>,
    ) -> rpc::Result<messages::AddToWatchlistResponse> {
        let customer = customer(&call.context)?;
        let title = TitleId::parse(&call.message.title_id).ok_or(Fault::TitleNotFound)?;
        self.catalogue.expect_title(&title, &call.context).await?;
        self.add_title_to_watchlist(customer, &title).await?;
        Ok(messages::AddToWatchlistResponse {})
    }

    async fn remove_from_watchlist(
        &self,
        call: Call<messages::RemoveFromWatchlistRequest>,
    ) -> rpc::Result<messages::RemoveFromWatchlistResponse> {
        let customer = customer(&call.context)?;
        if let Some(title) = TitleId::parse(&call.message.title_id) {
            self.remove_title_from_watchlist(customer, &title).await?;
        }
        Ok(messages::RemoveFromWatchlistResponse {})
    }
}

impl RentService {
    async fn library_page(&self, customer: CustomerId, size: i32, token: &str) -> Result<(Vec<Entitlement>, String)> {
        let (size, after) = page("entitlements", customer, size, token)?;
        let found = entitlements::list(&self.db, customer, after, size.limit()).await?;
        let (page, more) = size.cut(found);
        let end = page.last().map(|one| (one.granted_at_us, one.id.uuid()));
        Ok((page, next_page_token("entitlements", customer, end, more)))
    }

    /// The customer's entitlements to a title that can still be watched.
    async fn held_of(&self, customer: CustomerId, title: &str) -> Result<Vec<Entitlement>> {
        let title = TitleId::parse(title).ok_or(Fault::TitleNotFound)?;
        let now_us = self.clock.now_us();
        let mut held = self.held.of_title(customer, &title).await?;
        held.retain(|one| one.state(now_us) != EntitlementState::Expired);
        Ok(held)
    }

    async fn add_title_to_watchlist(&self, customer: CustomerId, title: &TitleId) -> Result<()> {
        let limit = self.limits.watchlist;
        let now_us = self.clock.now_us();
        write_tx!(self.db, |tx| -> Result<()> {
            expect_there(tx, customer).await?;
            watchlist::add(tx, customer, title, now_us).await?;
            let count = watchlist::count(&mut *tx, customer).await?;
            if usize::try_from(count).unwrap_or(usize::MAX) > limit {
                return Err(Fault::WatchlistFull { limit });
            }
            Ok(())
        })
    }

    async fn remove_title_from_watchlist(&self, customer: CustomerId, title: &TitleId) -> Result<()> {
        write_tx!(self.db, |tx| -> Result<()> {
            expect_there(tx, customer).await?;
            Ok(watchlist::remove(tx, customer, title).await?)
        })
    }
}

/// Refuses a call whose account was deleted: an identity stays valid for a moment after that.
async fn expect_there(tx: &mut Tx, customer: CustomerId) -> Result<()> {
    customers::find(tx, customer).await?.map(drop).ok_or(Fault::SignedOut)
}
