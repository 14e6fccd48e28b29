//! What a store has acknowledged, and checks that it is still there.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::{Account, Order, Store, offer_of};
use serde_json::Value;

use crate::work::FILM;

/// How long a crash may keep an order undecided: the reconciler's promise.
const RECONCILED_WITHIN: Duration = Duration::from_secs(30);
/// How much of what was acknowledged long ago is checked after each start; at the end all of it is.
const LOOKED_AT: usize = 8;

#[derive(Default)]
pub(crate) struct Acknowledged {
    pub(crate) accounts: Vec<Account>,
    /// The orders that were answered, by their id: the customer's address, and the state in the answer.
    orders: BTreeMap<String, (String, String)>,
    /// The orders whose customers have asked for their money, whatever the answer.
    pub(crate) refunds_begun: BTreeSet<String>,
    pub(crate) watchlists: HashMap<(String, String), Known<bool>>,
    pub(crate) imports: Vec<u32>,
    /// The rental's price of each film, in minor units.
    pub(crate) prices: HashMap<String, Known<i64>>,
    pub(crate) media: BTreeSet<String>,
}

/// A value that was acknowledged, and those that were sent since: the store may have saved each of them.
#[derive(Debug, Clone)]
pub(crate) struct Known<T> {
    pub(crate) acknowledged: Option<T>,
    pub(crate) begun: Vec<T>,
}

impl<T> Default for Known<T> {
    fn default() -> Self {
        Self {
            acknowledged: None,
            begun: Vec::new(),
        }
    }
}

impl<T: PartialEq + fmt::Debug> Known<T> {
    fn check(&self, found: &T, what: &str) -> Result<()> {
        let is_possible =
            self.acknowledged.is_none() || self.acknowledged.as_ref() == Some(found) || self.begun.contains(found);
        ensure!(is_possible, "{what} is {found:?}, but it was {self:?}");
        Ok(())
    }
}

/// The same for several tasks at once.
pub(crate) struct Shared<'a>(Mutex<&'a mut Acknowledged>);

impl<'a> Shared<'a> {
    pub(crate) fn new(all: &'a mut Acknowledged) -> Self {
        Self(Mutex::new(all))
    }

    pub(crate) fn with<T>(&self, see: impl FnOnce(&mut Acknowledged) -> T) -> T {
        see(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Acknowledged {
    pub(crate) fn order(&mut self, account: &Account, order: &Value) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        self.orders
            .insert(text(&order["id"]), (account.email.clone(), text(&order["state"])));
    }

    /// Checks that the latest acknowledged values are there as soon as the store is open.
    pub(crate) async fn is_kept(&self, store: &Store) -> Result<()> {
        let accounts: Vec<_> = self.accounts.iter().rev().take(LOOKED_AT).collect();
        self.customers_keep(store, &accounts).await?;
        for number in self.imports.iter().rev().take(LOOKED_AT) {
            import_is_there(store, *number).await?;
        }
        for (film, known) in &self.prices {
            price_is_there(store, film, known).await?;
        }
        Ok(())
    }

    /// Checks that one value of each kind was acknowledged, so that none of the checks is empty.
    pub(crate) fn is_complete(&self) -> Result<()> {
        let has = |wanted: &str| self.orders.values().any(|(_, state)| state == wanted);
        let has_prices = self.prices.values().any(|known| known.acknowledged.is_some());
        ensure!(
            has("fulfilled")
                && has("refunded")
                && has_prices
                && !self.watchlists.is_empty()
                && !self.imports.is_empty()
                && !self.media.is_empty(),
            "not everything was acknowledged: {self}"
        );
        Ok(())
    }

    async fn customers_keep(&self, store: &Store, accounts: &[&Account]) -> Result<()> {
        for account in accounts {
            let orders = account.get(store, "/api/v1/orders?page_size=100").await?;
            let orders = orders["orders"].as_array().context("no orders")?;
            let of_account = self.orders.iter().filter(|(_, (email, _))| *email == account.email);
            for (id, (_, told)) in of_account {
                let found = orders.iter().find(|order| order["id"] == **id);
                let found = found.with_context(|| format!("the order {id} of {} is lost", account.email))?;
                let state = found["state"].as_str().unwrap_or_default();
                let holds = match told.as_str() {
                    "fulfilled" => {
                        state == "fulfilled" || (state == "refunded" && self.refunds_begun.contains(id.as_str()))
                    }
                    "refunded" => state == "refunded",
                    _ => true,
                };
                ensure!(holds, "the order {id} was {told} and is {state}");
            }
            let watchlist = account.get(store, "/api/v1/watchlist").await?;
            let listed = watchlist["titles"].as_array().context("no watchlist")?;
            for ((email, film), known) in &self.watchlists {
                if *email == account.email {
                    let is_listed = listed.iter().any(|title| title["id"] == **film);
                    known.check(&is_listed, &format!("{film} in the watchlist of {email}"))?;
                }
            }
        }
        Ok(())
    }

    /// Checks that everything acknowledged is there, no order is undecided, and customers hold exactly what was charged.
    pub(crate) async fn is_settled(&self, store: &Store) -> Result<()> {
        let accounts: Vec<_> = self.accounts.iter().collect();
        let waited = tokio::time::timeout(RECONCILED_WITHIN, self.none_is_undecided(store));
        waited.await.context("an order stayed undecided")??;
        self.customers_keep(store, &accounts).await?;
        for number in &self.imports {
            import_is_there(store, *number).await?;
        }
        let mut own = BTreeSet::new();
        for account in &accounts {
            let orders = account.get(store, "/api/v1/orders?page_size=100").await?;
            own.extend(money_of(orders["orders"].as_array().context("no orders")?));
        }
        let charges = store.opening().tool(&["sandbox", "charges"]).await?;
        ensure!(charges.code == 0, "{}", charges.stderr);
        let charges: Vec<Value> = charges
            .stdout
            .lines()
            .map(serde_json::from_str)
            .collect::<Result<_, _>>()?;
        let taken = charges.iter().filter(|charge| charge["state"] != "declined");
        let of_provider: BTreeSet<_> = taken
            .map(|charge| money(&charge["order_id"], &charge["state"], "charged"))
            .collect();
        ensure!(
            own == of_provider,
            "only the store or only its provider knows of {:?}",
            own.symmetric_difference(&of_provider).collect::<Vec<_>>()
        );
        for film in self.media.iter().take(LOOKED_AT) {
            media_is_whole(store, film).await?;
        }
        Ok(())
    }

    /// Checks card orders; a Pix may wait for its customer for long.
    async fn none_is_undecided(&self, store: &Store) -> Result<()> {
        for account in &self.accounts {
            loop {
                let orders = account.get(store, "/api/v1/orders?page_size=100").await?;
                let orders = orders["orders"].as_array().context("no orders")?;
                let is_undecided = |order: &Value| {
                    let state = order["state"].as_str().unwrap_or_default();
                    let refunds = order["refunds"].as_array().into_iter().flatten();
                    let is_returned = refunds.into_iter().all(|refund| refund["state"] == "succeeded");
                    state == "paid" || (state == "pending" && order["next_action"].is_null()) || !is_returned
                };
                if !orders.iter().any(is_undecided) {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        Ok(())
    }
}

/// An order for which money was taken, and whether the customer has a film for it; otherwise the money went back.
fn money(order: &Value, state: &Value, taken: &str) -> (String, bool) {
    (order.as_str().unwrap_or_default().to_owned(), state == taken)
}

/// The same of orders as the store has them. A fulfilled order has an entitlement that lives for each of its films.
fn money_of(orders: &[Value]) -> impl Iterator<Item = (String, bool)> {
    let paid = orders
        .iter()
        .filter(|order| order["state"] == "fulfilled" || order["state"] == "refunded");
    paid.map(|order| {
        let held = order["entitlements"].as_array().into_iter().flatten();
        let living = held.filter(|one| one["state"] != "expired").count();
        let films = order["items"].as_array().map_or(0, Vec::len);
        let (id, is_fulfilled) = money(&order["id"], &order["state"], "fulfilled");
        (id, is_fulfilled && living == films)
    })
}

async fn import_is_there(store: &Store, number: u32) -> Result<()> {
    let found = store
        .get(&format!("/api/v1/titles?q=import{number}&page_size=1"))
        .await?;
    let name = found["titles"][0]["name"].as_str().unwrap_or_default();
    ensure!(
        name.starts_with(&format!("Import{number} ")),
        "the import {number} is not found: {found}"
    );
    Ok(())
}

async fn price_is_there(store: &Store, film: &str, known: &Known<i64>) -> Result<()> {
    let title = store.get(&format!("/api/v1/titles/{film}")).await?;
    let offers = title["offers"].as_array().context("no offers")?;
    let rent = offers.iter().find(|offer| offer["kind"] == "rent");
    if let Some(minor) = rent.and_then(|offer| offer["price"]["amount_minor"].as_i64()) {
        known.check(&minor, &format!("the price of {film}"))?;
    }
    Ok(())
}

/// Buys a film that was added, and reads it to its end.
async fn media_is_whole(store: &Store, film: &str) -> Result<()> {
    let account = Account::open(store, &format!("viewer-{film}")).await?;
    let offer = offer_of(store, film, "buy").await?;
    let order = Order {
        key: "buy",
        offer: &offer,
        card: "tok_visa",
    };
    let (_, order) = account.order(store, &order).await?;
    let entitlement = order["entitlements"][0]["id"].as_str();
    let entitlement = entitlement.with_context(|| format!("{film} was not bought: {order}"))?;
    let (_, playback) = account.play(store, entitlement, &serde_json::json!({})).await?;
    let media = playback["media_url"].as_str();
    let media = media.with_context(|| format!("{film} does not play: {playback}"))?;
    let bytes = store.http().get(store.url(media)).send().await?.bytes().await?;
    ensure!(
        bytes[..] == std::fs::read(FILM)?[..],
        "{film} came back with {} bytes",
        bytes.len()
    );
    Ok(())
}

impl fmt::Display for Acknowledged {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            to,
            "{} accounts, {} orders, {} watchlist entries, {} imports, {} prices, {} films were kept",
            self.accounts.len(),
            self.orders.len(),
            self.watchlists.len(),
            self.imports.len(),
            self.prices.len(),
            self.media.len()
        )
    }
}
