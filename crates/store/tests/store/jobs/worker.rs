//! The worker: handlers do due jobs concurrently, and each outcome is recorded.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use store::jobs::{Effect, Failure, Handler, Job, Jobs, NewJob, Retries, Worker, WorkerLimits};
use store::{Db, Error, write_tx};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{KIND, LEASE, TWICE, clock, enqueue, lease, queue, run_at, waiting};
use crate::{MIGRATIONS, insert_shelf, shelf_names};

store::each_engine!(
    MIGRATIONS:
    an_effect_in_the_database_is_had_once,
    two_workers_share_ten_thousand_jobs,
    a_poison_job_becomes_a_dead_letter_and_holds_nothing_up,
    a_job_that_kills_its_workers_becomes_a_dead_letter,
    a_job_that_is_postponed_runs_again_at_its_time_as_if_it_had_not_run,
    a_job_with_retries_without_an_end_is_never_given_up,
    a_handler_that_panics_is_tried_again,
    a_long_job_keeps_its_lease_and_gives_up_when_it_is_lost,
    a_worker_is_woken_and_finishes_what_it_has_begun,
    a_job_that_does_not_end_is_given_back_when_its_worker_closes,
    a_failure_that_lasts_becomes_a_dead_letter_sooner,
);

/// What a handler of these tests does with a job.
type Act = Box<dyn Fn(&Job) -> Result<(), Failure> + Send + Sync>;

struct Acting {
    act: Act,
    done: Mutex<Vec<String>>,
}

impl Acting {
    fn new(act: impl Fn(&Job) -> Result<(), Failure> + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            act: Box::new(act),
            done: Mutex::default(),
        })
    }

    fn done(&self) -> Vec<String> {
        self.done.lock().unwrap().clone()
    }
}

#[async_trait]
impl Handler for Acting {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn retries(&self) -> Retries {
        TWICE
    }

    async fn run(&self, job: &Job) -> Result<Effect, Failure> {
        (self.act)(job)?;
        self.done.lock().unwrap().push(job.key.clone());
        Ok(Effect::Elsewhere)
    }
}

fn worker(jobs: &Jobs, handler: Arc<dyn Handler>) -> Worker {
    Worker::new(jobs.clone(), vec![handler], WorkerLimits::default())
}

struct Shelving {
    db: Db,
    jobs: Jobs,
}

#[async_trait]
impl Handler for Shelving {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn retries(&self) -> Retries {
        TWICE
    }

    async fn run(&self, job: &Job) -> Result<Effect, Failure> {
        let number = job.payload.parse().map_err(Failure::new)?;
        let shelved = write_tx!(self.db, |tx| -> Result<(), Error> {
            insert_shelf(tx, number, &job.key).await?;
            self.jobs.complete_in(tx, job).await
        });
        shelved.map(|()| Effect::Committed).map_err(Failure::new)
    }
}

async fn an_effect_in_the_database_is_had_once(db: &Db) {
    let jobs = queue(db, &clock());
    for key in ["1", "2", "3"] {
        enqueue(db, &jobs, key, 0).await;
    }
    let shelving = Arc::new(Shelving {
        db: db.clone(),
        jobs: jobs.clone(),
    });
    worker(&jobs, shelving).run_due().await.unwrap();
    assert_eq!(shelf_names(db).await, ["1", "2", "3"]);
    assert_eq!(waiting(db).await, 0);
}

async fn two_workers_share_ten_thousand_jobs(db: &Db) {
    const JOBS: usize = 10_000;
    let jobs = queue(db, &clock());
    let keys: Vec<_> = (0..JOBS).map(|number| number.to_string()).collect();
    for keys in keys.chunks(1000) {
        write_tx!(db, |tx| -> Result<(), Error> {
            for key in keys {
                let job = NewJob {
                    kind: KIND,
                    key,
                    payload: "",
                    run_at_us: 0,
                };
                jobs.enqueue(tx, job).await?;
            }
            Ok(())
        })
        .unwrap();
    }
    let handler = Acting::new(|_| Ok(()));
    let limits = WorkerLimits {
        at_once: 200,
        ..WorkerLimits::default()
    };
    let workers = [(); 2].map(|()| Worker::new(jobs.clone(), vec![handler.clone()], limits.clone()));
    let (one, other) = tokio::join!(workers[0].run_due(), workers[1].run_due());
    one.and(other).unwrap();
    let done = handler.done();
    assert_eq!(done.len(), JOBS, "each is done by one worker");
    assert_eq!(done.into_iter().collect::<HashSet<_>>().len(), JOBS);
    assert_eq!(waiting(db).await, 0);
}

async fn a_poison_job_becomes_a_dead_letter_and_holds_nothing_up(db: &Db) {
    let clock = clock();
    let jobs = queue(db, &clock);
    enqueue(db, &jobs, "poison", 0).await;
    enqueue(db, &jobs, "good", 0).await;
    let handler = Acting::new(|job| {
        if job.key == "poison" {
            return Err(Failure::new("x".repeat(10_000)));
        }
        Ok(())
    });
    let worker = worker(&jobs, handler.clone());
    worker.run_due().await.unwrap();
    assert_eq!(handler.done(), ["good"]);
    assert_eq!(jobs.dead_letters(10).await.unwrap(), []);
    // It pauses for its first pause, and at most a quarter of that in addition.
    clock.advance(Duration::from_secs(29));
    assert_eq!(lease(&jobs).await, []);
    clock.advance(Duration::from_secs(9));
    worker.run_due().await.unwrap();
    let [dead] = jobs.dead_letters(10).await.unwrap().try_into().unwrap();
    assert_eq!(
        (dead.key.as_str(), dead.attempts, dead.last_error.len()),
        ("poison", 2, 500)
    );
    clock.advance(Duration::from_hours(24));
    worker.run_due().await.unwrap();
    assert_eq!(handler.done(), ["good"]);
}

async fn a_job_that_kills_its_workers_becomes_a_dead_letter(db: &Db) {
    let clock = clock();
    let jobs = queue(db, &clock);
    enqueue(db, &jobs, "deadly", 0).await;
    for _ in 0..TWICE.attempts {
        assert_eq!(lease(&jobs).await.len(), 1);
        clock.advance(LEASE);
    }
    let handler = Acting::new(|_| Ok(()));
    worker(&jobs, handler.clone()).run_due().await.unwrap();
    assert_eq!(handler.done(), [""; 0]);
    let [dead] = jobs.dead_letters(10).await.unwrap().try_into().unwrap();
    assert!(dead.last_error.contains("workers ended"), "{}", dead.last_error);
}

/// Waits for something that has not happened, or fails.
struct Waiting {
    retries: Retries,
    runs: AtomicUsize,
    act: fn() -> Result<Effect, Failure>,
}

impl Waiting {
    fn new(retries: Retries, act: fn() -> Result<Effect, Failure>) -> Arc<Self> {
        let runs = AtomicUsize::new(0);
        Arc::new(Self { retries, runs, act })
    }

    fn runs(&self) -> usize {
        self.runs.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl Handler for Waiting {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn retries(&self) -> Retries {
        self.retries
    }

    async fn run(&self, job: &Job) -> Result<Effect, Failure> {
        self.runs.fetch_add(1, Ordering::Relaxed);
        assert_eq!(job.payload, "a");
        (self.act)()
    }
}

async fn a_job_that_is_postponed_runs_again_at_its_time_as_if_it_had_not_run(db: &Db) {
    const UNTIL_US: i64 = 60_000_000;
    let clock = clock();
    let jobs = queue(db, &clock);
    enqueue(db, &jobs, "a", 0).await;
    let handler = Waiting::new(TWICE, || Ok(Effect::Postponed { until_us: UNTIL_US }));
    let worker = worker(&jobs, handler.clone());
    worker.run_due().await.unwrap();
    assert_eq!((handler.runs(), run_at(db).await), (1, UNTIL_US));
    clock.set_us(UNTIL_US - 1);
    worker.run_due().await.unwrap();
    assert_eq!(handler.runs(), 1);
    clock.set_us(UNTIL_US);
    let [again] = lease(&jobs).await.try_into().unwrap();
    assert_eq!((again.payload.as_str(), again.attempts), ("a", 1));
}

async fn a_job_with_retries_without_an_end_is_never_given_up(db: &Db) {
    const LONGEST: Duration = Duration::from_secs(30);
    let clock = clock();
    let jobs = queue(db, &clock);
    enqueue(db, &jobs, "a", 0).await;
    let retries = Retries::without_end(Duration::from_secs(2), LONGEST);
    let handler = Waiting::new(retries, || Err(Failure::new("no")));
    let worker = worker(&jobs, handler.clone());
    for run in 1..=100 {
        worker.run_due().await.unwrap();
        assert_eq!(handler.runs(), run);
        clock.advance(LONGEST.mul_f64(1.25));
    }
    assert_eq!(jobs.dead_letters(10).await.unwrap(), []);
}

async fn a_handler_that_panics_is_tried_again(db: &Db) {
    let clock = clock();
    let jobs = queue(db, &clock);
    enqueue(db, &jobs, "a", 0).await;
    let runs = AtomicUsize::new(0);
    let handler = Acting::new(move |_| {
        assert!(runs.fetch_add(1, Ordering::Relaxed) > 0, "the first run");
        Ok(())
    });
    let worker = worker(&jobs, handler.clone());
    worker.run_due().await.unwrap();
    assert_eq!(handler.done(), [""; 0]);
    clock.advance(WorkerLimits::default().lease);
    worker.run_due().await.unwrap();
    assert_eq!(handler.done(), ["a"]);
}

/// Runs until the test ends it.
#[derive(Default)]
struct Long {
    begun: Notify,
    end: Notify,
    ended: AtomicUsize,
}

#[async_trait]
impl Handler for Long {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn retries(&self) -> Retries {
        TWICE
    }

    async fn run(&self, _job: &Job) -> Result<Effect, Failure> {
        self.begun.notify_one();
        self.end.notified().await;
        self.ended.fetch_add(1, Ordering::Relaxed);
        Ok(Effect::Elsewhere)
    }
}

async fn a_long_job_keeps_its_lease_and_gives_up_when_it_is_lost(db: &Db) {
    let clock = clock();
    let jobs = queue(db, &clock);
    enqueue(db, &jobs, "a", 0).await;
    let (long, limits) = (
        Arc::new(Long::default()),
        WorkerLimits {
            lease: Duration::from_millis(30),
            ..WorkerLimits::default()
        },
    );
    let worker = Worker::new(jobs.clone(), vec![long.clone()], limits.clone());
    let working = tokio::spawn(async move { worker.run_due().await });
    long.begun.notified().await;
    let first = run_at(db).await;
    clock.advance(Duration::from_millis(20));
    while run_at(db).await == first {
        tokio::task::yield_now().await;
    }
    // Another worker leases it, as it would after a pause of the whole machine.
    clock.advance(Duration::from_secs(1));
    let mut stolen = lease(&jobs).await;
    while stolen.is_empty() {
        clock.advance(Duration::from_secs(1));
        stolen = lease(&jobs).await;
    }
    working.await.unwrap().unwrap();
    assert_eq!(long.ended.load(Ordering::Relaxed), 0);
    assert!(jobs.complete(&stolen[0]).await.unwrap());
}

async fn a_worker_is_woken_and_finishes_what_it_has_begun(db: &Db) {
    let jobs = queue(db, &clock());
    let long = Arc::new(Long::default());
    let limits = WorkerLimits {
        // So long that only a wake can end the wait.
        poll: Duration::from_hours(1),
        gather: Duration::ZERO,
        // While the first job runs, no poll is under way that could find the second.
        at_once: 1,
        ..WorkerLimits::default()
    };
    let worker = Worker::new(jobs.clone(), vec![long.clone()], limits);
    let cancel = CancellationToken::new();
    let (stop, working) = (cancel.clone(), tokio::spawn(async move { worker.run(cancel).await }));
    enqueue(db, &jobs, "a", 0).await;
    long.begun.notified().await;
    stop.cancel();
    enqueue(db, &jobs, "b", 0).await;
    long.end.notify_one();
    working.await.unwrap();
    assert_eq!(long.ended.load(Ordering::Relaxed), 1);
    let [left] = lease(&jobs).await.try_into().unwrap();
    assert_eq!((left.key.as_str(), left.attempts), ("b", 1));
}

async fn a_job_that_does_not_end_is_given_back_when_its_worker_closes(db: &Db) {
    let jobs = queue(db, &clock());
    enqueue(db, &jobs, "a", 0).await;
    let long = Arc::new(Long::default());
    let limits = WorkerLimits {
        closing: Duration::ZERO,
        ..WorkerLimits::default()
    };
    let closing = Worker::new(jobs.clone(), vec![long.clone()], limits);
    let cancel = CancellationToken::new();
    let (stop, working) = (cancel.clone(), tokio::spawn(async move { closing.run(cancel).await }));
    long.begun.notified().await;
    assert_eq!(lease(&jobs).await, [], "the worker has it");
    stop.cancel();
    working.await.unwrap();
    assert_eq!(long.ended.load(Ordering::Relaxed), 0);
    // The clock has not moved: the next worker does not wait for the end of the lease.
    let handler = Acting::new(|_| Ok(()));
    worker(&jobs, handler.clone()).run_due().await.unwrap();
    assert_eq!(handler.done(), ["a"]);
    assert_eq!(waiting(db).await, 0);
}

async fn a_failure_that_lasts_becomes_a_dead_letter_sooner(db: &Db) {
    let clock = clock();
    let jobs = queue(db, &clock);
    enqueue(db, &jobs, "a", 0).await;
    let retries = Retries::without_end(Duration::from_secs(2), Duration::from_secs(30));
    let handler = Waiting::new(retries, || Err(Failure::lasting("no such place", 3)));
    let worker = worker(&jobs, handler.clone());
    for _ in 0..5 {
        worker.run_due().await.unwrap();
        clock.advance(Duration::from_mins(1));
    }
    assert_eq!(handler.runs(), 3);
    let [dead] = jobs.dead_letters(10).await.unwrap().try_into().unwrap();
    assert_eq!((dead.attempts, dead.last_error.as_str()), (3, "no such place"));
}
