//! WebVTT, by the parser that its standard describes (W3C, WebVTT, section 6): a cue that browsers show is taken.

use super::cue::{Cue, Track};
use super::{Corrections, text, time};

/// Whether a line is the first one of a WebVTT file.
pub(super) fn is_head(line: &str) -> bool {
    line.strip_prefix("WEBVTT")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
}

pub(super) fn read(lines: &[&str], corrections: &mut Corrections) -> Track {
    let mut track = Track::default();
    // The head ends at an empty line, or at the first line with times.
    let mut at = 1;
    while lines
        .get(at)
        .is_some_and(|line| !line.is_empty() && !line.contains("-->"))
    {
        at += 1;
    }
    while at < lines.len() {
        if lines[at].is_empty() {
            at += 1;
            continue;
        }
        at = block(lines, at, &mut track, corrections);
    }
    track
}

/// Collects a block that begins at a line, and returns where the next one may begin.
fn block(lines: &[&str], first: usize, track: &mut Track, corrections: &mut Corrections) -> usize {
    let mut at = first;
    let mut times: Option<usize> = None;
    let mut buffer: Vec<&str> = Vec::new();
    while let Some(line) = lines.get(at).copied() {
        if line.contains("-->") {
            let is_place_for_times = at == first || at == first + 1 && times.is_none();
            if !is_place_for_times {
                // Another cue begins without an empty line before it.
                break;
            }
            times = Some(at);
        } else if line.is_empty() {
            break;
        } else {
            buffer.push(line);
        }
        at += 1;
    }
    let Some(place) = times else {
        beside(&buffer, first, track, corrections);
        return at;
    };
    let id = if place > first && !buffer.is_empty() {
        buffer.remove(0)
    } else {
        ""
    };
    let Some((mut cue, is_corrected)) = cue(lines[place]) else {
        corrections.add("left out a cue whose times cannot be read", place + 1);
        return at;
    };
    if is_corrected {
        corrections.add("read a time that browsers do not", place + 1);
    }
    cue.line = place + 1;
    id.trim().clone_into(&mut cue.id);
    let (shown, _) = text::joined(buffer.into_iter());
    cue.text = text::of_webvtt(&shown);
    track.cues.push(cue);
    at
}

/// A block without times: a style or a region counts only before the first cue, and a note is for the author of the file.
fn beside(buffer: &[&str], first: usize, track: &mut Track, corrections: &mut Corrections) {
    let Some(name) = buffer.first().map(|line| line.trim_end_matches([' ', '\t'])) else {
        return;
    };
    if matches!(name, "STYLE" | "REGION") {
        if track.cues.is_empty() {
            track.blocks.push(buffer.join("\n"));
        }
    } else if !name.trim().is_empty() && !is_note(name) {
        corrections.add("left out what has no times", first + 1);
    }
}

/// The times and settings of a cue, and whether the times needed the tolerant notation.
fn cue(line: &str) -> Option<(Cue, bool)> {
    let (start, rest) = line.split_once("-->")?;
    let (start, rest) = (start.trim(), rest.trim_start());
    let is_of_time = |letter: char| letter.is_ascii_digit() || ":.".contains(letter);
    let end_length = rest.find(|letter| !is_of_time(letter)).unwrap_or(rest.len());
    let (end, settings) = rest.split_at(end_length);
    if let (Some(start_ms), Some(end_ms)) = (time::strict(start), time::strict(end)) {
        return Some((of(start_ms, end_ms, settings), false));
    }
    let (end, settings) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
    let (start_ms, end_ms) = (time::tolerant(start)?, time::tolerant(end)?);
    Some((of(start_ms, end_ms, settings), true))
}

fn of(start_ms: u64, end_ms: u64, settings: &str) -> Cue {
    Cue {
        start_ms,
        end_ms,
        settings: settings.split_whitespace().collect::<Vec<_>>().join(" "),
        ..Cue::default()
    }
}

fn is_note(name: &str) -> bool {
    name == "NOTE" || name.starts_with("NOTE ") || name.starts_with("NOTE\t")
}
