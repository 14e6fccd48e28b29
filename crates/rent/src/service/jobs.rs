//! The dead letters, as their contract has them: jobs that failed permanently.

use ::store::jobs::DeadLetter;
use api::jobs::{self as messages, JobService};
use async_trait::async_trait;
use rpc::Call;
use uuid::Uuid;

use super::RentService;
use crate::fault::{Fault, Result};

/// The most dead letters of one answer.
const DEAD_LETTERS_SHOWN: i64 = 200;

#[async_trait]
impl JobService for RentService {
    async fn list_dead_letters(
        &self,
        _call: Call<messages::ListDeadLettersRequest>,
    ) -> rpc::Result<messages::ListDeadLettersResponse> {
        let found = self.jobs.dead_letters(DEAD_LETTERS_SHOWN).await.map_err(Fault::from)?;
        Ok(messages::ListDeadLettersResponse {
            dead_letters: found.into_iter().map(message).collect(),
        })
    }

    async fn retry_dead_letter(
        &self,
        call: Call<messages::RetryDeadLetterRequest>,
    ) -> rpc::Result<messages::RetryDeadLetterResponse> {
        let is_retried = self.jobs.retry(parse_id(&call.message.job_id)?).await;
        expect_found(is_retried.map_err(Fault::from)?)?;
        Ok(messages::RetryDeadLetterResponse {})
    }

    async fn drop_dead_letter(
        &self,
        call: Call<messages::DropDeadLetterRequest>,
    ) -> rpc::Result<messages::DropDeadLetterResponse> {
        let is_dropped = self.jobs.drop_dead_letter(parse_id(&call.message.job_id)?).await;
        expect_found(is_dropped.map_err(Fault::from)?)?;
        Ok(messages::DropDeadLetterResponse {})
    }
}

fn parse_id(text: &str) -> Result<Uuid> {
    Uuid::try_parse(text).map_err(|_no_id| Fault::DeadLetterNotFound)
}

fn expect_found(is_found: bool) -> Result<()> {
    is_found.then_some(()).ok_or(Fault::DeadLetterNotFound)
}

fn message(of: DeadLetter) -> messages::DeadLetter {
    let DeadLetter {
        id,
        kind,
        key,
        failed_at_us,
        attempts,
        last_error,
    } = of;
    messages::DeadLetter {
        job_id: id.to_string(),
        kind,
        key,
        failed_at_us,
        attempts,
        last_error,
    }
}
