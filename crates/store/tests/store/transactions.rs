//! Writes are committed as a whole or not at all, and run again when another one came in between.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use metrics_exporter_prometheus::PrometheusBuilder;
use store::{Db, Dialects, Error, MAX_ATTEMPTS, SqliteOptions, execute, fetch_one, write_tx};
use tokio::sync::oneshot;

use crate::{MIGRATIONS, add_shelf, id, insert_shelf, shelf_names};

/// How long a second owner of a file waits, in tests where it must wait in vain.
const SHORT: Duration = Duration::from_millis(10);
/// What a transaction on `SQLite` executes so that another one can overtake it.
const ROLLBACK: Dialects = Dialects {
    sqlite: "ROLLBACK",
    postgres: "SELECT",
};
const BEGIN: Dialects = Dialects {
    sqlite: "BEGIN DEFERRED",
    postgres: "SELECT",
};

#[derive(Debug, thiserror::Error)]
enum ShopError {
    #[error("closed")]
    Closed,
    #[error(transparent)]
    Store(#[from] Error),
}

store::each_engine!(
    MIGRATIONS:
    a_block_that_ends_well_is_committed,
    a_block_that_fails_is_taken_back_and_its_error_passes_through,
    a_write_that_is_dropped_half_way_has_no_effect,
    a_transaction_sees_its_own_writes_and_others_do_not,
    a_read_transaction_stays_at_its_moment,
    a_transaction_with_a_failed_statement_is_not_committed,
    a_write_is_run_again_when_another_came_in_between,
    a_write_that_always_loses_ends,
    a_write_is_run_again_for_as_long_as_its_caller_waits,
);

async fn a_block_that_ends_well_is_committed(db: &Db) {
    let answer: Result<u8, ShopError> = write_tx!(db, |tx| {
        insert_shelf(tx, 1, "Drama").await?;
        Ok(42)
    });
    assert_eq!(answer.unwrap(), 42);
    assert_eq!(shelf_names(db).await, ["Drama"]);
}

async fn a_block_that_fails_is_taken_back_and_its_error_passes_through(db: &Db) {
    let runs = AtomicU32::new(0);
    let outcome: Result<(), ShopError> = write_tx!(db, |tx| {
        runs.fetch_add(1, Ordering::Relaxed);
        insert_shelf(tx, 1, "Drama").await?;
        Err(ShopError::Closed)
    });
    assert!(matches!(outcome, Err(ShopError::Closed)));
    assert_eq!(runs.into_inner(), 1, "the service's own refusals are final");
    assert!(shelf_names(db).await.is_empty());
}

async fn a_write_that_is_dropped_half_way_has_no_effect(db: &Db) {
    let (written, in_the_middle) = oneshot::channel();
    let held = db.clone();
    let write = tokio::spawn(async move {
        let mut tx = held.begin_write().await?;
        insert_shelf(&mut tx, 1, "Drama").await?;
        let _ = written.send(());
        std::future::pending::<()>().await;
        tx.commit().await
    });
    in_the_middle.await.unwrap();
    write.abort();
    assert!(write.await.unwrap_err().is_cancelled());
    // The dropped write does not delay the next writer, which does not see its row.
    add_shelf(db, 1, "Western").await.unwrap();
    assert_eq!(shelf_names(db).await, ["Western"]);
}

async fn a_transaction_sees_its_own_writes_and_others_do_not(db: &Db) {
    let mut tx = db.begin_write().await.unwrap();
    insert_shelf(&mut tx, 1, "Drama").await.unwrap();
    assert_eq!(shelf_names(&mut tx).await, ["Drama"]);
    assert!(shelf_names(db).await.is_empty());
    tx.commit().await.unwrap();
    assert_eq!(shelf_names(db).await, ["Drama"]);
}

async fn a_read_transaction_stays_at_its_moment(db: &Db) {
    add_shelf(db, 1, "Drama").await.unwrap();
    let mut snapshot = db.begin_read().await.unwrap();
    assert_eq!(shelf_names(&mut snapshot).await, ["Drama"]);
    add_shelf(db, 2, "Western").await.unwrap();
    assert_eq!(shelf_names(&mut snapshot).await, ["Drama"]);
    drop(snapshot);
    assert_eq!(shelf_names(db).await, ["Drama", "Western"]);
}

async fn a_transaction_with_a_failed_statement_is_not_committed(db: &Db) {
    add_shelf(db, 1, "Drama").await.unwrap();
    let outcome: Result<(), Error> = write_tx!(db, |tx| {
        insert_shelf(tx, 2, "Western").await?;
        let _ = insert_shelf(tx, 3, "Drama").await;
        Ok(())
    });
    assert!(matches!(outcome, Err(Error::Spoiled)), "{outcome:?}");
    assert_eq!(shelf_names(db).await, ["Drama"]);
}

async fn a_write_is_run_again_when_another_came_in_between(db: &Db) {
    add_shelf(db, 1, "Drama").await.unwrap();
    let runs = AtomicU32::new(0);
    let outcome: Result<(), Error> = write_tx!(db, |tx| {
        let first = runs.fetch_add(1, Ordering::Relaxed) == 0;
        lose_the_lock(tx, first).await?;
        let (room,) = fetch_one!(tx, (i64,), "SELECT room FROM shelf WHERE id = $1", id(1))?;
        if first {
            rival_moves_it(db).await;
        }
        execute!(tx, "UPDATE shelf SET room = $2 WHERE id = $1", id(1), room + 1)?;
        Ok(())
    });
    outcome.unwrap();
    assert_eq!(runs.into_inner(), 2);
    let (room,) = fetch_one!(db, (i64,), "SELECT room FROM shelf WHERE id = $1", id(1)).unwrap();
    assert_eq!(room, 11, "both writes count");
}

/// Loses against a rival in each run, until the write gives up or its caller does.
async fn losing_write(db: &Db, runs: &AtomicU32) -> Result<(), Error> {
    write_tx!(db, |tx| {
        runs.fetch_add(1, Ordering::Relaxed);
        lose_the_lock(tx, true).await?;
        let (room,) = fetch_one!(tx, (i64,), "SELECT room FROM shelf WHERE id = $1", id(1))?;
        rival_moves_it(db).await;
        execute!(tx, "UPDATE shelf SET room = $2 WHERE id = $1", id(1), room + 1)?;
        Ok(())
    })
}

async fn a_write_that_always_loses_ends(db: &Db) {
    let counted = PrometheusBuilder::new().build_recorder();
    let told = counted.handle();
    let _guard = metrics::set_default_local_recorder(&counted);
    let db = db.clone().with_patience(Duration::from_millis(500));
    add_shelf(&db, 1, "Drama").await.unwrap();
    let runs = AtomicU32::new(0);
    let outcome = losing_write(&db, &runs).await;
    assert!(matches!(outcome, Err(Error::Contention(_))), "{outcome:?}");
    let runs = runs.into_inner();
    let told = told.render();
    assert!(
        told.contains(&format!("{{outcome=\"retried\"}} {}", runs - 1)),
        "{told}"
    );
    assert!(told.contains("{outcome=\"given_up\"} 1"), "{told}");
}

async fn a_write_is_run_again_for_as_long_as_its_caller_waits(db: &Db) {
    add_shelf(db, 1, "Drama").await.unwrap();
    let runs = AtomicU32::new(0);
    let more = async {
        while runs.load(Ordering::Relaxed) <= 2 * MAX_ATTEMPTS {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        outcome = losing_write(db, &runs) => panic!("it gave up: {outcome:?}"),
        () = more => {}
    }
}

/// A write on `SQLite` holds the lock from its beginning, so no other can come in between unless it releases the lock.
async fn lose_the_lock(tx: &mut store::Tx, lose: bool) -> Result<(), Error> {
    if lose {
        execute!(tx, ROLLBACK)?;
        execute!(tx, BEGIN)?;
    }
    Ok(())
}

/// Another transaction changes what the first has read, and commits before it.
async fn rival_moves_it(db: &Db) {
    match db {
        Db::Sqlite(_) => {
            let rival = second_owner(db, SqliteOptions::default().wait).await;
            rival_adds_ten(&rival).await;
            rival.close().await;
        }
        Db::Postgres(_) => rival_adds_ten(db).await,
    }
}

async fn rival_adds_ten(db: &Db) {
    let mut tx = db.begin_write().await.unwrap();
    execute!(tx, "UPDATE shelf SET room = room + 10 WHERE id = $1", id(1)).unwrap();
    tx.commit().await.unwrap();
}

/// The same file, opened as another process would open it.
async fn second_owner(db: &Db, wait: Duration) -> Db {
    let (path,) = fetch_one!(
        db,
        (String,),
        "SELECT file FROM pragma_database_list WHERE name = 'main'"
    )
    .unwrap();
    Db::open_sqlite(
        path,
        SqliteOptions {
            readers: 1,
            wait,
            ..SqliteOptions::default()
        },
    )
    .await
    .unwrap()
}

#[tokio::test]
async fn a_writer_of_another_process_is_waited_for() {
    let first = store::testing::sqlite(&MIGRATIONS).await;
    let second = second_owner(&first, SHORT).await;
    let mut tx = first.begin_write().await.unwrap();
    insert_shelf(&mut tx, 1, "Drama").await.unwrap();
    // The second writer is refused once, then finds the lock free and succeeds.
    let refused = second.begin_write().await;
    assert!(matches!(refused, Err(Error::Contention(_))), "{refused:?}");
    let (end, write) = tokio::join!(tx.commit(), add_shelf(&second, 2, "Western"));
    end.unwrap();
    write.unwrap();
    assert_eq!(shelf_names(&*first).await, ["Drama", "Western"]);
}

#[tokio::test]
async fn a_writer_in_a_full_queue_is_told_that_the_database_is_busy() {
    let first = store::testing::sqlite(&MIGRATIONS).await;
    let second = second_owner(&first, SHORT).await;
    let _writing = second.begin_write().await.unwrap();
    let outcome = add_shelf(&second, 1, "Drama").await;
    assert!(matches!(outcome, Err(Error::Busy)), "{outcome:?}");
}

#[tokio::test]
async fn a_writer_whose_transaction_sqlite_ended_can_still_write_the_next() {
    let db = store::testing::sqlite(&MIGRATIONS).await;
    let outcome: Result<(), Error> = write_tx!(db, |tx| {
        // As SQLite does by itself when the disk is full.
        execute!(tx, "ROLLBACK")?;
        insert_shelf(tx, 1, "Drama").await
    });
    assert!(outcome.is_err());
    add_shelf(&db, 2, "Western").await.unwrap();
}

#[test]
fn a_write_may_be_spawned() {
    fn is_send<T: Send>(_: impl FnOnce(&'static Db) -> T) {}
    is_send(|db| async move {
        let outcome: Result<(), Error> = write_tx!(db, |tx| { insert_shelf(tx, 1, "Drama").await });
        outcome
    });
    is_send(shelf_names);
}
