//! The feed: commit order is revision order, and a follower sees every change.

use std::time::Duration;

use store::feed::revision;
use store::{Db, Error, Feed, SqliteOptions, execute, fetch_all, fetch_one, write_tx};

use crate::{MIGRATIONS, id, insert_shelf};

/// So long that only a wake can end a wait.
const NEVER: Duration = Duration::from_hours(1);
/// So short that a wait ends by polling.
const AT_ONCE: Duration = Duration::from_millis(1);

async fn add(db: &Db, feed: &Feed, number: u128) -> Result<i64, Error> {
    write_tx!(db, |tx| {
        let revision = feed.next_revision(tx).await?;
        insert_shelf(tx, number, &format!("Shelf {number}")).await?;
        execute!(tx, "UPDATE shelf SET revision = $2 WHERE id = $1", id(number), revision)?;
        Ok(revision)
    })
}

store::each_engine!(
    MIGRATIONS:
    concurrent_writers_leave_no_gap_and_a_reader_never_sees_one_come_late,
    a_write_that_is_taken_back_has_no_revision,
    a_follower_is_woken_by_a_writer_of_its_own_process,
    a_follower_finds_the_change_of_another_process,
    a_follower_that_is_behind_does_not_wait,
);

async fn concurrent_writers_leave_no_gap_and_a_reader_never_sees_one_come_late(db: &Db) {
    const WRITES: i64 = 12;
    let feed = Feed::new(db.clone());
    let writers = (1..=WRITES).map(|number| {
        let (db, feed) = (db.clone(), feed.clone());
        tokio::spawn(async move {
            // Many concurrent writers may lose more often than one write is run again.
            while let Err(error) = add(&db, &feed, number.unsigned_abs().into()).await {
                assert!(matches!(error, Error::Contention(_)), "{error:?}");
            }
        })
    });
    let writers: Vec<_> = writers.collect();
    let mut seen = 0;
    while seen < WRITES {
        let now = feed.changed_after(seen).await.unwrap();
        assert!(now > seen);
        // The rows agree with the revision: no row with a lower revision appears later.
        let below = "SELECT count(*) FROM shelf WHERE revision <= $1";
        let (count,) = fetch_one!(db, (i64,), below, now).unwrap();
        assert_eq!(count, now);
        seen = now;
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let revisions = fetch_all!(db, (i64,), "SELECT revision FROM shelf ORDER BY revision").unwrap();
    assert!(revisions.into_iter().map(|(revision,)| revision).eq(1..=WRITES));
}

async fn a_write_that_is_taken_back_has_no_revision(db: &Db) {
    let feed = Feed::new(db.clone());
    let mut tx = db.begin_write().await.unwrap();
    assert_eq!(feed.next_revision(&mut tx).await.unwrap(), 1);
    assert_eq!(revision(&mut tx).await.unwrap(), 1);
    drop(tx);
    assert_eq!(feed.revision().await.unwrap(), 0);
    assert_eq!(add(db, &feed, 1).await.unwrap(), 1);
}

async fn a_follower_is_woken_by_a_writer_of_its_own_process(db: &Db) {
    let feed = Feed::polling(db.clone(), NEVER);
    let (changed, written) = tokio::join!(feed.changed_after(0), add(db, &feed, 1));
    assert_eq!((changed.unwrap(), written.unwrap()), (1, 1));
}

async fn a_follower_finds_the_change_of_another_process(db: &Db) {
    // The two feeds share nothing but the database.
    let (followed, written) = (Feed::polling(db.clone(), AT_ONCE), Feed::new(db.clone()));
    let (changed, revision) = tokio::join!(followed.changed_after(0), add(db, &written, 1));
    assert_eq!((changed.unwrap(), revision.unwrap()), (1, 1));
}

async fn a_follower_that_is_behind_does_not_wait(db: &Db) {
    let feed = Feed::polling(db.clone(), NEVER);
    add(db, &feed, 1).await.unwrap();
    add(db, &feed, 2).await.unwrap();
    assert_eq!(feed.changed_after(0).await.unwrap(), 2);
}

#[tokio::test]
async fn a_follower_is_told_when_its_database_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open_sqlite(folder.path().join("shop.db"), SqliteOptions::default())
        .await
        .unwrap();
    db.migrate(&MIGRATIONS).await.unwrap();
    let feed = Feed::polling(db.clone(), AT_ONCE);
    let (outcome, ()) = tokio::join!(feed.changed_after(0), db.close());
    assert!(matches!(outcome, Err(Error::Unavailable(_))), "{outcome:?}");
}
