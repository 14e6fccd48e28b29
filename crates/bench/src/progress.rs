//! How far a comparison has come, and how long the rest will take.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::Result;
use tokio::time::Instant;

use crate::results::Run;
use crate::run_journal::RunJournal;

/// Receives the current step, the number of finished runs, their total, and the remaining time as soon as it can be
/// estimated.
type Listener = Box<dyn Fn(&str, usize, usize, Option<Duration>) + Send>;

/// Counts runs, and records how long each kind of them takes.
pub struct Progress {
    listener: Listener,
    total: usize,
    done: usize,
    /// The duration of the last run of each kind.
    took: HashMap<String, Duration>,
}

impl Progress {
    pub fn new(total: usize, listener: impl Fn(&str, usize, usize, Option<Duration>) + Send + 'static) -> Self {
        Self {
            listener: Box::new(listener),
            total,
            done: 0,
            took: HashMap::new(),
        }
    }

    /// Reports the current step.
    pub fn now(&self, what: &str) {
        (self.listener)(what, self.done, self.total, self.left());
    }

    /// Measures a step, unless the journal has its result.
    pub(crate) async fn step(
        &mut self,
        journal: &mut RunJournal,
        what: &str,
        step: String,
        measure: impl Future<Output = Result<Run>>,
    ) -> Result<Run> {
        self.now(what);
        let is_known = journal.has(&step);
        let start = Instant::now();
        let run = journal.run(step, measure).await?;
        self.done += 1;
        if !is_known {
            self.took.insert(what.to_owned(), start.elapsed());
        }
        Ok(run)
    }

    /// Assumes that the remaining runs take as long as the last ones of each kind did on average.
    fn left(&self) -> Option<Duration> {
        let left = u32::try_from(self.total.saturating_sub(self.done)).ok()?;
        let each: Duration = self.took.values().sum();
        let kinds = u32::try_from(self.took.len()).ok().filter(|kinds| *kinds > 0)?;
        Some(each / kinds * left)
    }
}
