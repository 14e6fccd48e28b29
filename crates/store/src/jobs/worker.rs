//! The worker of one process: leases what is due, has the handlers do it, and notes how each job ended.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Job, Jobs, LONGEST_JITTER, LongestWaits, Retries};
use crate::error::Error;
use crate::randomness::{QuickRandomness, Randomness};

/// Counts how runs of jobs ended, by their kind: `completed`, `postponed`, `failed`, `dead` `released` (its process
/// closed) or `lost` (another worker has it).
const ENDED: &str = "dvs_jobs_total";

/// Why a job could not be done this time. It is kept with the job and logged, so it holds no secret and no personal data.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct Failure {
    reason: String,
    attempts: Option<u32>,
}

impl Failure {
    pub fn new(reason: impl std::fmt::Display) -> Self {
        Self {
            reason: reason.to_string(),
            attempts: None,
        }
    }

    /// A failure that will hardly pass: after so many attempts the job is a dead letter, if its retries are not used up before.
    pub fn lasting(reason: impl std::fmt::Display, attempts: u32) -> Self {
        Self {
            attempts: Some(attempts),
            ..Self::new(reason)
        }
    }
}

/// What came of a run that did not fail, and for a job that is done, where it had its effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// In this database, committed together with the end of the job ([`Jobs::complete_in`]).
    Committed,
    /// Somewhere else, or there was nothing to do: the worker ends the job.
    Elsewhere,
    /// None yet: what it waits for has not happened, and the worker has it run again at this time.
    Postponed { until_us: i64 },
}

/// Does the jobs of one kind.
#[async_trait]
pub trait Handler: Send + Sync {
    fn kind(&self) -> &'static str;

    fn retries(&self) -> Retries;

    /// How far away the time is at most for which a job is enqueued or postponed; none where it may be any.
    fn longest_wait(&self) -> Option<Duration> {
        None
    }

    /// Does a job. It may have been done before, wholly or in part: the worker that did it died before it noted so.
    async fn run(&self, job: &Job) -> Result<Effect, Failure>;
}

/// How a worker works.
#[derive(Debug, Clone)]
pub struct WorkerLimits {
    /// How late a job may begin that another process enqueued.
    pub poll: Duration,
    /// How late a job may begin that this process enqueued: those of a while are leased together.
    pub gather: Duration,
    /// After how long without a sign of life another worker takes a job up.
    pub lease: Duration,
    /// Jobs that this worker does side by side.
    pub at_once: usize,
    /// How long a job may take to its end once the worker is cancelled. Then it is dropped and given back.
    pub closing: Duration,
}

impl Default for WorkerLimits {
    fn default() -> Self {
        Self {
            poll: Duration::from_secs(3),
            gather: Duration::from_millis(500),
            lease: Duration::from_mins(1),
            at_once: 8,
            closing: Duration::from_secs(3),
        }
    }
}

/// Works on the jobs of some kinds.
pub struct Worker {
    jobs: Jobs,
    handlers: Vec<Arc<dyn Handler>>,
    kinds: Vec<String>,
    limits: WorkerLimits,
    /// The time at the last look; at first the latest there is, so that the first look is taken for one after the clock was set back.
    looked_at_us: AtomicI64,
}

/// Jobs under way; each ends with itself where it is done, and with nothing where that it is not was noted.
type Running = JoinSet<Option<Job>>;

impl Worker {
    pub fn new(jobs: Jobs, handlers: Vec<Arc<dyn Handler>>, limits: WorkerLimits) -> Self {
        let kinds = handlers.iter().map(|handler| handler.kind().to_owned()).collect();
        Self {
            jobs,
            handlers,
            kinds,
            limits,
            looked_at_us: AtomicI64::new(i64::MAX),
        }
    }

    /// Does what is due as it becomes due, until it is cancelled. What it has begun then gets a short time to finish, and is
    /// given back otherwise, so that a server that does not answer keeps no process from closing.
    pub async fn run(&self, cancel: CancellationToken) {
        let drop_jobs = CancellationToken::new();
        let (mut woken, mut running) = (self.jobs.wake.subscribe(), Running::new());
        let (mut look_at, mut has_more) = (Instant::now(), false);
        loop {
            tokio::select! {
                () = cancel.cancelled() => break,
                Some(ended) = running.join_next() => {
                    self.end(ended, &mut running).await;
                    if has_more {
                        look_at = Instant::now();
                    }
                }
                Ok(()) = woken.changed() => look_at = look_at.min(Instant::now() + self.limits.gather),
                () = tokio::time::sleep_until(look_at) => {
                    let all_begun = self.begin_due(&mut running, &drop_jobs).await.unwrap_or_else(|error| {
                        tracing::warn!(%error, "the jobs that are due could not be read");
                        true
                    });
                    has_more = !all_begun;
                    let is_idle = running.is_empty();
                    look_at = Instant::now() + if has_more && is_idle { Duration::ZERO } else { self.limits.poll };
                }
            }
        }
        let closing = tokio::time::sleep(self.limits.closing);
        tokio::pin!(closing);
        loop {
            tokio::select! {
                ended = running.join_next() => match ended {
                    Some(ended) => self.end(ended, &mut running).await,
                    None => break,
                },
                () = &mut closing, if !drop_jobs.is_cancelled() => drop_jobs.cancel(),
            }
        }
    }

    /// Does all that is due now.
    pub async fn run_due(&self) -> Result<(), Error> {
        let (mut running, mut all_begun) = (Running::new(), false);
        let never = CancellationToken::new();
        loop {
            if !all_begun {
                all_begun = self.begin_due(&mut running, &never).await?;
            }
            match running.join_next().await {
                Some(ended) => self.end(ended, &mut running).await,
                None if all_begun => return Ok(()),
                None => {}
            }
        }
    }

    /// Begins as many of the jobs that are due as there is room for; true when these are all. Not for a place or two:
    /// each look costs a statement.
    async fn begin_due(&self, running: &mut Running, drop_jobs: &CancellationToken) -> Result<bool, Error> {
        let room = self.limits.at_once.saturating_sub(running.len());
        if room == 0 || room < self.limits.at_once / 4 {
            return Ok(false);
        }
        self.expect_no_earlier_time().await?;
        let limit = i64::try_from(room).unwrap_or(i64::MAX);
        let leased = self.jobs.lease(&self.kinds, limit, self.limits.lease).await?;
        let all_begun = leased.len() < room;
        for job in leased {
            let Some(handler) = self.handlers.iter().find(|handler| handler.kind() == job.kind) else {
                continue;
            };
            let (jobs, handler, lease) = (self.jobs.clone(), Arc::clone(handler), self.limits.lease);
            let drop_job = drop_jobs.clone();
            running.spawn(async move { run_one(&jobs, &*handler, job, lease, &drop_job).await });
        }
        Ok(all_begun)
    }

    /// Shortens what waits too long where the clock shows an earlier time than at the last look.
    async fn expect_no_earlier_time(&self) -> Result<(), Error> {
        let now_us = self.jobs.clock.now_us();
        if now_us >= self.looked_at_us.load(Ordering::Relaxed) {
            self.looked_at_us.store(now_us, Ordering::Relaxed);
            return Ok(());
        }
        for handler in &self.handlers {
            let longest = LongestWaits {
                pause: handler.retries().longest_pause.mul_f64(1.0 + LONGEST_JITTER),
                planned: handler.longest_wait().unwrap_or(Duration::MAX),
            };
            self.jobs
                .shorten_waits(handler.kind(), self.limits.lease, longest)
                .await?;
        }
        self.looked_at_us.store(now_us, Ordering::Relaxed);
        Ok(())
    }

    /// Notes the end of a job, and of those that have ended with it, in one transaction.
    async fn end(&self, first: Result<Option<Job>, JoinError>, running: &mut Running) {
        let mut done = Vec::new();
        let mut next = Some(first);
        while let Some(ended) = next {
            match ended {
                Ok(job) => done.extend(job),
                Err(panic) => {
                    tracing::error!(%panic, "a job ended without an answer; it runs again when its lease runs out");
                }
            }
            next = running.try_join_next();
        }
        if done.is_empty() {
            return;
        }
        match self.jobs.complete_all(&done).await {
            Ok(completed) => {
                for (job, is_completed) in done.iter().zip(completed) {
                    count(job, if is_completed { "completed" } else { "lost" });
                }
            }
            Err(error) => {
                tracing::warn!(jobs = done.len(), %error, "that jobs are done could not be noted; they run again");
            }
        }
    }
}

/// Does a job, unless it is dropped before; answers with it when it is done, and notes otherwise why it is not.
async fn run_one(
    jobs: &Jobs,
    handler: &dyn Handler,
    job: Job,
    lease: Duration,
    drop_job: &CancellationToken,
) -> Option<Job> {
    let retries = handler.retries();
    // Its workers died each time, perhaps of it.
    let done = if retries.are_used_up(job.attempts - 1) {
        Err(Failure::new("its workers ended before they were done with it"))
    } else {
        tokio::select! {
            done = handler.run(&job) => done,
            () = keep_lease(jobs, &job, lease) => {
                count(&job, "lost");
                return None;
            }
            () = drop_job.cancelled() => {
                release(jobs, &job).await;
                return None;
            }
        }
    };
    let failure = match done {
        Ok(Effect::Elsewhere) => return Some(job),
        Ok(Effect::Committed) => {
            count(&job, "completed");
            return None;
        }
        Ok(Effect::Postponed { until_us }) => {
            match jobs.postpone(&job, until_us).await {
                Ok(is_postponed) => count(&job, if is_postponed { "postponed" } else { "lost" }),
                // Its lease runs out, and it runs again.
                Err(error) => tracing::warn!(id = %job.id, kind = job.kind, %error, "a job could not be postponed"),
            }
            return None;
        }
        Err(failure) => failure,
    };
    let mut jitter = [0];
    QuickRandomness.fill(&mut jitter);
    let [jitter] = jitter.map(|byte| f64::from(byte) / f64::from(u8::MAX));
    let Job {
        id,
        kind,
        key,
        attempts,
        ..
    } = &job;
    let retries = retries.at_most(failure.attempts);
    let is_last = retries.are_used_up(*attempts);
    match jobs.fail(&job, &failure.reason, &retries, jitter).await {
        Ok(false) => count(&job, "lost"),
        Ok(true) if is_last => {
            tracing::error!(%id, kind, key, attempts, %failure, "a job failed for good: see `dvs jobs list`");
            count(&job, "dead");
        }
        Ok(true) => {
            tracing::warn!(%id, kind, key, attempts, %failure, "a job failed");
            count(&job, "failed");
        }
        // Its lease runs out, and it runs again.
        Err(error) => tracing::warn!(%id, kind, %failure, %error, "a job failed, which could not be noted"),
    }
    None
}

async fn release(jobs: &Jobs, job: &Job) {
    let Job { id, kind, .. } = job;
    match jobs.release(job).await {
        Ok(true) => {
            tracing::warn!(%id, kind, "a job was not finished when its process closed; the next one does it");
            count(job, "released");
        }
        Ok(false) => count(job, "lost"),
        Err(error) => tracing::warn!(%id, kind, %error, "a job could not be given back; it runs when its lease ends"),
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
