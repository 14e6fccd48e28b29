//! The lists of what a customer has, page by page.

use store::{PageSize, PageToken, Tx, write_tx};
use uuid::Uuid;

use super::RentService;
use crate::customer::Customer;
use crate::entitlement::{Entitlement, EntitlementState};
use crate::fault::{Fault, Result};
use crate::id::{CustomerId, TitleId};
use crate::order::Order;
use crate::store::{customers, entitlements, orders, watchlist};

impl RentService {
    pub(super) async fn orders_page(
        &self,
        customer: CustomerId,
        size: i32,
        token: &str,
    ) -> Result<(Vec<Order>, String)> {
        let (size, after) = page("orders", customer, size, token)?;
        let found = orders::list(&self.db, customer, after, size.limit()).await?;
        let (page, more) = size.cut(found);
        let end = page.last().map(|order| (order.created_at_us, order.id.uuid()));
        Ok((page, next_page_token("orders", customer, end, more)))
    }

    pub(super) async fn library_page(
        &self,
        customer: CustomerId,
        size: i32,
        token: &str,
    ) -> Result<(Vec<Entitlement>, String)> {
        let (size, after) = page("entitlements", customer, size, token)?;
        let found = entitlements::list(&self.db, customer, after, size.limit()).await?;
        let (page, more) = size.cut(found);
        let end = page.last().map(|one| (one.granted_at_us, one.id.uuid()));
        Ok((page, next_page_token("entitlements", customer, end, more)))
    }

    /// What a customer holds of a title and can still watch.
    pub(super) async fn held_of(&self, customer: CustomerId, title: &str) -> Result<Vec<Entitlement>> {
        let title = TitleId::parse(title).ok_or(Fault::TitleNotFound)?;
        let now_us = self.clock.now_us();
        let mut held = self.held.of_title(customer, &title).await?;
        held.retain(|one| one.state(now_us) != EntitlementState::Expired);
        Ok(held)
    }

    pub(super) async fn add_title_to_watchlist(&self, customer: CustomerId, title: &TitleId) -> Result<()> {
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

    pub(super) async fn remove_title_from_watchlist(&self, customer: CustomerId, title: &TitleId) -> Result<()> {
        write_tx!(self.db, |tx| -> Result<()> {
            expect_there(tx, customer).await?;
            Ok(watchlist::remove(tx, customer, title).await?)
        })
    }

    pub(super) async fn staff_page(&self, size: i32, token: &str) -> Result<(Vec<Customer>, String)> {
        let size = PageSize::parse(size).map_err(|error| Fault::invalid("page_size", error.to_string()))?;
        let after = match token {
            "" => None,
            token => {
                let place: Place = PageToken::decode(token, "staff").map_err(|_| Fault::PageTokenUnknown)?;
                Some((place.0, CustomerId::new(place.1)))
            }
        };
        let (page, more) = size.cut(self.accounts.staff(after, size.limit()).await?);
        let end = page.last().map(|one| (one.created_at_us, one.id.uuid()));
        let next = end.filter(|_| more).map(|end: Place| PageToken::encode(&end, "staff"));
        Ok((page, next.unwrap_or_default()))
    }
}

/// An identity may outlive its account by a moment; nothing is written for one that is gone.
async fn expect_there(tx: &mut Tx, customer: CustomerId) -> Result<()> {
    customers::find(tx, customer).await?.map(drop).ok_or(Fault::SignedOut)
}

/// A place in a list: when the last row of a page came to be, and its id.
type Place = (i64, Uuid);

fn page(list: &'static str, customer: CustomerId, size: i32, token: &str) -> Result<(PageSize, Option<Place>)> {
    let size = PageSize::parse(size).map_err(|error| Fault::invalid("page_size", error.to_string()))?;
    if token.is_empty() {
        return Ok((size, None));
    }
    let after = PageToken::decode(token, &(list, customer.uuid())).map_err(|_| Fault::PageTokenUnknown)?;
    Ok((size, Some(after)))
}

fn next_page_token(list: &'static str, customer: CustomerId, end: Option<Place>, more: bool) -> String {
    match end {
        Some(end) if more => PageToken::encode(&end, &(list, customer.uuid())),
        _ => String::new(),
    }
}
