//! WebVTT, as far as a store must know it: a file that players would stumble over is refused, with the line named.

use std::iter::Peekable;

use crate::check::{Refusal, refuse};

/// A film of ten hours with a cue every two seconds.
const CUES: usize = 20_000;

/// Checks that these are cues of a WebVTT file, in the order of time, each with something to show.
pub(crate) fn check(content: &[u8]) -> Result<(), Refusal> {
    let Ok(text) = std::str::from_utf8(content) else {
        return refuse("bytes", "WebVTT is written in UTF-8.");
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = (1..).zip(text.lines()).peekable();
    let head = lines.next().map_or("", |(_, line)| line);
    let is_webvtt = head
        .strip_prefix("WEBVTT")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']));
    if !is_webvtt {
        return refuse("bytes", "A WebVTT file begins with a line WEBVTT.");
    }
    // What else the head says is for nobody here.
    while lines.next_if(|(_, line)| !line.is_empty()).is_some() {}
    let (mut cues, mut latest_ms) = (0, 0);
    while let Some(block) = block(&mut lines) {
        let Some(cue) = Cue::read(&block)? else { continue };
        if cue.start_ms < latest_ms {
            return at(cue.line, "this cue begins before the one above it");
        }
        latest_ms = cue.start_ms;
        cues += 1;
        if cues > CUES {
            return refuse("bytes", format!("A file has at most {CUES} cues."));
        }
    }
    if cues == 0 {
        return refuse("bytes", "There is no cue in this file.");
    }
    Ok(())
}

type Line<'a> = (usize, &'a str);

/// The next lines up to an empty one.
fn block<'a>(lines: &mut Peekable<impl Iterator<Item = Line<'a>>>) -> Option<Vec<Line<'a>>> {
    while lines.next_if(|(_, line)| line.is_empty()).is_some() {}
    let mut block = Vec::new();
    while let Some(line) = lines.next_if(|(_, line)| !line.is_empty()) {
        block.push(line);
    }
    (!block.is_empty()).then_some(block)
}

struct Cue {
    /// Where its times stand.
    line: usize,
    start_ms: u64,
}

impl Cue {
    /// The cue in a block; none in a note, a style or a region.
    fn read(block: &[Line]) -> Result<Option<Self>, Refusal> {
        let times = |(_, line): &&Line| line.contains("-->");
        // An identifier may stand above the times.
        let Some(place) = block.iter().take(2).position(|line| times(&line)) else {
            let (line, first) = block[0];
            let is_beside = ["NOTE", "STYLE", "REGION"].iter().any(|word| first.starts_with(word));
            return if is_beside {
                Ok(None)
            } else {
                at(line, "this is no cue: it has no times")
            };
        };
        let (line, text) = block[place];
        let (start, rest) = text.split_once("-->").unwrap_or_default();
        let end = rest.split_whitespace().next().unwrap_or_default();
        let (Some(start_ms), Some(end_ms)) = (milliseconds(start.trim()), milliseconds(end)) else {
            return at(line, "a time is written as 00:01:02.345");
        };
        if end_ms <= start_ms {
            return at(line, "a cue ends after it begins");
        }
        if block.len() == place + 1 {
            return at(line, "this cue has no text");
        }
        Ok(Some(Self { line, start_ms }))
    }
}

/// `01:02.345` or `00:01:02.345`.
fn milliseconds(time: &str) -> Option<u64> {
    let number = |text: &str, digits: std::ops::RangeInclusive<usize>| {
        let is_number = digits.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.parse::<u64>().ok()).flatten()
    };
    let (clock, milliseconds) = time.split_once('.')?;
    let mut parts = clock.rsplit(':');
    let (seconds, minutes) = (number(parts.next()?, 2..=2)?, number(parts.next()?, 2..=2)?);
    let hours = parts.next().map_or(Some(0), |hours| number(hours, 2..=4))?;
    let is_time = parts.next().is_none() && minutes < 60 && seconds < 60;
    is_time.then_some(((hours * 60 + minutes) * 60 + seconds) * 1000 + number(milliseconds, 3..=3)?)
}

fn at<T>(line: usize, reason: &str) -> Result<T, Refusal> {
    refuse("bytes", format!("Line {line}: {reason}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cues_with_all_that_may_stand_around_them_are_taken() {
        let file = "\u{feff}WEBVTT - of a film\nKind: captions\n\nNOTE\nby hand\n\nSTYLE\n::cue { color: red }\n\n\
                    1\n00:01.000 --> 00:02.500 line:0\nOne\nand two\n\n\n00:00:02.000 --> 10:00:03.000\n- Drei\n";
        assert_eq!(check(file.as_bytes()), Ok(()));
        assert_eq!(check(file.replace('\n', "\r\n").as_bytes()), Ok(()));
    }

    #[test]
    fn what_players_would_stumble_over_is_refused_with_its_line() {
        let wrong = [
            (&b""[..], "A WebVTT file begins with a line WEBVTT."),
            (
                b"1\n00:00:01,000 --> 00:00:02,000\nSubRip\n",
                "A WebVTT file begins with a line WEBVTT.",
            ),
            (
                b"WEBVTTX\n\n00:01.000 --> 00:02.000\nOne",
                "A WebVTT file begins with a line WEBVTT.",
            ),
            (b"WEBVTT\n\n\xff", "WebVTT is written in UTF-8."),
            (b"WEBVTT\n\nNOTE nothing\n", "There is no cue in this file."),
            (b"WEBVTT\n\nHello\n", "Line 3: this is no cue: it has no times."),
            (
                b"WEBVTT\n\n00:01,000 --> 00:02.000\nOne",
                "Line 3: a time is written as 00:01:02.345.",
            ),
            (
                b"WEBVTT\n\n00:61.000 --> 02:02.000\nOne",
                "Line 3: a time is written as 00:01:02.345.",
            ),
            (
                b"WEBVTT\n\n00:02.000 --> 00:02.000\nOne",
                "Line 3: a cue ends after it begins.",
            ),
            (
                b"WEBVTT\n\n00:01.000 --> 00:02.000\n\nOne",
                "Line 3: this cue has no text.",
            ),
            (
                b"WEBVTT\n\n00:05.000 --> 00:06.000\nOne\n\nid\n00:04.000 --> 00:06.000\nTwo",
                "Line 7: this cue begins before the one above it.",
            ),
        ];
        for (content, reason) in wrong {
            assert_eq!(check(content).unwrap_err().reason, reason);
        }
    }

    #[test]
    fn a_file_has_no_more_cues_than_a_film_could_show() {
        let file = format!("WEBVTT\n\n{}", "00:01.000 --> 00:02.000\nAgain\n\n".repeat(CUES + 1));
        assert!(check(file.as_bytes()).is_err());
    }
}
