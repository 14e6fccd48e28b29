//! How often titles were ordered lately. Rent counts the orders and reports them here, so that a search can rank titles by them.

use std::collections::HashMap;

use store::{Db, Feed, write_tx};
use uuid::Uuid;

use crate::fault::Result;
use crate::title::store::titles;

/// Writes how often titles were ordered, in place of the earlier numbers. Only titles whose number differs are written,
/// so that a repeated report changes nothing.
pub(crate) async fn set_orders(db: &Db, feed: &Feed, orders: HashMap<Uuid, i32>) -> Result<()> {
    write_tx!(db, |tx| -> Result<()> {
        let known = titles::ordered(&mut *tx, &orders.keys().copied().collect::<Vec<_>>()).await?;
        let differing = known.into_iter().filter_map(|(title, current)| {
            let number = orders.get(&title).copied().unwrap_or_default();
            (number != current).then_some((title, number))
        });
        let differing: Vec<_> = differing.collect();
        if differing.is_empty() {
            return Ok(());
        }
        let revision = feed.next_revision(tx).await?;
        for (title, number) in differing {
            titles::set_orders(tx, title, number, revision).await?;
        }
        Ok(())
    })
}
