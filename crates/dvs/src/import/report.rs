//! The report of an import: a line for each file, its refused rows, and a total.

use std::fmt::{self, Display};

use api::catalogue::{ChangedTitle, FieldChange, ImportSummary, RefusedRow};

use super::Broken;
use super::notes::{Note, Notes};

/// The most refused rows of a file that are listed.
const NAMED_LIMIT: usize = 1_000;
/// How many characters are shown of a row's own text.
const SHOWN_CHARACTERS: usize = 100;

/// The results of the files so far.
#[derive(Default)]
pub(crate) struct Report {
    file: Counts,
    refused: Vec<RefusedRow>,
    total: Counts,
    files: usize,
    broken: Vec<String>,
    notes: Notes,
}

#[derive(Clone, Copy, Default)]
struct Counts {
    created: i64,
    updated: i64,
    unchanged: i64,
    refused: usize,
}

impl Report {
    /// Adds the result of a batch.
    pub(crate) fn add(&mut self, summary: ImportSummary) {
        self.file.created += summary.created;
        self.file.updated += summary.updated;
        self.file.unchanged += summary.unchanged;
        self.file.refused += summary.refused.len();
        let room = NAMED_LIMIT - self.refused.len();
        self.refused
            .extend(summary.refused.into_iter().take(room).map(shortened));
    }

    /// Adds notes about values that were read differently.
    pub(crate) fn note(&mut self, notes: Vec<(i64, Note)>) {
        for (row, note) in notes {
            self.notes.add(row, note);
        }
    }

    pub(crate) fn has_new(&self) -> bool {
        self.total.created > 0
    }

    /// Ends a file, and returns its report.
    pub(crate) fn end_file(&mut self, name: &str, end: Result<(), Broken>) -> String {
        let counts = std::mem::take(&mut self.file);
        let mut lines = vec![format!("{name}: {counts}")];
        lines.extend(self.refused.iter().map(|refused| format!("  {}", Refused(refused))));
        if counts.refused > self.refused.len() {
            lines.push(format!("  … and {} more", counts.refused - self.refused.len()));
        }
        lines.extend(self.notes.take());
        self.refused.clear();
        self.total.add(counts);
        self.files += 1;
        self.broken.extend(end.err().map(|broken| broken.of(name)));
        lines.join("\n")
    }

    /// The report of a dry run: each film that would be new or changed, with its fields.
    #[expect(clippy::unused_self, reason = "every text of the report is a method of it")]
    pub(crate) fn changes(&self, changed: &[ChangedTitle]) -> String {
        let mut lines = Vec::new();
        for ChangedTitle {
            row,
            name,
            title_id,
            changes,
        } in changed
        {
            let what = if title_id.is_empty() { "is new" } else { "changes" };
            lines.push(format!("row {row} {name:?} {what}:"));
            let change = |FieldChange { field, before, after }: &FieldChange| {
                let shown = |text: &str| {
                    if text.is_empty() {
                        "nothing".to_owned()
                    } else {
                        format!("{text:?}")
                    }
                };
                format!("    {field}: {} → {}", shown(before), shown(after))
            };
            lines.extend(changes.iter().map(change));
        }
        lines.join("\n")
    }

    /// Whether there were rows and all of them were refused.
    pub(crate) fn is_refused_whole(&self) -> bool {
        let Counts {
            created,
            updated,
            unchanged,
            refused,
        } = self.total;
        refused > 0 && created + updated + unchanged == 0
    }

    /// The total, if there are several files.
    pub(crate) fn total(&self) -> Option<String> {
        (self.files > 1).then(|| format!("total: {}", self.total))
    }

    /// The files that could not be read to their end, and why.
    pub(crate) fn broken(&self) -> &[String] {
        &self.broken
    }
}

impl Broken {
    pub(crate) fn of(self, file: &str) -> String {
        match self.row {
            Some(row) => format!("{file}, row {row}: {}", self.reason),
            None => format!("{file}: {}", self.reason),
        }
    }
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.created += other.created;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.refused += other.refused;
    }
}

impl Display for Counts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            created,
            updated,
            unchanged,
            refused,
        } = self;
        write!(
            formatter,
            "{created} new, {updated} changed, {unchanged} unchanged, {refused} refused"
        )
    }
}

fn shortened(refused: RefusedRow) -> RefusedRow {
    let short = |text: &str| text.chars().take(SHOWN_CHARACTERS).collect();
    RefusedRow {
        name: short(&refused.name),
        field: short(&refused.field),
        ..refused
    }
}

struct Refused<'a>(&'a RefusedRow);

impl Display for Refused<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RefusedRow {
            row,
            name,
            field,
            reason,
        } = self.0;
        write!(formatter, "row {row}")?;
        if !name.is_empty() {
            write!(formatter, " {name:?}")?;
        }
        if !field.is_empty() {
            write!(formatter, ": {}", field.escape_debug())?;
        }
        write!(formatter, ": {reason}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(row: i64, name: &str, field: &str, reason: &str) -> RefusedRow {
        RefusedRow {
            row,
            name: name.to_owned(),
            field: field.to_owned(),
            reason: reason.to_owned(),
        }
    }

    #[test]
    fn a_file_is_told_by_its_counts_and_its_refused_rows() {
        let mut report = Report::default();
        report.add(ImportSummary {
            created: 2,
            updated: 1,
            unchanged: 0,
            refused: vec![refused(4, "Limite", "year", "No.")],
            ..ImportSummary::default()
        });
        report.add(ImportSummary {
            created: 1,
            unchanged: 5,
            refused: vec![refused(9, "", "", "It is odd.")],
            ..ImportSummary::default()
        });
        let told = report.end_file("films.json", Ok(()));
        let lines = [
            "films.json: 3 new, 1 changed, 5 unchanged, 2 refused",
            "  row 4 \"Limite\": year: No.",
            "  row 9: It is odd.",
        ];
        assert_eq!(told, lines.join("\n"));
        assert_eq!(report.total(), None);
        assert_eq!(
            report.end_file("empty.json", Ok(())),
            "empty.json: 0 new, 0 changed, 0 unchanged, 0 refused"
        );
        assert_eq!(
            report.total().unwrap(),
            "total: 3 new, 1 changed, 5 unchanged, 2 refused"
        );
        assert!(report.broken().is_empty());
    }

    #[test]
    fn of_very_many_refused_rows_the_first_are_named() {
        let mut report = Report::default();
        for batch in 0..3 {
            let refused = (1..=400)
                .map(|row| refused(batch * 400 + row, "", "year", "No."))
                .collect();
            report.add(ImportSummary {
                refused,
                ..ImportSummary::default()
            });
        }
        let told = report.end_file("films.json", Ok(()));
        assert_eq!(told.lines().count(), 1 + NAMED_LIMIT + 1);
        assert!(told.ends_with("\n  … and 200 more"), "{told}");
    }

    #[test]
    fn a_broken_file_is_named_with_its_row() {
        let mut report = Report::default();
        let reason = || "the file is cut off".to_owned();
        report.end_file(
            "a.json",
            Err(Broken {
                row: Some(7),
                reason: reason(),
                mapping: None,
            }),
        );
        report.end_file(
            "b.csv",
            Err(Broken {
                row: None,
                reason: reason(),
                mapping: None,
            }),
        );
        assert_eq!(
            report.broken(),
            ["a.json, row 7: the file is cut off", "b.csv: the file is cut off"]
        );
    }
}
