//! What a service may rely on, shown on a schema of shelves that only these tests know.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod feed;
mod jobs;
mod settings;
mod statements;
mod transactions;
mod values;
mod writes;

use sqlx::FromRow;
use store::{Db, Error, Migrations, Source, exactly_one, execute, fetch_all, write_tx};
use uuid::Uuid;

static MIGRATIONS: Migrations = Migrations {
    sqlite: sqlx::migrate!("./tests/migrations/sqlite"),
    postgres: sqlx::migrate!("./tests/migrations/postgres"),
    schema: None,
};

#[derive(Debug, PartialEq, FromRow)]
struct ShelfRow {
    id: Uuid,
    name: String,
    open: bool,
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

async fn insert_shelf(on: &mut store::Tx, number: u128, name: &str) -> Result<(), Error> {
    exactly_one(execute!(
        on,
        "INSERT INTO shelf (id, name) VALUES ($1, $2)",
        id(number),
        name
    )?)
}

/// A shelf in a transaction of its own.
async fn add_shelf(db: &Db, number: u128, name: &str) -> Result<(), Error> {
    write_tx!(db, |tx| { insert_shelf(tx, number, name).await })
}

async fn shelf_names(mut on: impl Source) -> Vec<String> {
    let rows = fetch_all!(on, (String,), "SELECT name FROM shelf ORDER BY id").unwrap();
    rows.into_iter().map(|(name,)| name).collect()
}
