//! The SQL of watchlists.

use store::{Error, Source, Tx, execute, fetch_all, fetch_one};

use crate::id::{CustomerId, TitleId};
use crate::store::title;

/// The titles, latest added first.
pub(crate) async fn list(mut on: impl Source, customer: CustomerId, limit: i64) -> Result<Vec<TitleId>, Error> {
    const LIST: &str = "SELECT title_id FROM watchlist WHERE customer_id = $1 \
                        ORDER BY added_at_us DESC, title_id LIMIT $2";
    let rows = fetch_all!(on, (String,), LIST, customer.uuid(), limit)?;
    rows.iter().map(|(id,)| title(id)).collect()
}

pub(crate) async fn count(mut on: impl Source, customer: CustomerId) -> Result<i64, Error> {
    let (count,) = fetch_one!(
        on,
        (i64,),
        "SELECT COUNT(*) FROM watchlist WHERE customer_id = $1",
        customer.uuid()
    )?;
    Ok(count)
}

/// Adds a title; a title that is in the list already keeps its place.
pub(crate) async fn add(tx: &mut Tx, customer: CustomerId, title: &TitleId, now_us: i64) -> Result<(), Error> {
    const ADD: &str = "INSERT INTO watchlist (customer_id, title_id, added_at_us) VALUES ($1, $2, $3) \
                       ON CONFLICT (customer_id, title_id) DO NOTHING";
    execute!(tx, ADD, customer.uuid(), title.as_str(), now_us)?;
    Ok(())
}

pub(crate) async fn remove(tx: &mut Tx, customer: CustomerId, title: &TitleId) -> Result<(), Error> {
    const REMOVE: &str = "DELETE FROM watchlist WHERE customer_id = $1 AND title_id = $2";
    execute!(tx, REMOVE, customer.uuid(), title.as_str())?;
    Ok(())
}

pub(crate) async fn delete_all(tx: &mut Tx, customer: CustomerId) -> Result<(), Error> {
    execute!(tx, "DELETE FROM watchlist WHERE customer_id = $1", customer.uuid())?;
    Ok(())
}
