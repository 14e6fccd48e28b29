//! Cues, and how a track of them is written as WebVTT.

use std::fmt::{Display, Formatter, Result};

use super::time::written;

/// A text and the times between which it is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Cue {
    /// Its line in the file that it was read from.
    pub(super) line: usize,
    pub(super) id: String,
    pub(super) start_ms: u64,
    pub(super) end_ms: u64,
    /// As WebVTT has them, such as `line:0`.
    pub(super) settings: String,
    /// In the markup of WebVTT, without empty lines.
    pub(super) text: String,
}

/// All of a file.
#[derive(Debug, Default)]
pub(super) struct Track {
    /// Regions and styles, each whole.
    pub(super) blocks: Vec<String>,
    pub(super) cues: Vec<Cue>,
}

impl Display for Track {
    fn fmt(&self, into: &mut Formatter<'_>) -> Result {
        into.write_str("WEBVTT\n")?;
        for block in &self.blocks {
            write!(into, "\n{block}\n")?;
        }
        for cue in &self.cues {
            into.write_str("\n")?;
            if !cue.id.is_empty() {
                writeln!(into, "{}", cue.id)?;
            }
            let (start, end) = (written(cue.start_ms), written(cue.end_ms));
            let space = if cue.settings.is_empty() { "" } else { " " };
            writeln!(into, "{start} --> {end}{space}{}", cue.settings)?;
            writeln!(into, "{}", cue.text)?;
        }
        Ok(())
    }
}
