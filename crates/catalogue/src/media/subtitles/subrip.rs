//! `SubRip`: numbered cues, each with times and a text. The numbers are ignored. A text ends at the next line with
//! times: it may contain empty lines.

use std::borrow::Cow;

use super::cue::{Cue, Track};
use super::{Corrections, text, time};

/// Arrows that people and other programs write in place of `-->`.
const ARROWS: [&str; 9] = ["--->", "->", "—>", "–>", "==>", "=>", "→", "--&gt;", "—"];

pub(super) fn is_timing(line: &str) -> bool {
    timing(line).is_some() || with_arrow(line).is_some()
}

pub(super) fn read(lines: &[&str], corrections: &mut Corrections) -> Track {
    let mut track = Track::default();
    let lines: Vec<Cow<'_, str>> = lines
        .iter()
        .zip(1..)
        .map(|(line, number)| match with_arrow(line) {
            Some(timing) => {
                corrections.add("read another arrow as -->", number);
                timing.into()
            }
            None => (*line).into(),
        })
        .collect();
    let timings: Vec<usize> = (0..lines.len()).filter(|at| lines[*at].contains("-->")).collect();
    let before = lines.iter().take(timings.first().copied().unwrap_or_default());
    for (line, number) in before.zip(1..) {
        if !line.trim().is_empty() && !is_number(line) {
            corrections.add("left out what has no times", number);
        }
    }
    for (number, at) in timings.iter().copied().enumerate() {
        let Some((start_ms, end_ms)) = timing(&lines[at]) else {
            corrections.add("left out a cue whose times cannot be read", at + 1);
            continue;
        };
        let next = timings.get(number + 1).copied();
        let end = next.map_or(lines.len(), |next| end_of_text(&lines, at + 1, next));
        let (shown, has_gap) = text::joined(lines[at + 1..end].iter().map(|line| &**line));
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

/// Where a text ends: before the number of the next cue. If an empty line follows that number, it counts as a number
/// only if an empty line is before it too.
fn end_of_text(lines: &[Cow<'_, str>], from: usize, next: usize) -> usize {
    let is_empty = |at: usize| lines[at].trim().is_empty();
    let mut number = next;
    while number > from && is_empty(number - 1) {
        number -= 1;
    }
    if number == from || !is_number(&lines[number - 1]) {
        return next;
    }
    let has_gap_behind = number < next;
    let has_gap_before = number - 1 > from && is_empty(number - 2);
    if has_gap_behind && !has_gap_before {
        return next;
    }
    number - 1
}

/// A line of times with another arrow, corrected; `None` for a line of text that happens to contain an arrow.
fn with_arrow(line: &str) -> Option<String> {
    if line.contains("-->") && !line.contains("--->") {
        return None;
    }
    ARROWS.into_iter().find_map(|arrow| {
        let (start, end) = line.split_once(arrow)?;
        let is_time = |text: &str| text.contains(':') && text.contains([',', '.']) && time::tolerant(text).is_some();
        (is_time(start) && is_time(end)).then(|| format!("{start} --> {end}"))
    })
}

fn is_number(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && line.len() <= 6 && line.bytes().all(|byte| byte.is_ascii_digit())
}

fn timing(line: &str) -> Option<(u64, u64)> {
    let (start, rest) = line.split_once("-->")?;
    let rest = rest.trim();
    // Some programs write the position of the text behind the times.
    let end = rest.split_once([' ', '\t']).map_or(rest, |(end, _)| end);
    let end_ms = time::tolerant(end).or_else(|| time::tolerant(rest))?;
    Some((time::tolerant(start)?, end_ms))
}

/// The text without the `SubStation` tags that some `SubRip` files contain, and the position that these tags set.
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
