//! Reads subtitles and chapters in the formats that people have: WebVTT as browsers read it, `SubRip`, Advanced `SubStation`
//! and `YouTube`'s SBV, in UTF-8 and in the older encodings. Writes plain WebVTT, and reports what it corrected.

mod ass;
mod cue;
mod encoding;
mod sbv;
mod subrip;
mod text;
mod time;
mod webvtt;

use self::cue::Track;
use crate::check::{Refusal, refuse};

/// A film of ten hours with a cue every two seconds.
const CUES: usize = 20_000;
/// More than fits on a screen.
const CUE_CHARACTERS: usize = 2_000;
/// How many lines one correction names.
const LINES_NAMED: usize = 5;
/// How far beyond the film's end a cue may begin, because programs round.
const GRACE_MS: u64 = 1_000;

/// A track as it is stored.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Subtitles {
    /// In plain WebVTT.
    pub(crate) content: String,
    /// What was corrected, in English, for the person who uploads the file.
    pub(crate) corrections: Vec<String>,
}

/// Reads a file. The language helps to detect its encoding; if the film's length is known, no cue is longer than the film.
pub(crate) fn read(content: &[u8], language: &str, film_ms: Option<u64>) -> Result<Subtitles, Refusal> {
    let (text, encoding) = encoding::decode(content, language)?;
    let mut corrections = Corrections::default();
    corrections.add_note(encoding);
    let lines = lines(&text);
    let mut track = form_of(&lines)?.read(&lines, &mut corrections);
    drop(text);
    finish(&mut track, film_ms, &mut corrections)?;
    Ok(Subtitles {
        content: track.to_string(),
        corrections: corrections.told(),
    })
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    WebVtt,
    SubRip,
    Ass,
    Sbv,
}

impl Form {
    fn read(self, lines: &[&str], corrections: &mut Corrections) -> Track {
        match self {
            Self::WebVtt => webvtt::read(lines, corrections),
            Self::SubRip => {
                corrections.add_note(Some("It was SubRip (SRT).".to_owned()));
                subrip::read(lines, corrections)
            }
            Self::Ass => {
                corrections.add_note(Some(
                    "It was SubStation (ASS): its texts and times are kept.".to_owned(),
                ));
                ass::read(lines, corrections)
            }
            Self::Sbv => {
                corrections.add_note(Some("It was SBV.".to_owned()));
                sbv::read(lines, corrections)
            }
        }
    }
}

/// The format of a file. Its content decides, not its name.
fn form_of(lines: &[&str]) -> Result<Form, Refusal> {
    let says = lines.iter().copied().filter(|line| !line.trim().is_empty());
    let Some(first) = says.clone().next() else {
        return refuse("bytes", "The file is empty.");
    };
    if webvtt::is_head(lines.first().copied().unwrap_or_default()) {
        return Ok(Form::WebVtt);
    }
    let is_section = |line: &str| line.trim().eq_ignore_ascii_case("[script info]") || line.trim() == "[Events]";
    if is_section(first) || says.clone().any(ass::is_dialogue) {
        return Ok(Form::Ass);
    }
    if says.clone().any(subrip::is_timing) {
        return Ok(Form::SubRip);
    }
    if says.clone().any(|line| sbv::timing(line).is_some()) {
        return Ok(Form::Sbv);
    }
    let first = first.trim_start().to_ascii_lowercase();
    let other = [
        ("<sami", "SAMI"),
        ("<?xml", "XML (TTML)"),
        ("<tt", "TTML"),
        ("{", "MicroDVD"),
        ("[", "MPL2 or lyrics"),
        ("# vobsub", "VobSub, which is pictures"),
        ("webvtt", "WebVTT whose first line is wrong"),
    ];
    let name = other
        .into_iter()
        .find(|(start, _)| first.starts_with(start))
        .map(|(_, name)| name);
    refuse(
        "bytes",
        match name {
            Some(name) => format!("Subtitles are read as WebVTT, SRT, ASS or SBV; this is {name}."),
            None => "There is no cue in this file. Subtitles are read as WebVTT, SRT, ASS or SBV.".to_owned(),
        },
    )
}

/// Lines as WebVTT has them: they end at CR, LF or both.
fn lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some(end) = rest.find(['\r', '\n']) {
        lines.push(&rest[..end]);
        rest = rest[end..].strip_prefix("\r\n").unwrap_or(&rest[end + 1..]);
    }
    if !rest.is_empty() {
        lines.push(rest);
    }
    lines
}

/// Sorts the cues, and applies the limits of their number, their length and the film's end.
fn finish(track: &mut Track, film_ms: Option<u64>, corrections: &mut Corrections) -> Result<(), Refusal> {
    track.cues.retain(|cue| {
        let is_shown = cue.end_ms > cue.start_ms;
        if !is_shown {
            corrections.add("left out a cue that ends before it begins", cue.line);
        }
        is_shown
    });
    track.cues.retain(|cue| {
        let has_text = !cue.text.trim().is_empty();
        if !has_text {
            corrections.add("left out a cue without text", cue.line);
        }
        has_text
    });
    if track.cues.is_empty() {
        return refuse("bytes", "There is no cue in this file that could be shown.");
    }
    if track.cues.len() > CUES {
        return refuse("bytes", format!("A file has at most {CUES} cues."));
    }
    if let Some(cue) = track.cues.iter().find(|cue| cue.text.chars().count() > CUE_CHARACTERS) {
        let line = cue.line;
        return refuse(
            "bytes",
            format!("Line {line}: a cue has at most {CUE_CHARACTERS} characters."),
        );
    }
    let mut latest_ms = 0;
    for cue in &track.cues {
        if cue.start_ms < latest_ms {
            corrections.add("put a cue in its place in time", cue.line);
        }
        latest_ms = latest_ms.max(cue.start_ms);
    }
    track.cues.sort_by_key(|cue| cue.start_ms);
    let Some(film_ms) = film_ms.filter(|film_ms| *film_ms > 0) else {
        return Ok(());
    };
    if let Some(beyond) = track.cues.iter().find(|cue| cue.start_ms > film_ms + GRACE_MS) {
        let (line, start, end) = (beyond.line, time::written(beyond.start_ms), time::written(film_ms));
        return refuse(
            "bytes",
            format!("Line {line}: this cue begins at {start}, and the film ends at {end}. It belongs to another film."),
        );
    }
    for cue in &mut track.cues {
        if cue.end_ms > film_ms + GRACE_MS {
            cue.end_ms = film_ms.max(cue.start_ms + 1);
            corrections.add("ended a cue with the film", cue.line);
        }
    }
    Ok(())
}

/// What was corrected, grouped by the kind of correction.
#[derive(Debug, Default)]
struct Corrections {
    notes: Vec<String>,
    of_lines: Vec<(&'static str, Vec<usize>)>,
}

impl Corrections {
    fn add_note(&mut self, note: Option<String>) {
        self.notes.extend(note);
    }

    fn add(&mut self, what: &'static str, line: usize) {
        match self.of_lines.iter_mut().find(|(known, _)| *known == what) {
            Some((_, lines)) => lines.push(line),
            None => self.of_lines.push((what, vec![line])),
        }
    }

    fn told(self) -> Vec<String> {
        let of_lines = self.of_lines.into_iter().map(|(what, mut lines)| {
            lines.sort_unstable();
            lines.dedup();
            let named: Vec<_> = lines.iter().take(LINES_NAMED).map(ToString::to_string).collect();
            let more = lines.len() - named.len();
            let named = named.join(", ");
            match (lines.len(), more) {
                (1, _) => format!("Line {named}: {what}."),
                (_, 0) => format!("Lines {named}: {what}."),
                (_, more) => format!("Lines {named} and {more} more: {what}."),
            }
        });
        self.notes.into_iter().chain(of_lines).collect()
    }
}

#[cfg(test)]
mod tests;
