//! The finished runs of a comparison, one on each line, so that an interrupted comparison can be resumed.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::results::{Run, Settings, Versions};

const NAME: &str = "runs.jsonl";

/// The runs of a comparison, in its folder.
pub struct RunJournal {
    path: PathBuf,
    file: File,
    runs: HashMap<String, Run>,
}

/// What the folder contained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// No unfinished comparison.
    Nothing,
    /// An unfinished comparison with the same settings, which is resumed after this many runs.
    Same(usize),
    /// One with different settings, which is discarded.
    Other,
}

#[derive(PartialEq, Serialize, Deserialize)]
struct Head {
    settings: Settings,
    versions: Versions,
}

#[derive(Serialize, Deserialize)]
struct Line {
    step: String,
    run: Run,
}

impl RunJournal {
    pub fn open(folder: &Path, settings: &Settings, versions: &Versions) -> Result<(Self, Found)> {
        let path = folder.join(NAME);
        let head = Head {
            settings: settings.clone(),
            versions: versions.clone(),
        };
        let text = fs::read_to_string(&path).unwrap_or_default();
        let mut lines = text.lines();
        let known = lines.next().map(serde_json::from_str::<Head>);
        let is_resumed = known
            .as_ref()
            .is_some_and(|known| known.as_ref().is_ok_and(|known| *known == head));
        // The last line may be incomplete.
        let runs: HashMap<String, Run> = if is_resumed {
            let lines = lines.map_while(|line| serde_json::from_str::<Line>(line).ok());
            lines.map(|line| (line.step, line.run)).collect()
        } else {
            HashMap::new()
        };
        let found = match known {
            None => Found::Nothing,
            Some(_) if is_resumed => Found::Same(runs.len()),
            Some(_) => Found::Other,
        };
        let mut journal = Self {
            file: File::create(&path).with_context(|| format!("cannot write {}", path.display()))?,
            path,
            runs: HashMap::new(),
        };
        journal.write(&head)?;
        for (step, run) in runs {
            journal.note(step, run)?;
        }
        Ok((journal, found))
    }

    pub(crate) fn has(&self, step: &str) -> bool {
        self.runs.contains_key(step)
    }

    /// The recorded run of this step, or a new one that is measured now.
    pub(crate) async fn run(&mut self, step: String, measure: impl Future<Output = Result<Run>>) -> Result<Run> {
        if let Some(run) = self.runs.get(&step) {
            return Ok(run.clone());
        }
        let run = measure.await?;
        self.note(step, run.clone())?;
        Ok(run)
    }

    /// Deletes the journal, because the comparison is complete and its results contain the runs.
    pub fn close(self) -> Result<()> {
        Ok(fs::remove_file(self.path)?)
    }

    fn note(&mut self, step: String, run: Run) -> Result<()> {
        self.write(&Line {
            step: step.clone(),
            run: run.clone(),
        })?;
        self.runs.insert(step, run);
        Ok(())
    }

    fn write(&mut self, line: &impl Serialize) -> Result<()> {
        let mut line = serde_json::to_vec(line)?;
        line.push(b'\n');
        Ok(self.file.write_all(&line)?)
    }
}
