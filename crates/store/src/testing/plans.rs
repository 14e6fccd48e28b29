//! How `SQLite` executes a service's statements: records the statements that a test has run, and finds those that scan
//! a whole table.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use sqlx::AssertSqlSafe;
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use crate::db::{Db, SqliteOptions};
use crate::error::Error;
use crate::{execute, fetch_all, fetch_one};

/// The statements that this process has run since [`Heard::listen`]. The driver reports them on threads of its own.
#[derive(Clone, Default)]
pub struct Heard(Arc<Mutex<BTreeSet<String>>>);

impl Heard {
    /// Starts to record; a process can do so once.
    #[expect(clippy::expect_used, reason = "a test that hears nothing has failed")]
    pub fn listen() -> Self {
        let heard = Self::default();
        let listener = Listener(Arc::clone(&heard.0));
        tracing::subscriber::set_global_default(tracing_subscriber::registry().with(listener))
            .expect("nothing else listens in this process");
        heard
    }

    pub fn statements(&self) -> BTreeSet<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Receives the statements, which the driver reports as tracing events.
struct Listener(Arc<Mutex<BTreeSet<String>>>);

impl<S: tracing::Subscriber> Layer<S> for Listener {
    fn on_event(&self, event: &tracing::Event<'_>, _context: Context<'_, S>) {
        if event.metadata().target() != "sqlx::query" {
            return;
        }
        let mut text = Text::default();
        event.record(&mut text);
        let whole = text.whole.trim();
        let statement = if whole.is_empty() { text.summary.trim() } else { whole };
        let mut statements = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        statements.insert(statement.to_owned());
    }
}

#[derive(Default)]
struct Text {
    summary: String,
    /// Empty if the summary is the whole statement.
    whole: String,
}

impl Visit for Text {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "summary" => value.clone_into(&mut self.summary),
            "db.statement" => value.clone_into(&mut self.whole),
            _ => {}
        }
    }

    fn record_debug(&mut self, _field: &Field, _value: &dyn fmt::Debug) {}
}

/// The steps in the plans of these statements that scan a whole table or index, each with its statement.
pub async fn scans(db: &Db, statements: &BTreeSet<String>) -> Result<Vec<String>, Error> {
    const VERBS: [&str; 4] = ["SELECT", "UPDATE", "DELETE", "INSERT"];
    let mut found = Vec::new();
    for statement in statements {
        let verb = statement.split_whitespace().next().unwrap_or_default();
        if !VERBS.contains(&verb) {
            continue;
        }
        let explain = format!("EXPLAIN QUERY PLAN {statement}");
        let plan = fetch_all!(db, (i64, i64, i64, String), AssertSqlSafe(explain))?;
        for (.., step) in plan {
            let is_no_table = ["VIRTUAL TABLE", "CONSTANT ROW", "VALUES CLAUSE"]
                .iter()
                .any(|kind| step.contains(kind));
            if step.starts_with("SCAN") && !is_no_table {
                found.push(format!("{step}: {statement}"));
            }
        }
    }
    Ok(found)
}

/// Inserts a test's rows by statements that take one number as their argument.
pub async fn write(db: &Db, statements: Vec<String>, number: i64) -> Result<(), Error> {
    let mut tx = db.begin_write().await?;
    for statement in statements {
        execute!(tx, AssertSqlSafe(statement), number)?;
    }
    tx.commit().await
}

/// The same file, opened as another process would open it.
pub async fn opened_again(db: &Db) -> Result<Db, Error> {
    const FILE: &str = "SELECT file FROM pragma_database_list WHERE name = 'main'";
    let (file,) = fetch_one!(db, (String,), FILE)?;
    Db::open_sqlite(file, SqliteOptions::default()).await
}
