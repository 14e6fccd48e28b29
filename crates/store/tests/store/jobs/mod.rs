//! The queue: each job is done at least once, by one worker at a time, at whatever moment a worker dies.

mod clock_set_back;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use store::jobs::{DEAD_LETTER_VALIDITY, Job, Jobs, NewJob, Retries};
use store::testing::{ManualClock, SequentialIds};
use store::{Db, Error, fetch_one, write_tx};

use crate::{MIGRATIONS, insert_shelf, shelf_names};

const KIND: &str = "shelve";
const LEASE: Duration = Duration::from_mins(1);
const TWICE: Retries = Retries {
    attempts: 2,
    first_pause: Duration::from_secs(30),
    longest_pause: Duration::from_mins(1),
};

store::each_engine!(
    MIGRATIONS:
    a_job_is_there_exactly_when_its_transaction_is_committed,
    of_one_kind_and_key_there_is_one_job,
    a_job_waits_for_its_time,
    a_job_that_is_replaced_or_withdrawn_is_no_longer_done_as_it_was,
    a_kind_of_job_is_made_due_and_a_worker_that_had_one_leased_changes_nothing,
    a_worker_that_dies_at_any_step_leaves_its_job_to_the_next,
    a_worker_that_returns_after_its_lease_ran_out_changes_nothing,
    staff_retry_and_drop_dead_letters,
    dead_letters_are_forgotten_in_the_end,
);

fn queue(db: &Db, clock: &Arc<ManualClock>) -> Jobs {
    Jobs::new(db.clone(), clock.clone(), Arc::new(SequentialIds::default()))
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at_us(1_000_000))
}

async fn enqueue(db: &Db, jobs: &Jobs, key: &str, run_at_us: i64) {
    let job = NewJob {
        kind: KIND,
        key,
        payload: key,
        run_at_us,
    };
    write_tx!(db, |tx| -> Result<(), Error> { jobs.enqueue(tx, job).await }).unwrap();
}

async fn lease(jobs: &Jobs) -> Vec<Job> {
    jobs.lease(&[KIND.to_owned()], 100, LEASE).await.unwrap()
}

/// When the only job is due.
async fn run_at(db: &Db) -> i64 {
    let (run_at_us,) = fetch_one!(db, (i64,), "SELECT run_at_us FROM jobs").unwrap();
    run_at_us
}

async fn waiting(db: &Db) -> i64 {
    let (count,) = fetch_one!(db, (i64,), "SELECT count(*) FROM jobs").unwrap();
    count
}

async fn a_job_is_there_exactly_when_its_transaction_is_committed(db: &Db) {
    let jobs = queue(db, &clock());
    let job = NewJob {
        kind: KIND,
        key: "a",
        payload: "",
        run_at_us: 0,
    };
    let taken_back = write_tx!(db, |tx| -> Result<(), Error> {
        jobs.enqueue(tx, job).await?;
        Err(Error::Spoiled)
    });
    assert!(taken_back.is_err() && waiting(db).await == 0);
    enqueue(db, &jobs, "a", 0).await;
    assert_eq!(lease(&jobs).await.len(), 1);
}

async fn of_one_kind_and_key_there_is_one_job(db: &Db) {
    let jobs = queue(db, &clock());
    for _ in 0..3 {
        enqueue(db, &jobs, "a", 0).await;
    }
    let [job] = lease(&jobs).await.try_into().unwrap();
    // The same holds while the job is leased.
    enqueue(db, &jobs, "a", 0).await;
    assert_eq!(lease(&jobs).await, []);
    assert!(jobs.complete(&job).await.unwrap());
    enqueue(db, &jobs, "a", 0).await;
    assert_eq!(lease(&jobs).await.len(), 1);
}

async fn a_job_waits_for_its_time(db: &Db) {
    let clock = clock();
    let jobs = queue(db, &clock);
    enqueue(db, &jobs, "late", 5_000_000).await;
    enqueue(db, &jobs, "soon", 2_000_000).await;
    assert_eq!(lease(&jobs).await, []);
    clock.set_us(2_000_000);
    let keys = |jobs: Vec<Job>| jobs.into_iter().map(|job| job.key).collect::<Vec<_>>();
    assert_eq!(keys(lease(&jobs).await), ["soon"]);
    clock.set_us(5_000_000);
    assert_eq!(keys(lease(&jobs).await), ["late"]);
    assert_eq!(jobs.lease(&["other".to_owned()], 100, LEASE).await.unwrap(), []);
}

async fn a_job_that_is_replaced_or_withdrawn_is_no_longer_done_as_it_was(db: &Db) {
    let jobs = queue(db, &clock());
    enqueue(db, &jobs, "a", 0).await;
    let [before] = lease(&jobs).await.try_into().unwrap();
    let instead = NewJob {
        kind: KIND,
        key: "a",
        payload: "instead",
        run_at_us: 0,
    };
    write_tx!(db, |tx| -> Result<(), Error> { jobs.replace(tx, instead).await }).unwrap();
    assert!(!jobs.complete(&before).await.unwrap());
    let [after] = lease(&jobs).await.try_into().unwrap();
    assert_eq!((after.payload.as_str(), after.attempts), ("instead", 1));
    write_tx!(db, |tx| -> Result<(), Error> { jobs.withdraw(tx, KIND, "a").await }).unwrap();
    assert!(!jobs.complete(&after).await.unwrap() && waiting(db).await == 0);
}

async fn a_kind_of_job_is_made_due_and_a_worker_that_had_one_leased_changes_nothing(db: &Db) {
    let clock = clock();
    let jobs = queue(db, &clock);
    enqueue(db, &jobs, "leased", 0).await;
    enqueue(db, &jobs, "late", 5_000_000).await;
    let [before] = lease(&jobs).await.try_into().unwrap();
    let dead = bury(db, &jobs, "dead").await;
    jobs.make_due("other").await.unwrap();
    assert_eq!(lease(&jobs).await, []);
    jobs.make_due(KIND).await.unwrap();
    assert!(!jobs.complete(&before).await.unwrap() && !jobs.postpone(&before, 0).await.unwrap());
    let mut keys: Vec<_> = lease(&jobs).await.into_iter().map(|job| job.key).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["late", "leased"]);
    assert_eq!(jobs.dead_letters(10).await.unwrap()[0].id, dead);
}

async fn a_worker_that_dies_at_any_step_leaves_its_job_to_the_next(db: &Db) {
    let clock = clock();
    let jobs = queue(db, &clock);
    enqueue(db, &jobs, "a", 0).await;
    // The worker dies after it has leased the job; then after it has renewed the lease; then before its transaction
    // commits.
    for step in 0..3 {
        let [job] = lease(&jobs).await.try_into().unwrap();
        assert_eq!(job.attempts, step + 1);
        assert_eq!(lease(&jobs).await, [], "another one has it");
        if step == 1 {
            assert!(jobs.renew(&job, LEASE).await.unwrap());
        }
        if step == 2 {
            let mut unfinished = db.begin_write().await.unwrap();
            jobs.complete_in(&mut unfinished, &job).await.unwrap();
            drop(unfinished);
        }
        clock.advance(LEASE);
    }
    // The server rolls the unfinished transaction back a little later; until then the row is locked and cannot be
    // leased.
    let mut leased = lease(&jobs).await;
    while leased.is_empty() {
        tokio::task::yield_now().await;
        leased = lease(&jobs).await;
    }
    let [job] = leased.try_into().unwrap();
    assert!(jobs.complete(&job).await.unwrap());
    clock.advance(LEASE);
    assert_eq!(lease(&jobs).await, []);
}

async fn a_worker_that_returns_after_its_lease_ran_out_changes_nothing(db: &Db) {
    let clock = clock();
    let jobs = queue(db, &clock);
    enqueue(db, &jobs, "a", 0).await;
    let [late] = lease(&jobs).await.try_into().unwrap();
    clock.advance(LEASE);
    let [successor] = lease(&jobs).await.try_into().unwrap();
    assert!(!jobs.renew(&late, LEASE).await.unwrap());
    assert!(!jobs.fail(&late, "late", &TWICE, 0.0).await.unwrap());
    assert!(!jobs.postpone(&late, 0).await.unwrap());
    assert!(!jobs.complete(&late).await.unwrap());
    let effect = write_tx!(db, |tx| -> Result<(), Error> {
        insert_shelf(tx, 1, "late").await?;
        jobs.complete_in(tx, &late).await
    });
    assert!(matches!(effect, Err(Error::NotOneRow { .. })), "{effect:?}");
    assert_eq!(shelf_names(db).await, [""; 0]);
    assert!(jobs.renew(&successor, LEASE).await.unwrap());
    assert!(jobs.complete(&successor).await.unwrap());
}

/// Makes a dead letter.
async fn bury(db: &Db, jobs: &Jobs, key: &str) -> uuid::Uuid {
    enqueue(db, jobs, key, 0).await;
    let [job] = lease(jobs).await.try_into().unwrap();
    let at_once = Retries { attempts: 1, ..TWICE };
    assert!(jobs.fail(&job, "no", &at_once, 1.0).await.unwrap());
    job.id
}

async fn staff_retry_and_drop_dead_letters(db: &Db) {
    let clock = clock();
    let jobs = queue(db, &clock);
    let first = bury(db, &jobs, "first").await;
    clock.advance(Duration::from_secs(1));
    let second = bury(db, &jobs, "second").await;
    let ids = |dead: Vec<store::jobs::DeadLetter>| dead.into_iter().map(|dead| dead.id).collect::<Vec<_>>();
    assert_eq!(ids(jobs.dead_letters(10).await.unwrap()), [second, first]);
    assert_eq!(ids(jobs.dead_letters(1).await.unwrap()), [second]);
    assert!(jobs.retry(first).await.unwrap() && !jobs.retry(first).await.unwrap());
    let [again] = lease(&jobs).await.try_into().unwrap();
    assert_eq!((again.id, again.attempts), (first, 1));
    assert!(
        !jobs.drop_dead_letter(first).await.unwrap(),
        "it is no dead letter any more"
    );
    assert!(jobs.drop_dead_letter(second).await.unwrap() && !jobs.drop_dead_letter(second).await.unwrap());
    assert_eq!(waiting(db).await, 1);
}

async fn dead_letters_are_forgotten_in_the_end(db: &Db) {
    let clock = clock();
    let jobs = queue(db, &clock);
    bury(db, &jobs, "old").await;
    clock.advance(DEAD_LETTER_VALIDITY + Duration::from_secs(1));
    let new = bury(db, &jobs, "new").await;
    let [left] = jobs.dead_letters(10).await.unwrap().try_into().unwrap();
    assert_eq!(left.id, new);
}
