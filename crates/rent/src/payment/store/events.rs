//! The events of providers that were taken.

use store::{Dialects, Error, Tx, execute};

/// The most events that are forgotten at once.
const FORGOTTEN_AT_ONCE: i64 = 100;

/// Notes that an event was taken. False if it was taken before.
pub(crate) async fn insert(tx: &mut Tx, provider: &str, event: &str, now_us: i64) -> Result<bool, Error> {
    const INSERT: &str = "INSERT INTO provider_events (provider, event_id, received_at_us) VALUES ($1, $2, $3) \
                          ON CONFLICT (provider, event_id) DO NOTHING";
    Ok(execute!(tx, INSERT, provider, event, now_us)? == 1)
}

/// Forgets events that were taken before a moment.
pub(crate) async fn forget(tx: &mut Tx, before_us: i64) -> Result<(), Error> {
    const FORGET: Dialects = Dialects {
        sqlite: "DELETE FROM provider_events WHERE rowid IN \
                 (SELECT rowid FROM provider_events WHERE received_at_us < $1 LIMIT $2)",
        // What another process forgets just now is not waited for.
        postgres: "DELETE FROM provider_events WHERE ctid IN \
                   (SELECT ctid FROM provider_events WHERE received_at_us < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)",
    };
    execute!(tx, FORGET, before_us, FORGOTTEN_AT_ONCE)?;
    Ok(())
}
