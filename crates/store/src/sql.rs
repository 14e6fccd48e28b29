//! SQL texts, and the few values that the two engines need in different forms.

use std::fmt::Write as _;

use serde::Serialize;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo};
use sqlx::sqlite::{SqliteArgumentsBuffer, SqliteTypeInfo};
use sqlx::{AssertSqlSafe, Encode, Postgres, SqlSafeStr, SqlStr, Sqlite, Type};
use uuid::Uuid;

/// A statement's text: a literal for both engines, [`Dialects`], or an `AssertSqlSafe<String>` that code has composed.
pub trait Sql {
    fn sqlite(self) -> SqlStr;
    fn postgres(self) -> SqlStr;
}

impl Sql for &'static str {
    fn sqlite(self) -> SqlStr {
        self.into_sql_str()
    }

    fn postgres(self) -> SqlStr {
        self.into_sql_str()
    }
}

impl Sql for AssertSqlSafe<String> {
    fn sqlite(self) -> SqlStr {
        self.into_sql_str()
    }

    fn postgres(self) -> SqlStr {
        self.into_sql_str()
    }
}

/// One statement in both dialects, where they differ.
#[derive(Debug, Clone, Copy)]
pub struct Dialects {
    pub sqlite: &'static str,
    pub postgres: &'static str,
}

impl Sql for Dialects {
    fn sqlite(self) -> SqlStr {
        self.sqlite.into_sql_str()
    }

    fn postgres(self) -> SqlStr {
        self.postgres.into_sql_str()
    }
}

/// A list as one argument. `SQLite` gets a JSON array, `PostgreSQL` an array of its own:
///
/// `WHERE code IN (SELECT value FROM json_each($1))` and `WHERE code = ANY($1)`; ids are
/// `WHERE id IN (SELECT unhex(value) FROM json_each($1))` and `WHERE id = ANY($1)`.
#[derive(Debug, Clone, Copy)]
pub struct List<'a, T>(pub &'a [T]);

/// An element of a [`List`], and its form in `SQLite`'s JSON.
pub trait Listed {
    type Json: Serialize;
    fn json(&self) -> Self::Json;
}

impl Listed for i64 {
    type Json = i64;
    fn json(&self) -> i64 {
        *self
    }
}

impl Listed for String {
    type Json = String;
    fn json(&self) -> String {
        self.clone()
    }
}

impl Listed for Uuid {
    type Json = String;
    fn json(&self) -> String {
        self.simple().to_string()
    }
}

impl<T> Type<Sqlite> for List<'_, T> {
    fn type_info() -> SqliteTypeInfo {
        <str as Type<Sqlite>>::type_info()
    }
}

impl<T: Listed> Encode<'_, Sqlite> for List<'_, T> {
    fn encode_by_ref(&self, buffer: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        let values: Vec<T::Json> = self.0.iter().map(Listed::json).collect();
        Encode::<Sqlite>::encode(serde_json::to_string(&values)?, buffer)
    }
}

impl<'a, T> Type<Postgres> for List<'a, T>
where
    &'a [T]: Type<Postgres>,
{
    fn type_info() -> PgTypeInfo {
        <&'a [T] as Type<Postgres>>::type_info()
    }
}

impl<'a, 'q, T> Encode<'q, Postgres> for List<'a, T>
where
    &'a [T]: Encode<'q, Postgres>,
{
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        self.0.encode_by_ref(buffer)
    }
}

/// Inserts many rows with few statements, and returns how many were touched:
///
/// `insert_many!(tx, "INSERT INTO credit (title_id, person_id) VALUES", &credits, |credit| [credit.title, credit.person], "ON CONFLICT DO NOTHING")`
#[macro_export]
macro_rules! insert_many {
    ($on:expr, $head:literal, $rows:expr, |$row:ident| [$($value:expr),+ $(,)?] $(, $tail:literal)? $(,)?) => {
        'insert: {
            let columns = [$(stringify!($value)),+].len();
            let mut touched = 0;
            for rows in $crate::batches($rows) {
                let text = $crate::values_text($head, columns, rows.len(), concat!("" $(, $tail)?));
                let outcome = match $on.lease().await {
                    Ok($crate::Lease::Sqlite(mut held)) => {
                        $crate::ran("sqlite", file!(), line!());
                        let mut query = $crate::sqlx::query::<$crate::sqlx::Sqlite>(text);
                        for $row in rows {
                            query = query$(.bind($value))+;
                        }
                        let outcome = query.persistent(held.keeps_statements()).execute(held.connection()).await;
                        held.settle(outcome).await.map(|done| done.rows_affected())
                    }
                    Ok($crate::Lease::Postgres(mut held)) => {
                        $crate::ran("postgres", file!(), line!());
                        let mut query = $crate::sqlx::query::<$crate::sqlx::Postgres>(text);
                        for $row in rows {
                            query = query$(.bind($value))+;
                        }
                        let outcome = query.persistent(held.keeps_statements()).execute(held.connection()).await;
                        held.settle(outcome).await.map(|done| done.rows_affected())
                    }
                    Err(error) => Err(error),
                };
                match outcome {
                    Ok(rows) => touched += rows,
                    Err(error) => break 'insert Err(error),
                }
            }
            Ok::<u64, $crate::Error>(touched)
        }
    };
}

/// The most rows of one `insert_many!` statement; a power of two.
const ROWS_A_STATEMENT: usize = 64;

/// Cuts rows into batches whose sizes are powers of two, so that there are only a few different statements for each
/// table, which stay prepared.
#[doc(hidden)]
pub fn batches<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = rows.len().checked_ilog2().map(|power| 1 << power)?;
        let (batch, rest) = rows.split_at(ROWS_A_STATEMENT.min(size));
        rows = rest;
        Some(batch)
    })
}

/// `head ($1, $2), ($3, $4) tail`
#[doc(hidden)]
pub fn values_text(head: &'static str, columns: usize, rows: usize, tail: &'static str) -> SqlStr {
    let mut text = String::with_capacity(head.len() + tail.len() + rows * columns * 6);
    text.push_str(head);
    for argument in 0..rows * columns {
        let before = match (argument, argument % columns) {
            (0, _) => " (",
            (_, 0) => "), (",
            _ => ", ",
        };
        // Writing into a String cannot fail.
        let _ = write!(text, "{before}${}", argument + 1);
    }
    text.push_str(") ");
    text.push_str(tail);
    AssertSqlSafe(text).into_sql_str()
}
