//! Records which statements the tests have run on which engine; `scripts/check-statements.mjs` requires all of them on
//! both.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::sync::{LazyLock, Mutex};

/// The file that a test run records into, if its runner wants a record.
#[expect(
    clippy::disallowed_methods,
    reason = "the tests have no options; their runner asks by this"
)]
static RECORD: LazyLock<Option<Mutex<Record>>> = LazyLock::new(|| {
    let path = std::env::var_os("STATEMENTS_RECORD")?;
    let file = OpenOptions::new().create(true).append(true).open(path).ok()?;
    Some(Mutex::new(Record {
        file,
        written: HashSet::new(),
    }))
});

struct Record {
    file: File,
    written: HashSet<(&'static str, &'static str, u32)>,
}

/// Appends a line the first time that this process runs the statement. Lines of several processes do not mix, because
/// each is one short write to the end of the file.
#[expect(clippy::expect_used, reason = "a record with holes would accuse the wrong statement")]
pub(crate) fn ran(engine: &'static str, file: &'static str, line: u32) {
    let Some(record) = RECORD.as_ref() else { return };
    let mut record = record.lock().expect("no writer has panicked");
    if record.written.insert((engine, file, line)) {
        let text = format!("{engine} {file}:{line}\n");
        record
            .file
            .write_all(text.as_bytes())
            .expect("the record can be written");
    }
}
