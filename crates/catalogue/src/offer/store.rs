//! Offers.

use sqlx::FromRow;
use store::{Db, Dialects, Error, List, Source, Tx, execute, fetch_all, fetch_optional, insert_many};
use uuid::Uuid;

use crate::offer::money::Price;
use crate::offer::{Kind, Offer, Terms};
use crate::store::corrupt;

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT offer_id, title_id, kind, price_minor, currency_code, start_window_hours, \
             viewing_window_hours, available_from_us, available_until_us FROM offers ",
            $tail
        )
    };
}

#[derive(FromRow)]
struct OfferRow {
    offer_id: Uuid,
    title_id: Uuid,
    kind: String,
    price_minor: i64,
    currency_code: String,
    start_window_hours: i32,
    viewing_window_hours: i32,
    available_from_us: i64,
    available_until_us: i64,
}

/// An offer of a title that is listed, and whether that title was ordered before.
pub(crate) async fn find(db: &Db, id: Uuid) -> Result<Option<(Offer, bool)>, Error> {
    const BY_ID: &str = select!("WHERE offer_id = $1");
    const ORDERED: &str = "SELECT ordered_at_us FROM titles WHERE title_id = $1 AND state = 'listed'";
    let Some(offer) = fetch_optional!(db, OfferRow, BY_ID, id)? else {
        return Ok(None);
    };
    let offer = offer.read()?;
    let ordered = fetch_optional!(db, (i64,), ORDERED, offer.title)?;
    Ok(ordered.map(|(at_us,)| (offer, at_us > 0)))
}

/// Those of some offers that exist.
pub(crate) async fn find_many(mut on: impl Source, ids: &[Uuid]) -> Result<Vec<Offer>, Error> {
    const BY_ID: Dialects = Dialects {
        sqlite: select!("WHERE offer_id IN (SELECT unhex(value) FROM json_each($1))"),
        postgres: select!("WHERE offer_id = ANY($1)"),
    };
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = fetch_all!(on, OfferRow, BY_ID, List(ids))?;
    rows.into_iter().map(OfferRow::read).collect()
}

/// The offers of some titles; of one title, rent comes first.
pub(crate) async fn of_titles(mut on: impl Source, titles: &[Uuid]) -> Result<Vec<Offer>, Error> {
    const OF_TITLES: Dialects = Dialects {
        sqlite: select!("WHERE title_id IN (SELECT unhex(value) FROM json_each($1)) ORDER BY kind DESC"),
        postgres: select!("WHERE title_id = ANY($1) ORDER BY kind DESC"),
    };
    let rows = fetch_all!(on, OfferRow, OF_TITLES, List(titles))?;
    rows.into_iter().map(OfferRow::read).collect()
}

/// Writes offers. One whose title has an offer of its kind replaces that one's terms, and the id in the database stays.
pub(crate) async fn put(tx: &mut Tx, offers: &[&Offer]) -> Result<(), Error> {
    insert_many!(
        tx,
        "INSERT INTO offers (offer_id, title_id, kind, price_minor, currency_code, start_window_hours, \
         viewing_window_hours, available_from_us, available_until_us) VALUES",
        offers,
        |offer| [
            offer.id,
            offer.title,
            offer.terms.kind.name(),
            offer.terms.price.minor(),
            offer.terms.price.currency_code(),
            offer.terms.start_window_hours,
            offer.terms.viewing_window_hours,
            offer.terms.available_from_us,
            offer.terms.available_until_us,
        ],
        "ON CONFLICT (title_id, kind) DO UPDATE SET price_minor = excluded.price_minor, \
         currency_code = excluded.currency_code, start_window_hours = excluded.start_window_hours, \
         viewing_window_hours = excluded.viewing_window_hours, available_from_us = excluded.available_from_us, \
         available_until_us = excluded.available_until_us"
    )?;
    Ok(())
}

/// Deletes a title's offers of these kinds.
pub(crate) async fn delete(tx: &mut Tx, offers: &[(Uuid, Kind)]) -> Result<(), Error> {
    const DELETE: &str = "DELETE FROM offers WHERE title_id = $1 AND kind = $2";
    for (title, kind) in offers {
        execute!(tx, DELETE, *title, kind.name())?;
    }
    Ok(())
}

/// Deletes all offers of a title.
pub(crate) async fn delete_all(tx: &mut Tx, title: Uuid) -> Result<(), Error> {
    const DELETE: &str = "DELETE FROM offers WHERE title_id = $1";
    execute!(tx, DELETE, title)?;
    Ok(())
}

impl OfferRow {
    fn read(self) -> Result<Offer, Error> {
        let price = Price::parse(self.price_minor, &self.currency_code);
        Ok(Offer {
            id: self.offer_id,
            title: self.title_id,
            terms: Terms {
                kind: Kind::from_name(&self.kind).ok_or_else(|| corrupt("an offer's kind", &self.kind))?,
                price: price.ok_or_else(|| corrupt("a price", &(self.price_minor, self.currency_code)))?,
                start_window_hours: self.start_window_hours,
                viewing_window_hours: self.viewing_window_hours,
                available_from_us: self.available_from_us,
                available_until_us: self.available_until_us,
            },
        })
    }
}
