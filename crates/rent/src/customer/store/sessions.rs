//! The SQL of sessions, by the hash of their token.

use sqlx::FromRow;
use store::{Error, Source, Tx, exactly_one, execute, fetch_all, fetch_optional};
use uuid::Uuid;

use super::customers::CustomerRow;
use crate::customer::Customer;
use crate::customer::session::{Device, DeviceSession, session_id};
use crate::id::CustomerId;
use crate::secret::SecretHash;
use crate::store::bytes;

#[derive(FromRow)]
struct SessionRow {
    #[sqlx(flatten)]
    customer: CustomerRow,
    expires_at_us: i64,
    seen_at_us: i64,
}

/// A session's customer, when it expires, and when its last use was recorded.
pub(crate) struct Found {
    pub(crate) customer: Customer,
    pub(crate) expires_at_us: i64,
    pub(crate) seen_at_us: i64,
}

/// `None` if there is no such session or it has expired.
pub(crate) async fn find(mut on: impl Source, token: SecretHash, now_us: i64) -> Result<Option<Found>, Error> {
    const BY_TOKEN: &str = "SELECT c.customer_id, c.email, c.email_verified, c.name, c.language, c.staff, c.reminders, \
         c.password_hash, c.created_at_us, s.expires_at_us, s.seen_at_us \
         FROM sessions s JOIN customers c USING (customer_id) WHERE s.token_hash = $1 AND s.expires_at_us > $2";
    let row = fetch_optional!(on, SessionRow, BY_TOKEN, &token.0[..], now_us)?;
    Ok(row.map(|row| Found {
        customer: row.customer.read(),
        expires_at_us: row.expires_at_us,
        seen_at_us: row.seen_at_us,
    }))
}

/// The customer's sessions that have not expired, latest seen first.
pub(crate) async fn list(mut on: impl Source, customer: CustomerId, now_us: i64) -> Result<Vec<DeviceSession>, Error> {
    const LIST: &str = "SELECT token_hash, device, created_at_us, seen_at_us FROM sessions \
         WHERE customer_id = $1 AND expires_at_us > $2 ORDER BY seen_at_us DESC, created_at_us DESC, token_hash";
    let rows = fetch_all!(on, (Vec<u8>, String, i64, i64), LIST, customer.uuid(), now_us)?;
    let session = |(token, device, created_at_us, seen_at_us): (Vec<u8>, String, i64, i64)| {
        Ok(DeviceSession {
            token: SecretHash(bytes(token)?),
            device: Device::of(&device),
            created_at_us,
            // Older sessions have no recorded use: they count as used when they began.
            seen_at_us: seen_at_us.max(created_at_us),
        })
    };
    rows.into_iter().map(session).collect()
}

pub(crate) async fn insert(
    tx: &mut Tx,
    customer: CustomerId,
    session: &DeviceSession,
    expires_at_us: i64,
) -> Result<(), Error> {
    const INSERT: &str = "INSERT INTO sessions (token_hash, customer_id, device, created_at_us, seen_at_us, \
                          expires_at_us) VALUES ($1, $2, $3, $4, $5, $6)";
    exactly_one(execute!(
        tx,
        INSERT,
        &session.token.0[..],
        customer.uuid(),
        session.device.as_str(),
        session.created_at_us,
        session.seen_at_us,
        expires_at_us,
    )?)
}

/// Records that a session is in use; a session that has ended stays ended.
pub(crate) async fn write_seen(tx: &mut Tx, token: SecretHash, now_us: i64) -> Result<(), Error> {
    const SEEN: &str = "UPDATE sessions SET seen_at_us = $2 WHERE token_hash = $1";
    execute!(tx, SEEN, &token.0[..], now_us)?;
    Ok(())
}

/// Deletes the customer's expired sessions, and the oldest ones beyond `kept`, and returns the latter.
pub(crate) async fn trim(tx: &mut Tx, customer: CustomerId, kept: i64, now_us: i64) -> Result<Vec<SecretHash>, Error> {
    const EXPIRED: &str = "DELETE FROM sessions WHERE customer_id = $1 AND expires_at_us <= $2";
    const BEYOND: &str = "DELETE FROM sessions WHERE customer_id = $1 AND token_hash NOT IN \
         (SELECT token_hash FROM sessions WHERE customer_id = $1 ORDER BY created_at_us DESC, token_hash LIMIT $2) \
         RETURNING token_hash";
    execute!(tx, EXPIRED, customer.uuid(), now_us)?;
    hashes(fetch_all!(tx, (Vec<u8>,), BEYOND, customer.uuid(), kept)?)
}

/// Deletes one session of the customer, and returns it if it was there.
pub(crate) async fn delete(tx: &mut Tx, customer: CustomerId, token: SecretHash) -> Result<Vec<SecretHash>, Error> {
    const DELETE: &str = "DELETE FROM sessions WHERE customer_id = $1 AND token_hash = $2 RETURNING token_hash";
    hashes(fetch_all!(tx, (Vec<u8>,), DELETE, customer.uuid(), &token.0[..])?)
}

/// Deletes the customer's sessions except one, and returns the deleted ones.
pub(crate) async fn delete_others(
    tx: &mut Tx,
    customer: CustomerId,
    kept: Option<SecretHash>,
) -> Result<Vec<SecretHash>, Error> {
    const OTHERS: &str = "DELETE FROM sessions WHERE customer_id = $1 AND token_hash <> $2 RETURNING token_hash";
    let kept = kept.map_or_else(Vec::new, |kept| kept.0.to_vec());
    hashes(fetch_all!(tx, (Vec<u8>,), OTHERS, customer.uuid(), kept.as_slice())?)
}

/// The customer of a session, if it exists.
pub(crate) async fn owner(mut on: impl Source, token: SecretHash) -> Result<Option<CustomerId>, Error> {
    const OWNER: &str = "SELECT customer_id FROM sessions WHERE token_hash = $1";
    let row = fetch_optional!(on, (Uuid,), OWNER, &token.0[..])?;
    Ok(row.map(|(customer,)| CustomerId::new(customer)))
}

/// Whether the customer has this session.
pub(crate) async fn exists(on: impl Source, customer: CustomerId, session: &str) -> Result<bool, Error> {
    Ok(find_by_id(on, customer, session).await?.is_some())
}

/// Keeps a session of the customer from ending until the transaction ends; false if it has ended already.
///
/// The row is written, not only locked: a transaction that ends the session may have taken its snapshot before this one
/// committed, and would not see what this one inserts for the session. Because of the write it conflicts, and runs again.
pub(crate) async fn hold(tx: &mut Tx, customer: CustomerId, session: &str) -> Result<bool, Error> {
    const HOLD: &str = "UPDATE sessions SET seen_at_us = seen_at_us WHERE token_hash = $1";
    let Some(token) = find_by_id(&mut *tx, customer, session).await? else {
        return Ok(false);
    };
    Ok(execute!(tx, HOLD, &token.0[..])? == 1)
}

/// The customer's session with this id. A customer has few sessions, so the id needs no index.
async fn find_by_id(mut on: impl Source, customer: CustomerId, session: &str) -> Result<Option<SecretHash>, Error> {
    const OF_CUSTOMER: &str = "SELECT token_hash FROM sessions WHERE customer_id = $1";
    let all = hashes(fetch_all!(on, (Vec<u8>,), OF_CUSTOMER, customer.uuid())?)?;
    Ok(all.into_iter().find(|token| session_id(*token) == session))
}

/// Records that a session has ended, for every process to read.
pub(crate) async fn note_ended(tx: &mut Tx, session: &str, now_us: i64) -> Result<(), Error> {
    const NOTE: &str = "INSERT INTO ended_sessions (session_id, ended_at_us) VALUES ($1, $2) \
                        ON CONFLICT (session_id) DO NOTHING";
    execute!(tx, NOTE, session, now_us)?;
    Ok(())
}

/// The sessions that ended after a moment.
pub(crate) async fn ended_after(mut on: impl Source, after_us: i64, limit: i64) -> Result<Vec<String>, Error> {
    const ENDED: &str = "SELECT session_id FROM ended_sessions WHERE ended_at_us > $1 LIMIT $2";
    let rows = fetch_all!(on, (String,), ENDED, after_us, limit)?;
    Ok(rows.into_iter().map(|(session,)| session).collect())
}

/// Deletes the records of sessions that ended before a moment.
pub(crate) async fn forget_ended(tx: &mut Tx, before_us: i64) -> Result<(), Error> {
    execute!(tx, "DELETE FROM ended_sessions WHERE ended_at_us < $1", before_us)?;
    Ok(())
}

fn hashes(rows: Vec<(Vec<u8>,)>) -> Result<Vec<SecretHash>, Error> {
    rows.into_iter().map(|(hash,)| Ok(SecretHash(bytes(hash)?))).collect()
}
