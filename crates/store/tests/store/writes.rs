//! A cache can tell by the count whether a value was written after it was read, where no other process writes.

use store::{Db, Error, write_tx};

use crate::{MIGRATIONS, insert_shelf};

store::each_engine!(
    MIGRATIONS:
    what_was_read_before_or_during_a_write_is_not_true_after_it,
    a_write_that_is_taken_back_counts_too,
    things_have_counts_of_their_own,
);

/// The count of a thing; none if other processes may write.
fn count(db: &Db, thing: &str) -> Option<u64> {
    let count = db.writes_of(&thing);
    assert_eq!(count.is_some(), matches!(db, Db::Sqlite(_)));
    count
}

async fn what_was_read_before_or_during_a_write_is_not_true_after_it(db: &Db) {
    let before = count(db, "drama");
    assert_eq!(count(db, "drama"), before, "reading is no write");
    let mut tx = db.begin_write().await.unwrap();
    tx.writes(&"drama");
    let during = count(db, "drama");
    insert_shelf(&mut tx, 1, "Drama").await.unwrap();
    assert_eq!(count(db, "drama"), during);
    tx.commit().await.unwrap();
    let after = count(db, "drama");
    if before.is_some() {
        assert!(before < during && during < after, "{before:?} {during:?} {after:?}");
    }
    assert_eq!(count(db, "drama"), after);
}

async fn a_write_that_is_taken_back_counts_too(db: &Db) {
    let before = count(db, "drama");
    let taken_back: Result<(), Error> = write_tx!(db, |tx| {
        tx.writes(&"drama");
        Err(Error::NotOneRow { touched: 0 })
    });
    assert!(taken_back.is_err());
    assert_eq!(count(db, "drama"), before.map(|before| before + 2));
}

async fn things_have_counts_of_their_own(db: &Db) {
    let things: Vec<String> = (0..100).map(|number| number.to_string()).collect();
    let before: Vec<_> = things.iter().map(|thing| count(db, thing)).collect();
    let written: Result<(), Error> = write_tx!(db, |tx| {
        tx.writes(&"0");
        Ok(())
    });
    written.unwrap();
    let changed = things
        .iter()
        .zip(before)
        .filter(|(thing, before)| count(db, thing) != *before);
    let changed = changed.count();
    // A few things may share its count, but hardly many.
    let (least, most) = if matches!(db, Db::Sqlite(_)) { (1, 10) } else { (0, 0) };
    assert!((least..=most).contains(&changed), "{changed}");
}
