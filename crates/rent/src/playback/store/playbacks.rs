//! The SQL of playback sessions and their leases.

use sqlx::FromRow;
use store::{Dialects, Error, List, Source, Tx, exactly_one, execute, fetch_all, fetch_one, fetch_optional};
use uuid::Uuid;

use crate::id::{CustomerId, EntitlementId, PlaybackId};
use crate::library::entitlement::Entitlement;
use crate::order::IdempotencyKey;
use crate::playback::{LiveStream, Playback};
use crate::store::title;

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
    device: String,
    session_id: String,
    started_at_us: Option<i64>,
    ended_at_us: Option<i64>,
}

macro_rules! select {
    ($condition:literal) => {
        concat!(
            "SELECT p.customer_id, p.playback_id, p.entitlement_id, e.title_id, p.opened_at_us, p.ends_at_us, \
             p.lease_until_us, p.taken_over, p.device, p.session_id, e.started_at_us, e.ended_at_us \
             FROM playbacks p JOIN entitlements e USING (customer_id, entitlement_id) WHERE p.customer_id = $1 AND ",
            $condition
        )
    };
}

pub(crate) async fn find(
    mut on: impl Source,
    customer: CustomerId,
    playback: PlaybackId,
) -> Result<Option<Playback>, Error> {
    const BY_ID: &str = select!("p.playback_id = $2");
    let row = fetch_optional!(on, PlaybackRow, BY_ID, customer.uuid(), playback.uuid())?;
    row.map(PlaybackRow::read).transpose()
}

/// The session that the customer's client opened with this key.
pub(crate) async fn find_by_key(
    mut on: impl Source,
    customer: CustomerId,
    key: &IdempotencyKey,
) -> Result<Option<Playback>, Error> {
    const BY_KEY: &str = select!("p.client_key = $2");
    let row = fetch_optional!(on, PlaybackRow, BY_KEY, customer.uuid(), key.as_str())?;
    row.map(PlaybackRow::read).transpose()
}

/// The customer's sessions with a valid lease.
pub(crate) async fn live(mut on: impl Source, customer: CustomerId, now_us: i64) -> Result<Vec<LiveStream>, Error> {
    const LIVE: &str = "SELECT p.playback_id, p.entitlement_id, e.title_name, p.device \
         FROM playbacks p JOIN entitlements e USING (customer_id, entitlement_id) \
         WHERE p.customer_id = $1 AND p.lease_until_us > $2 AND e.ended_at_us IS NULL ORDER BY p.opened_at_us";
    let rows = fetch_all!(on, (Uuid, Uuid, String, String), LIVE, customer.uuid(), now_us)?;
    let stream = |(playback, entitlement, title_name, device)| LiveStream {
        playback: PlaybackId::new(playback),
        entitlement: EntitlementId::new(entitlement),
        title_name,
        device,
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

/// The end of a lease: long ago, if what it plays was taken back.
fn lease_end(lease_until_us: i64, taken_back_at_us: Option<i64>) -> i64 {
    if taken_back_at_us.is_some() { 0 } else { lease_until_us }
}

/// When the lease of a session expires, and whether another device took the session over.
pub(crate) struct Lease {
    pub(crate) playback: PlaybackId,
    pub(crate) until_us: i64,
    pub(crate) taken_over: bool,
}

/// The leases of some sessions, of any customers; sessions whose rows were deleted are left out.
pub(crate) async fn leases(mut on: impl Source, sessions: &[(CustomerId, PlaybackId)]) -> Result<Vec<Lease>, Error> {
    const LEASES: Dialects = Dialects {
        sqlite: "SELECT p.playback_id, p.lease_until_us, p.taken_over, e.ended_at_us FROM json_each($1) c \
                 CROSS JOIN json_each($2) s ON s.key = c.key \
                 CROSS JOIN playbacks p ON p.customer_id = unhex(c.value) AND p.playback_id = unhex(s.value) \
                 CROSS JOIN entitlements e USING (customer_id, entitlement_id)",
        postgres: "SELECT p.playback_id, p.lease_until_us, p.taken_over, e.ended_at_us \
                   FROM unnest($1, $2) AS s (customer_id, playback_id) \
                   JOIN playbacks p USING (customer_id, playback_id) \
                   JOIN entitlements e USING (customer_id, entitlement_id)",
    };
    let customers: Vec<_> = sessions.iter().map(|(customer, _)| customer.uuid()).collect();
    let ids: Vec<_> = sessions.iter().map(|(_, playback)| playback.uuid()).collect();
    let rows = fetch_all!(on, (Uuid, i64, bool, Option<i64>), LEASES, List(&customers), List(&ids))?;
    let lease = |(playback, until_us, taken_over, ended_at_us): (Uuid, i64, bool, Option<i64>)| Lease {
        playback: PlaybackId::new(playback),
        until_us: lease_end(until_us, ended_at_us),
        taken_over,
    };
    Ok(rows.into_iter().map(lease).collect())
}

pub(crate) async fn insert(tx: &mut Tx, playback: &Playback, key: Option<&IdempotencyKey>) -> Result<(), Error> {
    const INSERT: &str = "INSERT INTO playbacks (customer_id, playback_id, entitlement_id, opened_at_us, ends_at_us, \
                          lease_until_us, taken_over, device, session_id, client_key) \
                          VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
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
        &playback.device,
        &playback.session,
        key.map(IdempotencyKey::as_str),
    )?)
}

/// Writes when a session's lease expires, and when the session ends at the latest.
pub(crate) async fn write_lease(tx: &mut Tx, playback: &Playback) -> Result<(), Error> {
    const WRITE: &str = "UPDATE playbacks SET lease_until_us = $3, ends_at_us = $4 \
                         WHERE customer_id = $1 AND playback_id = $2";
    let (customer, id) = (playback.customer.uuid(), playback.id.uuid());
    exactly_one(execute!(
        tx,
        WRITE,
        customer,
        id,
        playback.lease_until_us,
        playback.ends_at_us
    )?)
}

/// Writes a renewed lease if the session is still alive; false if it is not.
pub(crate) async fn renew(tx: &mut Tx, playback: &Playback, now_us: i64) -> Result<bool, Error> {
    const RENEW: &str = "UPDATE playbacks SET lease_until_us = $3 \
         WHERE customer_id = $1 AND playback_id = $2 AND lease_until_us > $4 AND NOT taken_over";
    let (customer, id) = (playback.customer.uuid(), playback.id.uuid());
    Ok(execute!(tx, RENEW, customer, id, playback.lease_until_us, now_us)? == 1)
}

/// Ends a session because another device takes over.
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

/// Ends the playback sessions of one sign-in session of the customer.
pub(crate) async fn end_of_session(tx: &mut Tx, customer: CustomerId, session: &str, now_us: i64) -> Result<(), Error> {
    const END: &str = "UPDATE playbacks SET lease_until_us = $3 \
                       WHERE customer_id = $1 AND session_id = $2 AND lease_until_us > $3";
    execute!(tx, END, customer.uuid(), session, now_us)?;
    Ok(())
}

/// Ends the playback sessions of every sign-in session of the customer except one.
pub(crate) async fn end_others(tx: &mut Tx, customer: CustomerId, kept: &str, now_us: i64) -> Result<(), Error> {
    const END: &str = "UPDATE playbacks SET lease_until_us = $3 \
                       WHERE customer_id = $1 AND session_id <> $2 AND lease_until_us > $3";
    execute!(tx, END, customer.uuid(), kept, now_us)?;
    Ok(())
}

/// Ends all playback sessions of the customer.
pub(crate) async fn end_all(tx: &mut Tx, customer: CustomerId, now_us: i64) -> Result<(), Error> {
    const END: &str = "UPDATE playbacks SET lease_until_us = $2 WHERE customer_id = $1 AND lease_until_us > $2";
    execute!(tx, END, customer.uuid(), now_us)?;
    Ok(())
}

/// Deletes the rows of the customer's sessions that ended before a moment.
pub(crate) async fn forget(tx: &mut Tx, customer: CustomerId, before_us: i64) -> Result<(), Error> {
    const FORGET: &str = "DELETE FROM playbacks WHERE customer_id = $1 AND lease_until_us < $2 AND ends_at_us < $2";
    execute!(tx, FORGET, customer.uuid(), before_us)?;
    Ok(())
}

/// A session of the customer whose row is still kept.
pub(crate) struct Past {
    pub(crate) entitlement: EntitlementId,
    pub(crate) opened_at_us: i64,
    pub(crate) lease_until_us: i64,
    pub(crate) device: String,
}

pub(crate) async fn list(mut on: impl Source, customer: CustomerId, limit: i64) -> Result<Vec<Past>, Error> {
    const LIST: &str = "SELECT entitlement_id, opened_at_us, lease_until_us, device FROM playbacks \
                        WHERE customer_id = $1 ORDER BY opened_at_us LIMIT $2";
    let rows = fetch_all!(on, (Uuid, i64, i64, String), LIST, customer.uuid(), limit)?;
    let past = |(entitlement, opened_at_us, lease_until_us, device)| Past {
        entitlement: EntitlementId::new(entitlement),
        opened_at_us,
        lease_until_us,
        device,
    };
    Ok(rows.into_iter().map(past).collect())
}

pub(crate) async fn delete_all(tx: &mut Tx, customer: CustomerId) -> Result<(), Error> {
    execute!(tx, "DELETE FROM playbacks WHERE customer_id = $1", customer.uuid())?;
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
            // What was taken back plays no more, whatever the clocks say.
            lease_until_us: lease_end(self.lease_until_us, self.ended_at_us),
            taken_over: self.taken_over,
            device: self.device,
            session: self.session_id,
            awaits_picture: self.started_at_us.is_none(),
        })
    }
}
