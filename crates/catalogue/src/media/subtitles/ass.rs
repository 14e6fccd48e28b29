//! `SubStation` (SSA and ASS): reads the texts and times of the dialogue. The player chooses how it looks.

use super::cue::{Cue, Track};
use super::subrip::placed;
use super::{Corrections, text, time};

/// The fields of a line of dialogue where the file does not name them.
const FIELDS: [&str; 10] = [
    "layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text",
];

pub(super) fn is_dialogue(line: &str) -> bool {
    let fields = field(line, "dialogue");
    fields.is_some_and(|fields| fields.split(',').filter_map(time::tolerant).count() >= 2)
}

pub(super) fn read(lines: &[&str], corrections: &mut Corrections) -> Track {
    let mut track = Track::default();
    let mut names: Vec<String> = FIELDS.map(str::to_owned).to_vec();
    let mut in_events = true;
    for (at, line) in lines.iter().enumerate() {
        let line = line.trim_start();
        if line.starts_with('[') {
            in_events = line.trim_end().eq_ignore_ascii_case("[events]");
        } else if let Some(format) = field(line, "format").filter(|_| in_events) {
            names = format.split(',').map(|name| name.trim().to_ascii_lowercase()).collect();
        } else if let Some(dialogue) = field(line, "dialogue") {
            match cue(dialogue, &names) {
                // A drawing has no text, so it is left out and is not reported as a loss.
                Some(cue) if cue.text.is_empty() => {}
                Some(cue) => track.cues.push(Cue { line: at + 1, ..cue }),
                None => corrections.add("left out a cue whose times cannot be read", at + 1),
            }
        }
    }
    // Files sort their lines by author or by style as often as by time, so the order is not reported as a correction.
    track.cues.sort_by_key(|cue| cue.start_ms);
    track
}

/// The value of a line after the field's name.
fn field<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (found, rest) = line.split_once(':')?;
    found.trim().eq_ignore_ascii_case(name).then_some(rest.trim_start())
}

fn cue(dialogue: &str, names: &[String]) -> Option<Cue> {
    let values: Vec<_> = dialogue.splitn(names.len(), ',').collect();
    let value = |name: &str| {
        let place = names.iter().position(|known| known == name)?;
        values.get(place).copied()
    };
    let (start_ms, end_ms) = (time::tolerant(value("start")?)?, time::tolerant(value("end")?)?);
    let (shown, settings) = shown(value("text")?);
    let (shown, _) = text::joined(shown.lines());
    Some(Cue {
        start_ms,
        end_ms,
        settings: settings.to_owned(),
        text: text::of_subrip(&shown),
        ..Cue::default()
    })
}

/// The text that a player shows, and where. Everything between braces is a tag or a note: of the tags, italics and bold
/// are kept. Drawings are left out.
fn shown(written: &str) -> (String, &'static str) {
    let (mut shown, mut rest, mut draws) = (String::with_capacity(written.len()), written, false);
    let (_, settings) = placed(written);
    while let Some((before, marks, after)) = braces(rest) {
        if !draws {
            shown.push_str(before);
        }
        for mark in marks.split('\\').skip(1) {
            match mark.trim() {
                "i1" => shown.push_str("<i>"),
                "i0" => shown.push_str("</i>"),
                "b1" => shown.push_str("<b>"),
                "b0" => shown.push_str("</b>"),
                mark => {
                    // `\p1` draws, in a scale of its number.
                    let scale = mark.strip_prefix('p').and_then(|scale| scale.parse::<u32>().ok());
                    draws = scale.map_or(draws, |scale| scale > 0);
                }
            }
        }
        rest = after;
    }
    if !draws {
        shown.push_str(rest);
    }
    let shown = shown.replace("\\N", "\n").replace("\\n", "\n").replace("\\h", "\u{a0}");
    (shown, settings)
}

/// The text before the first pair of braces, between them, and after them.
fn braces(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (marks, after) = rest.split_once('}')?;
    Some((before, marks, after))
}
