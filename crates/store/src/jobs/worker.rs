//! The worker of one process: leases what is due, has the handlers do it, and notes how each job ended.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use super::{Job, Jobs, Retries};
use crate::error::Error;
use crate::randomness::{QuickRandomness, Randomness};

/// Counts the jobs that ended, by their kind and how: `completed`, `failed`, `dead` or `lost` (another worker has it).
const ENDED: &str = "dvs_jobs_total";

/// Why a job could not be done this time. It is kept with the job and logged, so it holds no secret.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failure(pub String);

impl Failure {
    pub fn new(reason: impl std::fmt::Display) -> Self {
        Self(reason.to_string())
    }
}

/// Does the jobs of one kind.
#[async_trait]
pub trait Handler: Send + Sync {
    fn kind(&self) -> &'static str;

    fn retries(&self) -> Retries;

    /// Does a job. It may have been done before, wholly or in part: the worker that did it died before it noted so. A
    /// handler whose effect is in this database ends the job with it, by [`Jobs::complete_in`].
    async fn run(&self, job: &Job) -> Result<(), Failure>;
}

/// How a worker works.
#[derive(Debug, Clone)]
pub struct WorkerLimits {
    /// How late a job may begin that another process enqueued.
    pub poll: Duration,
    /// After how long without a sign of life another worker takes a job up.
    pub lease: Duration,
    /// Jobs that this worker does side by side.
    pub at_once: usize,
}

impl Default for WorkerLimits {
    fn default() -> Self {
        Self {
            poll: Duration::from_secs(3),
            lease: Duration::from_mins(1),
            at_once: 8,
        }
    }
}

/// Works on the jobs of some kinds.
pub struct Worker {
    jobs: Jobs,
    handlers: Vec<Arc<dyn Handler>>,
    kinds: Vec<String>,
    limits: WorkerLimits,
}

impl Worker {
    pub fn new(jobs: Jobs, handlers: Vec<Arc<dyn Handler>>, limits: WorkerLimits) -> Self {
        let kinds = handlers.iter().map(|handler| handler.kind().to_owned()).collect();
        Self {
            jobs,
            handlers,
            kinds,
            limits,
        }
    }

    /// Does what is due as it becomes due, until it is cancelled; what it has begun it finishes.
    pub async fn run(&self, cancel: CancellationToken) {
        let (mut woken, mut running) = (self.jobs.wake.subscribe(), JoinSet::new());
        let mut all_begun = false;
        while !cancel.is_cancelled() {
            if !all_begun {
                all_begun = self.begin_due(&mut running).await.unwrap_or_else(|error| {
                    tracing::warn!(%error, "the jobs that are due could not be read");
                    true
                });
            }
            tokio::select! {
                () = cancel.cancelled() => {}
                Some(ended) = running.join_next() => note_end(ended),
                _ = tokio::time::timeout(self.limits.poll, woken.changed()) => all_begun = false,
            }
        }
        while let Some(ended) = running.join_next().await {
            note_end(ended);
        }
    }

    /// Does all that is due now.
    pub async fn run_due(&self) -> Result<(), Error> {
        let mut running = JoinSet::new();
        let mut all_begun = false;
        loop {
            if !all_begun {
                all_begun = self.begin_due(&mut running).await?;
            }
            match running.join_next().await {
                Some(ended) => note_end(ended),
                None if all_begun => return Ok(()),
                None => {}
            }
        }
    }

    /// Begins as many of the jobs that are due as there is room for; true when these are all. Not for a place or two:
    /// each look costs a statement.
    async fn begin_due(&self, running: &mut JoinSet<()>) -> Result<bool, Error> {
        while let Some(ended) = running.try_join_next() {
            note_end(ended);
        }
        let room = self.limits.at_once.saturating_sub(running.len());
        if room == 0 || room < self.limits.at_once / 4 {
            return Ok(false);
        }
        let limit = i64::try_from(room).unwrap_or(i64::MAX);
        let leased = self.jobs.lease(&self.kinds, limit, self.limits.lease).await?;
        let all_begun = leased.len() < room;
        for job in leased {
            let Some(handler) = self.handlers.iter().find(|handler| handler.kind() == job.kind) else {
                continue;
            };
            let (jobs, handler, lease) = (self.jobs.clone(), Arc::clone(handler), self.limits.lease);
            running.spawn(async move { run_one(&jobs, &*handler, &job, lease).await });
        }
        Ok(all_begun)
    }
}

fn note_end(ended: Result<(), JoinError>) {
    if let Err(panic) = ended {
        tracing::error!(%panic, "a job ended without an answer; it runs again when its lease runs out");
    }
}

async fn run_one(jobs: &Jobs, handler: &dyn Handler, job: &Job, lease: Duration) {
    let retries = handler.retries();
    // Its workers died each time, perhaps of it.
    let is_used_up = job.attempts > i64::from(retries.attempts);
    let done = if is_used_up {
        Err(Failure::new("its workers ended before they were done with it"))
    } else {
        tokio::select! {
            done = handler.run(job) => done,
            () = keep_lease(jobs, job, lease) => return count(job, "lost"),
        }
    };
    let noted = match &done {
        Ok(()) => jobs.complete(job).await.map(|_| "completed"),
        Err(failure) => {
            let is_last = job.attempts >= i64::from(retries.attempts);
            let mut jitter = [0];
            QuickRandomness.fill(&mut jitter);
            let [jitter] = jitter.map(|byte| f64::from(byte) / f64::from(u8::MAX));
            let failed = jobs.fail(job, &failure.0, &retries, jitter).await;
            failed.map(|is_ours| match (is_ours, is_last) {
                (false, _) => "lost",
                (true, false) => "failed",
                (true, true) => "dead",
            })
        }
    };
    match (noted, done) {
        (Ok(outcome), Ok(())) => count(job, outcome),
        (Ok(outcome), Err(failure)) => {
            let Job { id, kind, attempts, .. } = job;
            if outcome == "dead" {
                tracing::error!(%id, kind, attempts, %failure, "a job failed for good");
            } else {
                tracing::warn!(%id, kind, attempts, %failure, "a job failed");
            }
            count(job, outcome);
        }
        // Its lease runs out, and it runs again.
        (Err(error), _) => tracing::warn!(id = %job.id, kind = job.kind, %error, "how a job ended could not be noted"),
    }
}

/// Renews the lease until another worker has it.
async fn keep_lease(jobs: &Jobs, job: &Job, lease: Duration) {
    loop {
        tokio::time::sleep(lease / 3).await;
        match jobs.renew(job, lease).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => tracing::warn!(id = %job.id, %error, "a job's lease could not be renewed"),
        }
    }
}

fn count(job: &Job, outcome: &'static str) {
    metrics::counter!(ENDED, "kind" => job.kind.clone(), "outcome" => outcome).increment(1);
}
