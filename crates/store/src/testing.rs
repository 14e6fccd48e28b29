//! Fixtures of tests: databases of their own, a clock that is set, ids in sequence, randomness that repeats.

pub mod plans;
mod postgres;
pub(crate) mod statements;

use std::ops::Deref;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use sqlx::migrate::Migrator;
use tempfile::TempDir;
use uuid::Uuid;

use crate::clock::Clock;
use crate::db::{Db, Durability, Migrations, SqliteOptions};
use crate::ids::Ids;
use crate::randomness::Randomness;
use crate::testing::postgres::Server;

/// A test's own database, deleted when it is dropped.
#[derive(Debug)]
pub struct TestDb {
    db: Db,
    _keep: Keep,
}

/// Resources that must live as long as the database.
#[derive(Debug)]
enum Keep {
    Folder { _folder: TempDir },
    Server { _server: Server },
}

impl Deref for TestDb {
    type Target = Db;

    fn deref(&self) -> &Db {
        &self.db
    }
}

/// A new `SQLite` database with this schema.
#[expect(clippy::expect_used, reason = "a test without a database has failed")]
pub async fn sqlite(migrations: &Migrations) -> TestDb {
    let folder = tempfile::tempdir().expect("a folder for the test's database");
    let options = SqliteOptions {
        durability: Durability::Normal,
        readers: 2,
        ..SqliteOptions::default()
    };
    let file = folder.path().join("test.db");
    let db = Db::open_sqlite(file, options).await.expect("a new database");
    db.migrate(migrations).await.expect("the schema");
    TestDb {
        db,
        _keep: Keep::Folder { _folder: folder },
    }
}

/// A new `PostgreSQL` database with this schema and serializable writes; none on a machine without the server.
pub async fn postgres(migrations: &Migrations) -> Option<TestDb> {
    let server = postgres::server()?;
    let db = server.database(migrations).await;
    Some(TestDb {
        db,
        _keep: Keep::Server { _server: server },
    })
}

/// The schema before a migration, for a test of what the migration does with existing rows.
pub fn migrations_before(version: i64, all: &Migrations) -> Migrations {
    let before = |all: &Migrator| {
        let earlier = all.iter().filter(|migration| migration.version < version);
        Migrator::with_migrations(earlier.cloned().collect())
    };
    Migrations {
        sqlite: before(&all.sqlite),
        postgres: before(&all.postgres),
        schema: all.schema,
    }
}

/// Runs tests on both engines: `each_engine!(MIGRATIONS: a_title_is_found, …);` makes `a_title_is_found::sqlite` and
/// `a_title_is_found::postgres` of an `async fn a_title_is_found(db: &Db)`. A function that is not listed here is dead
/// code, so the compiler reports it.
#[macro_export]
macro_rules! each_engine {
    ($migrations:ident: $($test:ident),+ $(,)?) => {
        $(
            mod $test {
                #[tokio::test]
                async fn sqlite() {
                    let db = $crate::testing::sqlite(&super::$migrations).await;
                    super::$test(&db).await;
                }

                #[tokio::test]
                async fn postgres() {
                    if let Some(db) = $crate::testing::postgres(&super::$migrations).await {
                        super::$test(&db).await;
                    }
                }
            }
        )+
    };
}

/// A clock that moves only when a test moves it.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    pub fn at_us(now_us: i64) -> Self {
        Self(AtomicI64::new(now_us))
    }

    pub fn set_us(&self, now_us: i64) {
        self.0.store(now_us, Ordering::SeqCst);
    }

    #[expect(clippy::expect_used, reason = "a test that leaps 300,000 years is wrong")]
    pub fn advance(&self, by: Duration) {
        let by_us = i64::try_from(by.as_micros()).expect("a leap that fits");
        self.0.fetch_add(by_us, Ordering::SeqCst);
    }
}

impl Default for ManualClock {
    /// Noon of the first of January 2026.
    fn default() -> Self {
        Self::at_us(1_767_268_800_000_000)
    }
}

impl Clock for ManualClock {
    fn now_us(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Ids that count from one.
#[derive(Debug, Default)]
pub struct SequentialIds(AtomicU64);

impl Ids for SequentialIds {
    fn next(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::SeqCst)) + 1)
    }
}

/// Bytes that are the same in every run with the same seed (`SplitMix64`).
#[derive(Debug, Default)]
pub struct SeededRandomness(AtomicU64);

impl SeededRandomness {
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    fn next(&self) -> u64 {
        const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
        let mut mixed = self.0.fetch_add(STEP, Ordering::SeqCst).wrapping_add(STEP);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

impl Randomness for SeededRandomness {
    fn fill(&self, bytes: &mut [u8]) {
        for part in bytes.chunks_mut(8) {
            part.copy_from_slice(&self.next().to_le_bytes()[..part.len()]);
        }
    }
}
