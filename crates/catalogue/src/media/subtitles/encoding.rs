//! Finds out in which encoding a file's text is.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::check::{Refusal, refuse};

/// For languages that were written in several old encodings: the country whose encoding their files are probably in.
const COUNTRIES: [(&str, &str); 12] = [
    ("cs", "cz"),
    ("el", "gr"),
    ("et", "ee"),
    ("he", "il"),
    ("ja", "jp"),
    ("ko", "kr"),
    ("sl", "si"),
    ("sr", "rs"),
    ("uk", "ua"),
    ("ar", "sa"),
    ("fa", "ir"),
    ("vi", "vn"),
];

/// The text, and a note if the file was not in UTF-8. A file that is not text is refused.
pub(super) fn decode(content: &[u8], language: &str) -> Result<(String, Option<String>), Refusal> {
    if let Some((encoding, mark_bytes)) = Encoding::for_bom(content) {
        return Ok(told(encoding, &content[mark_bytes..]));
    }
    if let Some(encoding) = wide(content) {
        return Ok(told(encoding, content));
    }
    // WebVTT allows zero bytes, which browsers show as U+FFFD.
    if content.contains(&0) && !content.starts_with(b"WEBVTT") {
        return refuse("bytes", "This is no text.");
    }
    let Err(error) = std::str::from_utf8(content) else {
        return Ok(told(UTF_8, content));
    };
    // Browsers read a file with single wrong bytes as UTF-8, so it is UTF-8 here too.
    let is_multibyte = content[..error.valid_up_to()].iter().any(|byte| !byte.is_ascii());
    if is_multibyte || content.starts_with(b"WEBVTT") && !looks_old(content) {
        return Ok(told(UTF_8, content));
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(content, true);
    let primary = language.split('-').next().unwrap_or_default();
    let country = COUNTRIES
        .iter()
        .find(|(known, _)| *known == primary)
        .map_or(primary, |(_, country)| country);
    let country = Some(country.as_bytes()).filter(|country| country.len() == 2 && country.is_ascii());
    Ok(told(detector.guess(country, Utf8Detection::Deny), content))
}

fn told(encoding: &'static Encoding, content: &[u8]) -> (String, Option<String>) {
    let (text, had_errors) = encoding.decode_without_bom_handling(content);
    // WebVTT replaces zero bytes by U+FFFD.
    let text = text.replace('\0', "\u{fffd}");
    let note = match (encoding == UTF_8, had_errors) {
        (true, false) => None,
        (true, true) => Some("Some bytes were no letters in UTF-8, and are shown as such.".to_owned()),
        (false, _) => Some(format!(
            "It was written in {}, not in UTF-8: look at the accents.",
            name(encoding)
        )),
    };
    (text, note)
}

fn name(encoding: &'static Encoding) -> String {
    let name = encoding.name();
    match name.strip_prefix("windows-") {
        Some(number) => format!("Windows-{number}"),
        None => name.to_owned(),
    }
}

/// UTF-16 without a byte order mark: every other byte of the first letters is zero.
fn wide(content: &[u8]) -> Option<&'static Encoding> {
    let start = content.get(..content.len().min(64) & !1)?;
    let zeros = |at: usize| start.iter().skip(at).step_by(2).filter(|byte| **byte == 0).count();
    let pairs = start.len() / 2;
    let mostly = |count: usize| pairs >= 4 && count * 4 >= pairs * 3;
    match (mostly(zeros(0)), mostly(zeros(1))) {
        (true, false) => Some(UTF_16BE),
        (false, true) => Some(UTF_16LE),
        _ => None,
    }
}

/// Whether a byte that is not UTF-8 is between two letters, as an accented letter of an old encoding is.
fn looks_old(content: &[u8]) -> bool {
    let is_letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphabetic);
    let high = content.iter().enumerate().filter(|(_, byte)| **byte >= 0xc0);
    high.filter(|(at, _)| is_letter(content.get(at.wrapping_sub(1))) || is_letter(content.get(at + 1)))
        .count()
        > 0
}
