//! The settings of connections, read back from the engine.

use std::time::Duration;

use store::testing::plans;
use store::{Db, Durability, SqliteOptions, execute, fetch_one, fetch_optional};
use tokio_util::sync::CancellationToken;

use crate::{MIGRATIONS, add_shelf, shelf_names};

/// Far longer than it takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

async fn writer_says(db: &Db, pragma: &'static str) -> String {
    let mut tx = db.begin_write().await.unwrap();
    let sql = sqlx::AssertSqlSafe(format!("SELECT CAST({pragma} AS TEXT) FROM pragma_{pragma}"));
    fetch_one!(tx, (String,), sql).unwrap().0
}

async fn open(folder: &tempfile::TempDir, durability: Durability) -> Db {
    let options = SqliteOptions {
        durability,
        ..SqliteOptions::default()
    };
    Db::open_sqlite(folder.path().join("shop.db"), options).await.unwrap()
}

#[tokio::test]
async fn an_acknowledged_write_survives_a_power_cut_where_asked_for() {
    const FULL: &str = "2";
    const NORMAL: &str = "1";
    for (durability, expected) in [(Durability::Full, FULL), (Durability::Normal, NORMAL)] {
        let folder = tempfile::tempdir().unwrap();
        let db = open(&folder, durability).await;
        assert_eq!(writer_says(&db, "synchronous").await, expected);
        assert_eq!(writer_says(&db, "journal_mode").await, "wal");
        assert_eq!(writer_says(&db, "foreign_keys").await, "1");
    }
}

#[tokio::test]
async fn a_closed_file_is_whole_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(&folder, Durability::Full).await;
    db.migrate(&MIGRATIONS).await.unwrap();
    add_shelf(&db, 1, "Drama").await.unwrap();
    db.close().await;
    let files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|file| file.unwrap().file_name())
        .collect();
    assert_eq!(files, ["shop.db"], "the journal is gone");
    let again = open(&folder, Durability::Full).await;
    assert_eq!(shelf_names(&again).await, ["Drama"]);
}

#[tokio::test]
async fn an_old_schema_says_what_it_lacks() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(&folder, Durability::Normal).await;
    assert_eq!(
        db.pending_migrations(&MIGRATIONS).await.unwrap(),
        MIGRATIONS.sqlite.iter().count()
    );
    db.migrate(&MIGRATIONS).await.unwrap();
    assert_eq!(db.pending_migrations(&MIGRATIONS).await.unwrap(), 0);
}

/// How many rows the planner believes the table of shelves to have; `None` without statistics.
async fn shelves_by_the_statistics(db: &Db) -> Option<String> {
    const STATISTICS: &str = "SELECT stat FROM sqlite_stat1 WHERE tbl = 'shelf'";
    let mut tx = db.begin_write().await.unwrap();
    let stat = fetch_optional!(tx, (String,), STATISTICS).unwrap();
    stat.and_then(|(stat,)| Some(stat.split_whitespace().next()?.to_owned()))
}

async fn put_shelves(db: &Db, number: i64) {
    let shelves = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $1) \
                   INSERT INTO shelf (id, name) SELECT CAST(printf('%016d', n) AS BLOB), n FROM numbers WHERE true \
                   ON CONFLICT DO NOTHING";
    plans::write(db, vec![shelves.to_owned()], number).await.unwrap();
}

#[tokio::test]
async fn the_planner_learns_at_the_start_and_from_time_to_time_how_large_tables_are() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(&folder, Durability::Normal).await;
    db.migrate(&MIGRATIONS).await.unwrap();
    put_shelves(&db, 2).await;
    let mut tx = db.begin_write().await.unwrap();
    execute!(tx, "ANALYZE").unwrap();
    tx.commit().await.unwrap();
    assert_eq!(shelves_by_the_statistics(&db).await.as_deref(), Some("2"));
    db.close().await;

    // A small table may grow, so what is known of it is forgotten.
    let db = open(&folder, Durability::Normal).await;
    assert_eq!(shelves_by_the_statistics(&db).await, None);
    put_shelves(&db, 20_000).await;
    let stop = CancellationToken::new();
    let learning = db.keep_statistics(Duration::from_millis(10), stop.cancelled());
    let learned = async {
        while shelves_by_the_statistics(&db).await.is_none() {
            tokio::task::yield_now().await;
        }
        stop.cancel();
    };
    let both = async { tokio::join!(learning, learned) };
    tokio::time::timeout(PATIENCE, both).await.expect("it learns");
    db.close().await;

    // As does the next start.
    let mut tx = open(&folder, Durability::Normal).await.begin_write().await.unwrap();
    execute!(tx, "DELETE FROM sqlite_stat1").unwrap();
    tx.commit().await.unwrap();
    let db = open(&folder, Durability::Normal).await;
    assert!(shelves_by_the_statistics(&db).await.is_some());
}

store::each_engine!(
    MIGRATIONS:
    a_reference_to_nothing_is_refused,
    a_migrated_schema_is_not_migrated_again,
);

async fn a_reference_to_nothing_is_refused(db: &Db) {
    let mut tx = db.begin_write().await.unwrap();
    let dangling = "INSERT INTO film (shelf_id, place, name) VALUES ($1, 1, 'Alien')";
    let outcome = execute!(tx, dangling, crate::id(404));
    assert!(matches!(outcome, Err(store::Error::Database(_))), "{outcome:?}");
}

async fn a_migrated_schema_is_not_migrated_again(db: &Db) {
    add_shelf(db, 1, "Drama").await.unwrap();
    db.migrate(&MIGRATIONS).await.unwrap();
    assert_eq!(db.pending_migrations(&MIGRATIONS).await.unwrap(), 0);
    assert_eq!(shelf_names(db).await, ["Drama"]);
}
