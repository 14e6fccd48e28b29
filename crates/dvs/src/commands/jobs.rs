//! `dvs jobs`: lists the dead letters (jobs that failed permanently), and retries or drops one.

use anyhow::Result;
use api::jobs::{DeadLetter, DropDeadLetterRequest, ListDeadLettersRequest, RetryDeadLetterRequest};
use jiff::Timestamp;
use rpc::Call;

use crate::commands::{counted, note, say, told};
use crate::config::{DeadLetterOptions, StoreOptions};
use crate::reach::{Missing, StoreConnection};

pub(crate) async fn list(options: StoreOptions) -> Result<()> {
    let store = StoreConnection::open(&options, "dvs jobs list", Missing::Refuse).await?;
    let request = Call::by_service(ListDeadLettersRequest {});
    let answer = store.rent().await?.list_dead_letters(request).await;
    store.close().await;
    let found = answer.map_err(|fault| told(&fault))?.dead_letters;
    if found.is_empty() {
        return note("No job has failed permanently.");
    }
    found.iter().try_for_each(|dead| say(line(dead)))
}

pub(crate) async fn retry(options: DeadLetterOptions) -> Result<()> {
    let store = StoreConnection::open(&options.store, "dvs jobs retry", Missing::Refuse).await?;
    let job_id = options.job_id;
    let request = RetryDeadLetterRequest { job_id: job_id.clone() };
    let answer = store.rent().await?.retry_dead_letter(Call::by_service(request)).await;
    store.close().await;
    answer.map_err(|fault| told(&fault))?;
    say(format_args!("job {job_id} runs again"))
}

pub(crate) async fn drop(options: DeadLetterOptions) -> Result<()> {
    let store = StoreConnection::open(&options.store, "dvs jobs drop", Missing::Refuse).await?;
    let job_id = options.job_id;
    let request = DropDeadLetterRequest { job_id: job_id.clone() };
    let answer = store.rent().await?.drop_dead_letter(Call::by_service(request)).await;
    store.close().await;
    answer.map_err(|fault| told(&fault))?;
    say(format_args!("job {job_id} is dropped"))
}

/// The columns are separated by tabs, as in other lists.
fn line(dead: &DeadLetter) -> String {
    let failed_at = Timestamp::from_microsecond(dead.failed_at_us);
    let failed_at = failed_at.map_or_else(|_| dead.failed_at_us.to_string(), |at| format!("{at:.0}"));
    let attempts = counted(dead.attempts, "attempt", "attempts");
    let error = dead.last_error.escape_debug();
    format!(
        "{}\t{}\t{}\t{failed_at}\t{attempts}\t{error}",
        dead.job_id, dead.kind, dead.key
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_letter_is_one_line() {
        let dead = DeadLetter {
            job_id: "id".to_owned(),
            kind: "order_mail".to_owned(),
            key: "order/fulfilled".to_owned(),
            failed_at_us: 1_767_268_800_000_000,
            attempts: 31,
            last_error: "the server\nis closed".to_owned(),
        };
        assert_eq!(
            line(&dead),
            "id\torder_mail\torder/fulfilled\t2026-01-01T12:00:00Z\t31 attempts\tthe server\\nis closed"
        );
    }
}
