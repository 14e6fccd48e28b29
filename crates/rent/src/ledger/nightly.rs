//! The check of the ledger at night: a job that comes again each night, and tells staff of differences.

use std::time::Duration;

use async_trait::async_trait;
use store::jobs::{Effect, Failure, Handler, Job, Jobs, NewJob, Retries};
use store::{Db, write_tx};

use super::TransactionKind;
use super::check::{Books, DAY_US, Difference, Summary, Told};
use crate::fault::Result;

/// The kind of the job. There is one, whose key is `nightly`.
const CHECK_LEDGER: &str = "check_ledger";
/// When it runs, after midnight UTC: when the movements of the day before are in the providers' records.
const NIGHT_US: i64 = 3 * 60 * 60 * 1_000_000;
/// How many days are checked each night, so that what was booked late or a provider corrected later is seen.
const DAYS_CHECKED: i64 = 40;
/// How many differences are logged each night; `dvs ledger check` tells all.
const DIFFERENCES_LOGGED: u64 = 50;
/// The number of differences that the last check found.
const DIFFERENCES: &str = "dvs_ledger_differences";

/// Has the ledger be checked each night from the next one on, unless it is already.
pub(crate) async fn schedule(jobs: &Jobs, db: &Db, now_us: i64) -> std::result::Result<(), store::Error> {
    let job = NewJob {
        kind: CHECK_LEDGER,
        key: "nightly",
        payload: "",
        run_at_us: next_night_us(now_us),
    };
    write_tx!(db, read committed, |tx| -> std::result::Result<(), store::Error> {
        jobs.enqueue(tx, job).await
    })
}

fn next_night_us(now_us: i64) -> i64 {
    ((now_us - NIGHT_US).div_euclid(DAY_US) + 1) * DAY_US + NIGHT_US
}

/// Checks the ledger.
pub(crate) struct NightlyCheck(pub(crate) Books);

#[async_trait]
impl Handler for NightlyCheck {
    fn kind(&self) -> &'static str {
        CHECK_LEDGER
    }

    /// A check that fails comes again, and never for the last time: the next night has one too.
    fn retries(&self) -> Retries {
        Retries::without_end(Duration::from_mins(5), Duration::from_hours(1))
    }

    fn longest_wait(&self) -> Option<Duration> {
        Some(Duration::from_hours(24))
    }

    async fn run(&self, _job: &Job) -> std::result::Result<Effect, Failure> {
        let checked = self.check().await;
        let summary = checked.map_err(|fault| Failure::new(fault.private().unwrap_or_else(|| fault.to_string())))?;
        #[expect(
            clippy::cast_precision_loss,
            reason = "a check tells no more differences than a float holds exactly"
        )]
        metrics::gauge!(DIFFERENCES).set(summary.differences as f64);
        let Summary {
            orders,
            movements,
            differences,
            ..
        } = summary;
        tracing::info!(orders, movements, differences, "the ledger was checked");
        for account in &summary.unchecked {
            tracing::warn!(%account, "the ledger has an account of a provider that this store is not connected to");
        }
        Ok(Effect::Postponed {
            until_us: next_night_us(self.0.clock.now_us()),
        })
    }
}

impl NightlyCheck {
    async fn check(&self) -> Result<Summary> {
        let from_us = self.0.clock.now_us() - DAYS_CHECKED * DAY_US;
        let mut check = self.0.check(Some(from_us.max(0)), None).await?;
        let mut logged = 0;
        while let Some(told) = check.next().await? {
            match told {
                Told::Summary(summary) => return Ok(summary),
                Told::Differences(found) => {
                    for difference in found {
                        logged += 1;
                        if logged <= DIFFERENCES_LOGGED {
                            log(&difference);
                        }
                    }
                }
            }
        }
        Ok(Summary::default())
    }
}

fn log(difference: &Difference) {
    tracing::warn!(
        proof = ?difference.proof,
        order = difference.order.map(|order| order.to_string()),
        transaction = difference.kind.map(TransactionKind::name),
        source = difference.source,
        account = difference.account.as_ref().map(ToString::to_string),
        currency = difference.currency.code(),
        expected_minor = difference.expected_minor,
        booked_minor = difference.booked_minor,
        "the ledger differs; dvs ledger check tells more"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_night_is_within_a_day_and_never_now() {
        assert_eq!(next_night_us(0), NIGHT_US);
        assert_eq!(next_night_us(NIGHT_US), DAY_US + NIGHT_US);
        assert_eq!(next_night_us(DAY_US - 1), DAY_US + NIGHT_US);
    }
}
