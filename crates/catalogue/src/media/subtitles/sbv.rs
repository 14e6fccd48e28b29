//! SBV, as `YouTube` writes it: two times with a comma between them, then the text.

use super::cue::{Cue, Track};
use super::{Corrections, text, time};

pub(super) fn read(lines: &[&str], corrections: &mut Corrections) -> Track {
    let mut track = Track::default();
    let timings: Vec<usize> = (0..lines.len()).filter(|at| timing(lines[*at]).is_some()).collect();
    for (number, at) in timings.iter().copied().enumerate() {
        let Some((start_ms, end_ms)) = timing(lines[at]) else {
            continue;
        };
        let end = timings.get(number + 1).copied().unwrap_or(lines.len());
        let (shown, has_gap) = text::joined(lines[at + 1..end].iter().copied());
        if has_gap {
            corrections.add("joined a text with an empty line in it", at + 1);
        }
        track.cues.push(Cue {
            line: at + 1,
            start_ms,
            end_ms,
            text: text::of_plain(&shown.replace("[br]", "\n")),
            ..Cue::default()
        });
    }
    track
}

pub(super) fn timing(line: &str) -> Option<(u64, u64)> {
    let (start, end) = line.trim().split_once(',')?;
    // Without fractions of seconds, two times with a comma between them may be spoken text.
    let moment = |text: &str| time::tolerant(text.trim()).filter(|_| text.contains('.'));
    Some((moment(start)?, moment(end)?))
}
