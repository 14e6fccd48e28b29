//! The settings of connections, read back from the engine.

use store::{Db, Durability, SqliteOptions, execute, fetch_one};

use crate::{MIGRATIONS, add_shelf, shelf_names};

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
