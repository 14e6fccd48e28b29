//! `SubRip`: numbered cues, each times and a text. The numbers mean nothing; a text goes on, over empty lines too, until the
//! next times.

use super::cue::{Cue, Track};
use super::{Corrections, text, time};

pub(super) fn is_timing(line: &str) -> bool {
    timing(line).is_some()
}

pub(super) fn read(lines: &[&str], corrections: &mut Corrections) -> Track {
    let mut track = Track::default();
    let timings: Vec<usize> = (0..lines.len()).filter(|at| lines[*at].contains("-->")).collect();
    for (number, at) in timings.iter().copied().enumerate() {
        let Some((start_ms, end_ms)) = timing(lines[at]) else {
            corrections.add("left out a cue whose times cannot be read", at + 1);
            continue;
        };
        let next = timings.get(number + 1).copied();
        let mut end = next.unwrap_or(lines.len());
        if next.is_some() && end > at + 1 && is_number(lines[end - 1]) {
            end -= 1;
        }
        let (shown, has_gap) = text::joined(lines[at + 1..end].iter().copied());
        if has_gap {
            corrections.add("joined a text with an empty line in it", at + 1);
        }
        let (shown, settings) = placed(&shown);
        track.cues.push(Cue {
            line: at + 1,
            start_ms,
            end_ms,
            settings: settings.to_owned(),
            text: text::of_subrip(&shown),
            ..Cue::default()
        });
    }
    track
}

fn is_number(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && line.len() <= 6 && line.bytes().all(|byte| byte.is_ascii_digit())
}

fn timing(line: &str) -> Option<(u64, u64)> {
    let (start, rest) = line.split_once("-->")?;
    let rest = rest.trim();
    // Some programs write where the text stands behind the times.
    let end = rest.split_once([' ', '\t']).map_or(rest, |(end, _)| end);
    let end_ms = time::tolerant(end).or_else(|| time::tolerant(rest))?;
    Some((time::tolerant(start)?, end_ms))
}

/// The text without the marks of `SubStation` that `SubRip` files have too, and where they put it.
pub(super) fn placed(text: &str) -> (String, &'static str) {
    let mut shown = String::with_capacity(text.len());
    let (mut rest, mut settings) = (text, "");
    while let Some(start) = rest.find("{\\") {
        let Some(end) = rest[start..].find('}') else { break };
        shown.push_str(&rest[..start]);
        let marks = &rest[start..start + end];
        if ["\\an7", "\\an8", "\\an9", "\\a5", "\\a6", "\\a7"]
            .iter()
            .any(|top| marks.contains(top))
        {
            settings = "line:0";
        }
        rest = &rest[start + end + 1..];
    }
    shown.push_str(rest);
    (shown, settings)
}
