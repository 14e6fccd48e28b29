//! The texts of cues, in the markup of WebVTT: tags that browsers know are kept, and everything else is escaped as text.

/// Tags of WebVTT, which `SubRip` shares in part.
const TAGS: [&str; 8] = ["b", "i", "u", "c", "v", "lang", "ruby", "rt"];
/// What comes after `&` in WebVTT.
const ENTITIES: [&str; 7] = ["amp;", "lt;", "gt;", "lrm;", "rlm;", "nbsp;", "quot;"];

/// The text of a WebVTT cue: it stays as it is, except for markup that browsers would not understand.
pub(super) fn of_webvtt(text: &str) -> String {
    rewrite(text, |tag| {
        let is_time = tag.starts_with(|letter: char| letter.is_ascii_digit()) && super::time::strict(tag).is_some();
        (is_time || is_known(tag)).then(|| format!("<{tag}>"))
    })
}

/// The text of a `SubRip` cue: bold, italics and underline are kept, fonts and similar tags are left out, and other
/// text in angle brackets is shown as text.
pub(super) fn of_subrip(text: &str) -> String {
    rewrite(text, |tag| {
        let name = tag.trim_start_matches('/').trim().to_ascii_lowercase();
        let slash = if tag.starts_with('/') { "/" } else { "" };
        let first = name.split([' ', '=']).next().unwrap_or_default();
        match first {
            "b" | "i" | "u" => Some(format!("<{slash}{first}>")),
            "strong" => Some(format!("<{slash}b>")),
            "em" => Some(format!("<{slash}i>")),
            "font" | "s" | "span" | "br" | "p" | "c" => Some(String::new()),
            _ => None,
        }
    })
}

/// A text without markup.
pub(super) fn of_plain(text: &str) -> String {
    rewrite(text, |_| None)
}

/// Joins the lines that have text, because WebVTT ends a cue at an empty line. Tells whether there was one between them.
pub(super) fn joined<'a>(lines: impl Iterator<Item = &'a str>) -> (String, bool) {
    let lines: Vec<_> = lines.map(str::trim_end).collect();
    let some = |line: &&str| !line.trim().is_empty();
    let first = lines.iter().position(some).unwrap_or(0);
    let last = lines.iter().rposition(some).map_or(0, |last| last + 1);
    let inside = lines.get(first..last).unwrap_or_default();
    let kept: Vec<_> = inside.iter().copied().filter(&some).collect();
    (kept.join("\n"), kept.len() < inside.len())
}

/// Rewrites a text: each tag as `of_tag` returns it, or escaped as text where it returns `None`.
fn rewrite(text: &str, of_tag: impl Fn(&str) -> Option<String>) -> String {
    let mut written = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find(['<', '&', '>', '\u{0}']) {
        written.push_str(&rest[..place]);
        rest = &rest[place..];
        if let Some(after) = rest.strip_prefix('&') {
            let is_entity = ENTITIES.iter().any(|entity| after.starts_with(entity)) || is_numeric(after);
            written.push_str(if is_entity { "&" } else { "&amp;" });
            rest = after;
        } else if let Some(after) = rest.strip_prefix('<') {
            let tag = after.find('>').map(|end| (&after[..end], &after[end + 1..]));
            if let Some((tag, after)) = tag
                .filter(|(tag, _)| !tag.contains('<'))
                .and_then(|(tag, after)| Some((of_tag(tag)?, after)))
            {
                written.push_str(&tag);
                rest = after;
            } else {
                written.push_str("&lt;");
                rest = after;
            }
        } else {
            written.push_str("&gt;");
            rest = &rest[1..];
        }
    }
    written.push_str(rest);
    written
}

/// `&#39;` and `&#x27;`.
fn is_numeric(after: &str) -> bool {
    let Some((number, _)) = after.strip_prefix('#').and_then(|rest| rest.split_once(';')) else {
        return false;
    };
    let hexadecimal = number.strip_prefix(['x', 'X']);
    let digits = hexadecimal.unwrap_or(number);
    let is_digit = |byte: u8| byte.is_ascii_digit() || hexadecimal.is_some() && byte.is_ascii_hexdigit();
    (1..=6).contains(&digits.len()) && digits.bytes().all(is_digit)
}

fn is_known(tag: &str) -> bool {
    let tag = tag.strip_prefix('/').unwrap_or(tag);
    let name = tag
        .split(|letter: char| letter == '.' || letter.is_whitespace())
        .next()
        .unwrap_or_default();
    TAGS.contains(&name)
}
