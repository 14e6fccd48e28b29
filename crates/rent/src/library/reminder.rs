//! The job that reminds a customer before the window of a rental ends.

use store::jobs::{Jobs, NewJob};
use store::{Error, Tx};

use super::entitlement::Entitlement;

/// The kind of the job. Its key is the entitlement's id, and its payload the customer's.
pub(crate) const REMINDER: &str = "reminder";

/// Schedules the reminder for the present window, in place of an earlier window's. A purchase has no window.
pub(crate) async fn schedule_reminder(jobs: &Jobs, tx: &mut Tx, entitlement: &Entitlement) -> Result<(), Error> {
    let Some(run_at_us) = entitlement.reminder_us() else {
        return Ok(());
    };
    let reminder = NewJob {
        kind: REMINDER,
        key: &entitlement.id.to_string(),
        payload: &entitlement.customer.to_string(),
        run_at_us,
    };
    jobs.replace(tx, reminder).await
}

/// Takes away the reminder of an entitlement that was taken back.
pub(crate) async fn withdraw(jobs: &Jobs, tx: &mut Tx, entitlement: &Entitlement) -> Result<(), Error> {
    jobs.withdraw(tx, REMINDER, &entitlement.id.to_string()).await
}
