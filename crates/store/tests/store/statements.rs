//! Statements on both engines: arguments, rows, lists, inserts of many rows, and the errors of refused statements.

use store::{
    Db, Dialects, Error, List, StorageCause, exactly_one, execute, fetch_all, fetch_one, fetch_optional, insert_many,
    write_tx,
};
use uuid::Uuid;

use crate::{MIGRATIONS, ShelfRow, add_shelf, id, shelf_names};

store::each_engine!(
    MIGRATIONS:
    a_row_comes_back_as_it_was_written,
    a_row_that_must_be_there_and_is_not_is_an_error,
    an_update_of_nothing_is_an_error_and_takes_the_rest_back,
    a_taken_key_has_the_same_name_on_both_engines,
    a_list_is_one_argument,
    many_rows_are_inserted_with_few_statements,
    a_read_does_not_write,
    what_does_not_decode_is_corrupt,
);

async fn a_row_comes_back_as_it_was_written(db: &Db) {
    add_shelf(db, 1, "Comédia").await.unwrap();
    let found = fetch_optional!(db, ShelfRow, "SELECT id, name, open FROM shelf WHERE id = $1", id(1)).unwrap();
    assert_eq!(
        found,
        Some(ShelfRow {
            id: id(1),
            name: "Comédia".into(),
            open: true
        })
    );
    let missing = fetch_optional!(db, ShelfRow, "SELECT id, name, open FROM shelf WHERE id = $1", id(2)).unwrap();
    assert_eq!(missing, None);
}

async fn a_row_that_must_be_there_and_is_not_is_an_error(db: &Db) {
    let missing = fetch_one!(db, (String,), "SELECT name FROM shelf WHERE id = $1", id(7));
    assert!(matches!(missing, Err(Error::NotOneRow { touched: 0 })), "{missing:?}");
}

async fn an_update_of_nothing_is_an_error_and_takes_the_rest_back(db: &Db) {
    let outcome: Result<(), Error> = write_tx!(db, |tx| {
        crate::insert_shelf(tx, 1, "Drama").await?;
        exactly_one(execute!(
            tx,
            "UPDATE shelf SET name = $2 WHERE id = $1",
            id(9),
            "Western"
        )?)
    });
    assert!(matches!(outcome, Err(Error::NotOneRow { touched: 0 })), "{outcome:?}");
    assert!(shelf_names(db).await.is_empty());
}

async fn a_taken_key_has_the_same_name_on_both_engines(db: &Db) {
    add_shelf(db, 1, "Drama").await.unwrap();
    let name = add_shelf(db, 2, "Drama").await.unwrap_err();
    assert!(name.is_unique_violation("shelf_name_key"), "{name:?}");
    let primary = add_shelf(db, 1, "Western").await.unwrap_err();
    assert!(primary.is_unique_violation("shelf_pkey"), "{primary:?}");
    let several: Result<u64, Error> = write_tx!(db, |tx| {
        insert_many!(
            tx,
            "INSERT INTO film (shelf_id, place, name) VALUES",
            &["Alien", "Aliens"],
            |name| [id(1), 1_i64, *name],
        )
    });
    assert!(
        several
            .as_ref()
            .unwrap_err()
            .is_unique_violation("film_shelf_id_place_key"),
        "{several:?}"
    );
}

async fn a_list_is_one_argument(db: &Db) {
    const BY_ID: Dialects = Dialects {
        sqlite: "SELECT name FROM shelf WHERE id IN (SELECT unhex(value) FROM json_each($1)) ORDER BY id",
        postgres: "SELECT name FROM shelf WHERE id = ANY($1) ORDER BY id",
    };
    const BY_NAME: Dialects = Dialects {
        sqlite: "SELECT id FROM shelf WHERE name IN (SELECT value FROM json_each($1)) ORDER BY id",
        postgres: "SELECT id FROM shelf WHERE name = ANY($1) ORDER BY id",
    };
    for (number, name) in [(1, "Drama"), (2, "Western"), (3, "O \"Cinema\" Novo")] {
        add_shelf(db, number, name).await.unwrap();
    }
    let names = fetch_all!(db, (String,), BY_ID, List(&[id(1), id(3), id(9)])).unwrap();
    assert_eq!(names, [("Drama".into(),), ("O \"Cinema\" Novo".into(),)]);
    let names = [String::from("Western"), String::from("O \"Cinema\" Novo")];
    let ids = fetch_all!(db, (Uuid,), BY_NAME, List(&names)).unwrap();
    assert_eq!(ids, [(id(2),), (id(3),)]);
    let none = fetch_all!(db, (String,), BY_ID, List::<Uuid>(&[])).unwrap();
    assert!(none.is_empty());
}

async fn many_rows_are_inserted_with_few_statements(db: &Db) {
    // Two whole batches and one of each smaller size.
    let rooms: Vec<i64> = (0..255).collect();
    let inserted: Result<u64, Error> = write_tx!(db, |tx| {
        insert_many!(
            tx,
            "INSERT INTO shelf (id, name, room) VALUES",
            &rooms,
            |room| [id(room.unsigned_abs().into()), format!("Room {room}"), *room],
            "ON CONFLICT DO NOTHING"
        )
    });
    assert_eq!(inserted.unwrap(), 255);
    let (count, sum) = fetch_one!(db, (i64, i64), "SELECT count(*), CAST(sum(room) AS BIGINT) FROM shelf").unwrap();
    assert_eq!((count, sum), (255, 255 * 254 / 2));
}

async fn a_read_does_not_write(db: &Db) {
    if matches!(db, Db::Sqlite(_)) {
        let outcome = execute!(db, "DELETE FROM shelf");
        assert!(is_not_writable(&outcome), "{outcome:?}");
    }
    let mut snapshot = db.begin_read().await.unwrap();
    let outcome = execute!(snapshot, "DELETE FROM shelf");
    assert!(
        matches!(outcome, Err(Error::Database(_))) || is_not_writable(&outcome),
        "{outcome:?}"
    );
}

/// `SQLite` says the same of a connection that only reads and of a file that cannot be written.
fn is_not_writable(outcome: &Result<u64, Error>) -> bool {
    let cause = StorageCause::NotWritable;
    matches!(outcome, Err(Error::Storage { cause: found, .. }) if *found == cause)
}

async fn what_does_not_decode_is_corrupt(db: &Db) {
    add_shelf(db, 1, "Drama").await.unwrap();
    let outcome = fetch_one!(db, (i64,), "SELECT name FROM shelf");
    assert!(matches!(outcome, Err(Error::Corrupt(_))), "{outcome:?}");
}
