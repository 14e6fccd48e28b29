//! The progress of a comparison: a bar on a terminal, and otherwise a line in the log at intervals.

use std::cell::Cell;
use std::io::{IsTerminal, stderr};
use std::time::Duration;

use bench::Progress;
use indicatif::{HumanDuration, ProgressBar, ProgressStyle};
use tokio::time::Instant;

use super::settings::Scope;

/// How often the progress is logged.
const TOLD_EVERY: Duration = Duration::from_secs(30);

pub(super) fn progress(scope: &Scope) -> Progress {
    if stderr().is_terminal() {
        Progress::new(scope.steps(), bar())
    } else {
        Progress::new(scope.steps(), log())
    }
}

fn bar() -> impl Fn(&str, usize, usize, Option<Duration>) {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{bar:24} {pos}/{len} runs: {msg}") {
        bar.set_style(style);
    }
    move |what, done, total, left| {
        bar.set_length(u64::try_from(total).unwrap_or_default());
        bar.set_position(u64::try_from(done).unwrap_or_default());
        let left = left.map(|left| format!("about {} left; ", HumanDuration(left)));
        bar.set_message(format!("{}{what}", left.unwrap_or_default()));
    }
}

fn log() -> impl Fn(&str, usize, usize, Option<Duration>) {
    let told: Cell<Option<Instant>> = Cell::default();
    move |what, done, total, left| {
        if told.get().is_some_and(|told| told.elapsed() < TOLD_EVERY) {
            return;
        }
        told.set(Some(Instant::now()));
        let left = left.map(|left| HumanDuration(left).to_string());
        tracing::info!(done, total, about_left = left, "{what}");
    }
}
