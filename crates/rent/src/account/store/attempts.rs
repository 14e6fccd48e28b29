//! The SQL of counted tries and of known devices.

use store::{Error, Source, Tx, exactly_one, execute, fetch_one, fetch_optional};

use crate::account::attempts::Gate;
use crate::id::CustomerId;
use crate::secret::SecretHash;

/// How often this was tried in the present window, and the window's end. A window that ends later than one that began
/// now was written before the clock was set back, and does not count.
pub(crate) async fn tried(mut on: impl Source, gate: &Gate, now_us: i64) -> Result<Option<(i64, i64)>, Error> {
    const TRIED: &str = "SELECT tries, until_us FROM attempts \
                         WHERE kind = $1 AND subject = $2 AND until_us > $3 AND until_us <= $4";
    let (kind, subject, latest_us) = (gate.kind.name(), &gate.subject[..], now_us + gate.window_us);
    fetch_optional!(on, (i64, i64), TRIED, kind, subject, now_us, latest_us)
}

/// Counts a try, in a new window if the last one is over. Returns the count including this try, and the window's end.
pub(crate) async fn count(tx: &mut Tx, gate: &Gate, now_us: i64) -> Result<(i64, i64), Error> {
    const COUNT: &str = "INSERT INTO attempts (kind, subject, tries, until_us) VALUES ($1, $2, 1, $3) \
         ON CONFLICT (kind, subject) DO UPDATE SET \
         tries = CASE WHEN attempts.until_us > $4 AND attempts.until_us <= $3 THEN attempts.tries + 1 ELSE 1 END, \
         until_us = CASE WHEN attempts.until_us > $4 AND attempts.until_us <= $3 THEN attempts.until_us ELSE $3 END \
         RETURNING tries, until_us";
    let until_us = now_us + gate.window_us;
    let (kind, subject) = (gate.kind.name(), &gate.subject[..]);
    fetch_one!(tx, (i64, i64), COUNT, kind, subject, until_us, now_us)
}

/// Takes back the count of a try that was right.
pub(crate) async fn take_back(tx: &mut Tx, gate: &Gate) -> Result<(), Error> {
    const TAKE_BACK: &str = "UPDATE attempts SET tries = tries - 1 WHERE kind = $1 AND subject = $2 AND tries > 0";
    execute!(tx, TAKE_BACK, gate.kind.name(), &gate.subject[..])?;
    Ok(())
}

/// Deletes the count.
pub(crate) async fn forget(tx: &mut Tx, gate: &Gate) -> Result<(), Error> {
    const FORGET: &str = "DELETE FROM attempts WHERE kind = $1 AND subject = $2";
    execute!(tx, FORGET, gate.kind.name(), &gate.subject[..])?;
    Ok(())
}

/// Deletes the windows that are over.
pub(crate) async fn forget_over(tx: &mut Tx, now_us: i64) -> Result<(), Error> {
    execute!(tx, "DELETE FROM attempts WHERE until_us <= $1", now_us)?;
    Ok(())
}

/// Whether the customer has signed in on this device before.
pub(crate) async fn is_device_known(
    mut on: impl Source,
    customer: CustomerId,
    device: SecretHash,
) -> Result<bool, Error> {
    const KNOWN: &str = "SELECT seen_at_us FROM known_devices WHERE customer_id = $1 AND token_hash = $2";
    let row = fetch_optional!(on, (i64,), KNOWN, customer.uuid(), &device.0[..])?;
    Ok(row.is_some())
}

/// Records a device on which the customer has signed in, and deletes those that were used least recently.
pub(crate) async fn note_device(
    tx: &mut Tx,
    customer: CustomerId,
    device: SecretHash,
    kept: i64,
    now_us: i64,
) -> Result<(), Error> {
    const NOTE: &str = "INSERT INTO known_devices (customer_id, token_hash, seen_at_us) VALUES ($1, $2, $3) \
         ON CONFLICT (customer_id, token_hash) DO UPDATE SET seen_at_us = $3";
    const BEYOND: &str = "DELETE FROM known_devices WHERE customer_id = $1 AND token_hash NOT IN \
         (SELECT token_hash FROM known_devices WHERE customer_id = $1 ORDER BY seen_at_us DESC, token_hash LIMIT $2)";
    exactly_one(execute!(tx, NOTE, customer.uuid(), &device.0[..], now_us)?)?;
    execute!(tx, BEYOND, customer.uuid(), kept)?;
    Ok(())
}

pub(crate) async fn forget_devices(tx: &mut Tx, customer: CustomerId) -> Result<(), Error> {
    execute!(tx, "DELETE FROM known_devices WHERE customer_id = $1", customer.uuid())?;
    Ok(())
}
