//! Playback sessions and their leases.

use sqlx::FromRow;
use store::{Error, Source, Tx, exactly_one, execute, fetch_all, fetch_one, fetch_optional};
use uuid::Uuid;

use super::title;
use crate::entitlement::Entitlement;
use crate::id::{CustomerId, EntitlementId, PlaybackId};
use crate::playback::{LiveStream, Playback};

#[derive(FromRow)]
struct PlaybackRow {
    customer_id: Uuid,
    playback_id: Uuid,
    entitlement_id: Uuid,
    title_id: String,
    opened_at_us: i64,
    ends_at_us: i64,
    lease_until_us: i64,
    taken_over: bool,
}

pub(crate) async fn find(
    mut on: impl Source,
    customer: CustomerId,
    playback: PlaybackId,
) -> Result<Option<Playback>, Error> {
    const BY_ID: &str = "SELECT p.customer_id, p.playback_id, p.entitlement_id, e.title_id, p.opened_at_us, \
         p.ends_at_us, p.lease_until_us, p.taken_over \
         FROM playbacks p JOIN entitlements e USING (customer_id, entitlement_id) \
         WHERE p.customer_id = $1 AND p.playback_id = $2";
    let row = fetch_optional!(on, PlaybackRow, BY_ID, customer.uuid(), playback.uuid())?;
    row.map(PlaybackRow::read).transpose()
}

/// The customer's sessions whose leases live.
pub(crate) async fn live(mut on: impl Source, customer: CustomerId, now_us: i64) -> Result<Vec<LiveStream>, Error> {
    const LIVE: &str = "SELECT p.playback_id, p.entitlement_id, e.title_name \
         FROM playbacks p JOIN entitlements e USING (customer_id, entitlement_id) \
         WHERE p.customer_id = $1 AND p.lease_until_us > $2 ORDER BY p.opened_at_us";
    let rows = fetch_all!(on, (Uuid, Uuid, String), LIVE, customer.uuid(), now_us)?;
    let stream = |(playback, entitlement, title_name)| LiveStream {
        playback: PlaybackId::new(playback),
        entitlement: EntitlementId::new(entitlement),
        title_name,
    };
    Ok(rows.into_iter().map(stream).collect())
}

/// The end of the session that was playing when the rental's window ended.
pub(crate) async fn finishing_until_us(
    mut on: impl Source,
    entitlement: &Entitlement,
    window_end_us: i64,
) -> Result<Option<i64>, Error> {
    const LAST: &str = "SELECT MAX(ends_at_us) FROM playbacks \
                        WHERE customer_id = $1 AND entitlement_id = $2 AND lease_until_us >= $3";
    let (customer, id) = (entitlement.customer.uuid(), entitlement.id.uuid());
    let (until_us,) = fetch_one!(on, (Option<i64>,), LAST, customer, id, window_end_us)?;
    Ok(until_us)
}

pub(crate) async fn insert(tx: &mut Tx, playback: &Playback) -> Result<(), Error> {
    const INSERT: &str = "INSERT INTO playbacks (customer_id, playback_id, entitlement_id, opened_at_us, ends_at_us, \
                          lease_until_us, taken_over) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    exactly_one(execute!(
        tx,
        INSERT,
        playback.customer.uuid(),
        playback.id.uuid(),
        playback.entitlement.uuid(),
        playback.opened_at_us,
        playback.ends_at_us,
        playback.lease_until_us,
        playback.taken_over,
    )?)
}

pub(crate) async fn write_lease(tx: &mut Tx, playback: &Playback) -> Result<(), Error> {
    const WRITE: &str = "UPDATE playbacks SET lease_until_us = $3 WHERE customer_id = $1 AND playback_id = $2";
    let (customer, id) = (playback.customer.uuid(), playback.id.uuid());
    exactly_one(execute!(tx, WRITE, customer, id, playback.lease_until_us)?)
}

/// Ends a session for another device's.
pub(crate) async fn take_over(
    tx: &mut Tx,
    customer: CustomerId,
    playback: PlaybackId,
    now_us: i64,
) -> Result<(), Error> {
    const TAKE: &str =
        "UPDATE playbacks SET lease_until_us = $3, taken_over = TRUE WHERE customer_id = $1 AND playback_id = $2";
    exactly_one(execute!(tx, TAKE, customer.uuid(), playback.uuid(), now_us)?)
}

/// Forgets the customer's sessions that ended before a moment.
pub(crate) async fn forget(tx: &mut Tx, customer: CustomerId, before_us: i64) -> Result<(), Error> {
    const FORGET: &str = "DELETE FROM playbacks WHERE customer_id = $1 AND lease_until_us < $2 AND ends_at_us < $2";
    execute!(tx, FORGET, customer.uuid(), before_us)?;
    Ok(())
}

impl PlaybackRow {
    fn read(self) -> Result<Playback, Error> {
        Ok(Playback {
            id: PlaybackId::new(self.playback_id),
            customer: CustomerId::new(self.customer_id),
            entitlement: EntitlementId::new(self.entitlement_id),
            title: title(&self.title_id)?,
            opened_at_us: self.opened_at_us,
            ends_at_us: self.ends_at_us,
            lease_until_us: self.lease_until_us,
            taken_over: self.taken_over,
        })
    }
}
