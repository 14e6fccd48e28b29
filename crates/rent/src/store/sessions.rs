//! Sessions, by the hash of their token.

use sqlx::FromRow;
use store::{Error, Source, Tx, exactly_one, execute, fetch_optional};

use super::customers::CustomerRow;
use crate::customer::Customer;
use crate::id::CustomerId;
use crate::secret::SecretHash;

#[derive(FromRow)]
struct SessionRow {
    #[sqlx(flatten)]
    customer: CustomerRow,
    expires_at_us: i64,
}

/// Whose session this is, and when it expires; none when there is no such session or it has expired.
pub(crate) async fn find(
    mut on: impl Source,
    token: SecretHash,
    now_us: i64,
) -> Result<Option<(Customer, i64)>, Error> {
    const BY_TOKEN: &str = "SELECT c.customer_id, c.email, c.email_verified, c.name, c.language, c.staff, \
         c.password_hash, c.created_at_us, s.expires_at_us \
         FROM sessions s JOIN customers c USING (customer_id) WHERE s.token_hash = $1 AND s.expires_at_us > $2";
    let row = fetch_optional!(on, SessionRow, BY_TOKEN, &token.0[..], now_us)?;
    row.map(|row| Ok((row.customer.read()?, row.expires_at_us))).transpose()
}

pub(crate) async fn insert(
    tx: &mut Tx,
    token: SecretHash,
    customer: CustomerId,
    created_at_us: i64,
    expires_at_us: i64,
) -> Result<(), Error> {
    const INSERT: &str =
        "INSERT INTO sessions (token_hash, customer_id, created_at_us, expires_at_us) VALUES ($1, $2, $3, $4)";
    exactly_one(execute!(
        tx,
        INSERT,
        &token.0[..],
        customer.uuid(),
        created_at_us,
        expires_at_us
    )?)
}

/// Drops the customer's expired sessions, and the oldest ones beyond a number.
pub(crate) async fn trim(tx: &mut Tx, customer: CustomerId, kept: i64, now_us: i64) -> Result<(), Error> {
    const EXPIRED: &str = "DELETE FROM sessions WHERE customer_id = $1 AND expires_at_us <= $2";
    const BEYOND: &str = "DELETE FROM sessions WHERE customer_id = $1 AND token_hash NOT IN \
         (SELECT token_hash FROM sessions WHERE customer_id = $1 ORDER BY created_at_us DESC, token_hash LIMIT $2)";
    execute!(tx, EXPIRED, customer.uuid(), now_us)?;
    execute!(tx, BEYOND, customer.uuid(), kept)?;
    Ok(())
}

pub(crate) async fn delete(tx: &mut Tx, token: SecretHash) -> Result<(), Error> {
    execute!(tx, "DELETE FROM sessions WHERE token_hash = $1", &token.0[..])?;
    Ok(())
}

pub(crate) async fn delete_all(tx: &mut Tx, customer: CustomerId) -> Result<(), Error> {
    execute!(tx, "DELETE FROM sessions WHERE customer_id = $1", customer.uuid())?;
    Ok(())
}
