//! Refusals of values that a caller states about a title, and the checks that several fields share.

use icu_locale_core::LanguageIdentifier;

/// Why a value is refused, and the field that it was stated for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub(crate) struct Refusal {
    pub(crate) field: String,
    pub(crate) reason: String,
}

pub(crate) fn refuse<T>(field: impl Into<String>, reason: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal {
        field: field.into(),
        reason: reason.into(),
    })
}

/// One line of text, without the space around it, of at most `limit` characters, all of which are visible; it may be empty.
pub(crate) fn line(field: &str, text: &str, limit: usize) -> Result<String, Refusal> {
    let line = text.trim();
    if line.chars().any(char::is_control) {
        return refuse(field, "A line of text has no control characters.");
    }
    if text::has_invisible(line) {
        return refuse(
            field,
            "This has characters that are invisible or that turn the text around.",
        );
    }
    if !line.is_empty() && text::is_blank(line) {
        return refuse(field, "This shows nothing.");
    }
    bounded(field, line, limit)
}

/// One line of text that is not empty.
pub(crate) fn some_line(field: &str, text: &str, limit: usize) -> Result<String, Refusal> {
    match line(field, text, limit)? {
        empty if empty.is_empty() => refuse(field, "This must not be empty."),
        line => Ok(line),
    }
}

/// Text of several lines.
pub(crate) fn prose(field: &str, text: &str, limit: usize) -> Result<String, Refusal> {
    let is_odd = |letter: char| letter.is_control() && letter != '\n';
    let text = text.trim().replace("\r\n", "\n");
    if text.chars().any(is_odd) {
        return refuse(field, "A text has no control characters but line ends.");
    }
    bounded(field, &text, limit)
}

/// Checks the entries of a list one by one, and leaves out an entry that is already in the list.
pub(crate) fn list(
    field: &str,
    entries: Vec<String>,
    limit: usize,
    check: impl Fn(&str, &str) -> Result<String, Refusal>,
) -> Result<Vec<String>, Refusal> {
    if entries.len() > limit {
        return refuse(field, format!("There are at most {limit} entries."));
    }
    let mut checked = Vec::with_capacity(entries.len());
    for entry in entries {
        let entry = check(field, &entry)?;
        if !checked.contains(&entry) {
            checked.push(entry);
        }
    }
    Ok(checked)
}

/// A country by its ISO 3166-1 alpha-2 code.
pub(crate) fn country(field: &str, code: &str) -> Result<String, Refusal> {
    let is_code = code.len() == 2 && code.bytes().all(|letter| letter.is_ascii_uppercase());
    if is_code {
        return Ok(code.to_owned());
    }
    refuse(field, format!("{} is no country's code, such as BR.", quote(code)))
}

/// A language by its BCP 47 tag: a language in small letters, and perhaps its script, region and variants.
pub(crate) fn language(field: &str, tag: &str) -> Result<String, Refusal> {
    let first = tag.split('-').next().unwrap_or_default();
    let is_language = (2..=3).contains(&first.len()) && first.bytes().all(|letter| letter.is_ascii_lowercase());
    let is_tag = !tag.contains('_') && tag.len() <= 35 && tag.parse::<LanguageIdentifier>().is_ok();
    if is_language && is_tag {
        return Ok(tag.to_owned());
    }
    refuse(field, format!("{} is no language's tag, such as pt-BR.", quote(tag)))
}

/// An address of the web, or nothing.
pub(crate) fn url(field: &str, text: &str, limit: usize) -> Result<String, Refusal> {
    let text = line(field, text, limit)?;
    let rest = text.strip_prefix("https://").unwrap_or_default();
    let is_host = |letter: char| letter.is_ascii_alphanumeric() || ".-:".contains(letter);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_url = !host.is_empty() && host.chars().all(is_host) && !text.contains([' ', '"', '<', '>', '\\']);
    if text.is_empty() || is_url {
        return Ok(text);
    }
    refuse(field, format!("{} is no https:// address.", quote(&text)))
}

fn bounded(field: &str, text: &str, limit: usize) -> Result<String, Refusal> {
    if text.chars().count() > limit {
        return refuse(field, format!("This has more than {limit} characters."));
    }
    Ok(text.to_owned())
}

/// A wrong value as an error message shows it: a long one is cut.
pub(crate) fn quote(text: &str) -> String {
    const SHOWN: usize = 40;
    let shown: String = text.chars().take(SHOWN).collect();
    let dots = if text.chars().count() > SHOWN { "…" } else { "" };
    format!("“{}{dots}”", shown.escape_debug())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_trimmed_and_bounded() {
        assert_eq!(line("name", "  Limite ", 6).unwrap(), "Limite");
        assert!(line("name", "Limites", 6).is_err());
        assert!(line("name", "Limi\nte", 9).is_err());
        assert!(some_line("name", "   ", 9).is_err());
        for unseen in [
            "Li\u{200b}mite",
            "\u{3164}",
            "\u{2800}",
            "\u{feff}Limite",
            "Li\u{202e}mite",
            "\u{301}",
        ] {
            assert!(line("name", unseen, 9).is_err(), "{unseen:?}");
        }
        for seen in ["می\u{200c}خواهم", "क्\u{200d}ष", "❤\u{fe0f}", ""] {
            assert_eq!(line("name", seen, 9).unwrap(), seen);
        }
        assert_eq!(prose("synopsis", "one\r\ntwo", 9).unwrap(), "one\ntwo");
        assert!(prose("synopsis", "one\u{7}", 9).is_err());
    }

    #[test]
    fn lists_hold_each_entry_once() {
        let entries = |entries: &[&str]| entries.iter().map(ToString::to_string).collect();
        assert_eq!(
            list("countries", entries(&["BR", "FR", "BR"]), 3, country).unwrap(),
            ["BR", "FR"]
        );
        assert!(list("countries", entries(&["BR", "FR", "BR"]), 2, country).is_err());
        assert!(list("countries", entries(&["br"]), 2, country).is_err());
    }

    #[test]
    fn languages_are_tags() {
        for tag in [
            "pt",
            "pt-BR",
            "pt-br",
            "zxx",
            "zh-Hant-TW",
            "es-419",
            "ca-valencia",
            "sl-rozaj",
        ] {
            assert!(language("languages", tag).is_ok(), "{tag}");
        }
        for tag in [
            "",
            "p",
            "PT",
            "Portuguese",
            "pt_BR",
            "pt-",
            "pt-ção",
            "zz-zz-zz",
            "pt-BR-BR",
            "pt-BR-Latn",
            "pt-1",
        ] {
            assert!(language("languages", tag).is_err(), "{tag}");
        }
    }

    #[test]
    fn addresses_are_of_the_web_and_safe() {
        for address in ["", "https://example.org/a?b=c#d", "https://example.org"] {
            assert!(url("trailer_url", address, 100).is_ok(), "{address}");
        }
        for address in [
            "http://example.org",
            "javascript:alert(1)",
            "https://",
            "https://exa mple.org",
            "https://user@example.org/",
            "/posters/1.svg",
        ] {
            assert!(url("trailer_url", address, 100).is_err(), "{address}");
        }
    }
}
