//! A clock that is set back: no job waits longer than it would have without that.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use store::Db;
use store::jobs::{Effect, Failure, Handler, Job, Retries, Worker, WorkerLimits};

use super::{KIND, LEASE, clock, enqueue, lease, queue, run_at};
use crate::MIGRATIONS;

store::each_engine!(
    MIGRATIONS:
    a_job_that_failed_pauses_no_longer_than_its_longest_pause,
    a_lease_of_a_dead_worker_ends_in_its_time,
    a_job_for_a_far_future_keeps_its_time,
    a_job_whose_handler_names_a_longest_wait_waits_no_longer,
    a_process_that_starts_after_the_clock_was_set_back_shortens_waits,
);

const DAY: Duration = Duration::from_hours(24);
const DAY_US: i64 = 24 * 60 * 60 * 1_000_000;
const LONGEST_PAUSE: Duration = Duration::from_mins(10);
const WORKER_LEASE: Duration = Duration::from_mins(1);

/// Fails each job, or postpones it by a minute.
struct Unready {
    is_failing: bool,
    longest_wait: Option<Duration>,
    postponed_to_us: i64,
}

const FAILING: Unready = Unready {
    is_failing: true,
    longest_wait: None,
    postponed_to_us: 0,
};

#[async_trait]
impl Handler for Unready {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn retries(&self) -> Retries {
        Retries::without_end(LONGEST_PAUSE, LONGEST_PAUSE)
    }

    fn longest_wait(&self) -> Option<Duration> {
        self.longest_wait
    }

    async fn run(&self, _job: &Job) -> Result<Effect, Failure> {
        if self.is_failing {
            return Err(Failure::new("no"));
        }
        Ok(Effect::Postponed {
            until_us: self.postponed_to_us,
        })
    }
}

fn worker(jobs: &store::jobs::Jobs, handler: Unready) -> Worker {
    let limits = WorkerLimits {
        lease: WORKER_LEASE,
        ..WorkerLimits::default()
    };
    Worker::new(jobs.clone(), vec![Arc::new(handler)], limits)
}

async fn a_job_that_failed_pauses_no_longer_than_its_longest_pause(db: &Db) {
    let clock = clock();
    clock.advance(2 * DAY);
    let jobs = queue(db, &clock);
    enqueue(db, &jobs, "a", 0).await;
    let worker = worker(&jobs, FAILING);
    worker.run_due().await.unwrap();
    let due_us = run_at(db).await;
    // A look in between, at which nothing is wrong, changes nothing.
    worker.run_due().await.unwrap();
    assert_eq!(run_at(db).await, due_us);
    clock.set_us(0);
    worker.run_due().await.unwrap();
    assert_eq!(
        lease(&jobs).await,
        [],
        "a worker that still does it could renew its lease"
    );
    clock.advance(WORKER_LEASE);
    assert_eq!(lease(&jobs).await.len(), 1);
}

async fn a_lease_of_a_dead_worker_ends_in_its_time(db: &Db) {
    let clock = clock();
    let jobs = queue(db, &clock);
    let worker = worker(&jobs, FAILING);
    // It has looked before: only the step back is new to it.
    worker.run_due().await.unwrap();
    clock.advance(LONGEST_PAUSE / 2);
    worker.run_due().await.unwrap();
    enqueue(db, &jobs, "a", 0).await;
    assert_eq!(lease(&jobs).await.len(), 1);
    // Less than the longest pause, for which a lease is not to be taken.
    clock.set_us(1_000_000);
    worker.run_due().await.unwrap();
    clock.advance(LEASE.max(WORKER_LEASE));
    assert_eq!(lease(&jobs).await.len(), 1);
}

async fn a_job_for_a_far_future_keeps_its_time(db: &Db) {
    let clock = clock();
    clock.advance(2 * DAY);
    let jobs = queue(db, &clock);
    let planned_us = 30 * DAY_US;
    enqueue(db, &jobs, "a", planned_us).await;
    let worker = worker(&jobs, FAILING);
    worker.run_due().await.unwrap();
    clock.set_us(0);
    worker.run_due().await.unwrap();
    assert_eq!(run_at(db).await, planned_us);
}

async fn a_job_whose_handler_names_a_longest_wait_waits_no_longer(db: &Db) {
    let clock = clock();
    clock.set_us(2 * DAY_US);
    let jobs = queue(db, &clock);
    enqueue(db, &jobs, "a", 0).await;
    let postponing = Unready {
        is_failing: false,
        longest_wait: Some(LONGEST_PAUSE),
        postponed_to_us: 2 * DAY_US + 60_000_000,
    };
    let worker = worker(&jobs, postponing);
    worker.run_due().await.unwrap();
    assert_eq!(run_at(db).await, 2 * DAY_US + 60_000_000);
    clock.set_us(0);
    worker.run_due().await.unwrap();
    clock.advance(WORKER_LEASE);
    let [again] = lease(&jobs).await.try_into().unwrap();
    assert_eq!(again.attempts, 1, "it did not fail");
}

async fn a_process_that_starts_after_the_clock_was_set_back_shortens_waits(db: &Db) {
    let clock = clock();
    clock.advance(2 * DAY);
    let jobs = queue(db, &clock);
    enqueue(db, &jobs, "a", 0).await;
    worker(&jobs, FAILING).run_due().await.unwrap();
    clock.set_us(0);
    worker(&jobs, FAILING).run_due().await.unwrap();
    clock.advance(WORKER_LEASE);
    assert_eq!(lease(&jobs).await.len(), 1);
}
