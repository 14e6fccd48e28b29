//! The SQL of notices about an account: the address that each goes to, until it is sent.

use std::time::Duration;

use store::jobs::DEAD_LETTER_VALIDITY;
use store::{Error, Source, Tx, exactly_one, execute, fetch_optional};
use uuid::Uuid;

use crate::customer::{Customer, Email};
use crate::id::CustomerId;
use crate::time::duration_us;

/// How long the address of a notice is kept that is never sent: longer than its job, which may become a dead letter.
const KEPT: Duration = DEAD_LETTER_VALIDITY.saturating_add(Duration::from_hours(7 * 24));

/// Writes a notice to the address that the customer has now, and deletes those of the customer whose jobs are gone.
pub(crate) async fn insert(tx: &mut Tx, request: Uuid, customer: &Customer, now_us: i64) -> Result<(), Error> {
    const FORGET: &str = "DELETE FROM mail_notices WHERE customer_id = $1 AND created_at_us < $2";
    const INSERT: &str = "INSERT INTO mail_notices (request_id, customer_id, address, created_at_us) \
                          VALUES ($1, $2, $3, $4)";
    let id = customer.id.uuid();
    execute!(tx, FORGET, id, now_us - duration_us(KEPT))?;
    exactly_one(execute!(tx, INSERT, request, id, customer.email.as_str(), now_us)?)
}

/// The address that a notice goes to; `None` if it was sent, or its account deleted.
pub(crate) async fn find(mut on: impl Source, request: Uuid) -> Result<Option<Email>, Error> {
    const ADDRESS: &str = "SELECT address FROM mail_notices WHERE request_id = $1";
    let row = fetch_optional!(on, (String,), ADDRESS, request)?;
    Ok(row.map(|(address,)| Email::kept(address)))
}

pub(crate) async fn delete(tx: &mut Tx, request: Uuid) -> Result<(), Error> {
    execute!(tx, "DELETE FROM mail_notices WHERE request_id = $1", request)?;
    Ok(())
}

pub(crate) async fn delete_all(tx: &mut Tx, customer: CustomerId) -> Result<(), Error> {
    execute!(tx, "DELETE FROM mail_notices WHERE customer_id = $1", customer.uuid())?;
    Ok(())
}
