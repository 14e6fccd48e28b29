//! The texts of mails: templates by language and kind, in layouts by part.
//!
//! A kind's template has the words of one language, as blocks (`subject`, `opening`, `button`, …). The layout of a part says
//! what becomes of them: `layout.subject`, `layout.txt` or `layout.html`. So each sentence is written once, and a
//! language is a folder.

use std::borrow::Cow;
use std::sync::LazyLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Value};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, State, UndefinedBehavior, context};
use rust_embed::RustEmbed;

use super::kind::MailKind;
use super::labels::{OTHER, plural_category};
use crate::customer::Language;

#[derive(RustEmbed)]
#[folder = "src/mail/templates"]
struct Sources;

/// The parts of a mail.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: String,
}

/// Writes the parts of a mail. What its template names must be in the context.
pub(super) fn render(kind: MailKind, language: Language, context: &Value) -> Result<Parts, Error> {
    let part = |part: &str| {
        let name = format!("{}/{}.{part}", language.tag(), kind.name());
        let context = context! { part, language => language.tag(), ..context.clone() };
        TEMPLATES.get_template(&name)?.render(context)
    };
    Ok(Parts {
        subject: part("subject")?.split_whitespace().collect::<Vec<_>>().join(" "),
        text: paragraphs_of(&part("txt")?).collect::<Vec<_>>().join("\n\n") + "\n",
        html: part("html")?.trim_start().to_owned(),
    })
}

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut templates = Environment::new();
    templates.set_loader(|name| Ok(source(&file_of(name)).map(Cow::into_owned)));
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    templates.set_auto_escape_callback(|name| match name.rsplit_once('.') {
        Some((_, "html")) => AutoEscape::Html,
        _ => AutoEscape::None,
    });
    let mut syntax = SyntaxConfig::builder();
    // A line with a tag alone is no line of the mail.
    syntax.trim_blocks(true).lstrip_blocks(true);
    templates.set_syntax(syntax.build().unwrap_or_default());
    templates.add_filter("paragraphs", paragraphs);
    templates.add_filter("href", href);
    templates.add_filter("address", address);
    templates.add_function("plural", plural);
    templates
});

/// A file of the folder `templates`.
pub(super) fn source(file: &str) -> Option<Cow<'static, str>> {
    match Sources::get(file)?.data {
        Cow::Borrowed(bytes) => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
        Cow::Owned(bytes) => String::from_utf8(bytes).ok().map(Cow::Owned),
    }
}

/// The file that a template is in. A language's are the same for every part, and are escaped as the part needs it, which
/// their names say.
fn file_of(template: &str) -> Cow<'_, str> {
    match template.rsplit_once('.') {
        Some((name, _part)) if name.contains('/') => format!("{name}.jinja").into(),
        _ => template.into(),
    }
}

/// What is between empty lines, without its line breaks at either end.
fn paragraphs_of(text: &str) -> impl Iterator<Item = &str> {
    // A line's own indentation stays: it says in a receipt what belongs to what.
    let mut rest = text.trim_end();
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches('\n');
        let (paragraph, after) = rest.split_once("\n\n").unwrap_or((rest, ""));
        rest = after;
        (!paragraph.is_empty()).then_some(paragraph)
    })
}

/// The paragraphs of a text that is escaped already, as blocks are.
fn paragraphs(state: &State, text: &str) -> Vec<Value> {
    let is_html = *state.auto_escape() == AutoEscape::Html;
    let value = |paragraph: &str| {
        let paragraph = paragraph.trim().to_owned();
        if is_html {
            Value::from_safe_string(paragraph)
        } else {
            Value::from(paragraph)
        }
    };
    paragraphs_of(text).map(value).collect()
}

/// A URL as an attribute's value. The usual escaping writes its slashes as entities, which some mail programs show.
fn href(url: &str) -> Value {
    Value::from_safe_string(escaped(url))
}

/// A URL as its reader sees it, and can follow it.
fn address(state: &State, url: &str) -> Value {
    if *state.auto_escape() != AutoEscape::Html {
        return Value::from(url);
    }
    let url = escaped(url);
    let accent = state.lookup("accent_light");
    let colour = accent.as_ref().and_then(Value::as_str).unwrap_or("#8a5a0b");
    Value::from_safe_string(format!(
        "<a href=\"{url}\" class=\"link\" style=\"color:{colour};\">{url}</a>"
    ))
}

fn escaped(url: &str) -> String {
    url.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// The form of a word that goes with a number: `plural(count, one="film", other="films")`, by the categories of CLDR.
#[expect(
    clippy::needless_pass_by_value,
    reason = "a template's function is given its arguments"
)]
fn plural(state: &State, count: i64, forms: Kwargs) -> Result<String, Error> {
    let language = state.lookup("language");
    let language = language.as_ref().and_then(Value::as_str).unwrap_or_default();
    let form: Option<String> = forms.get(plural_category(language, count))?;
    let other: Option<String> = forms.get(OTHER)?;
    let none = || Error::new(ErrorKind::MissingArgument, "plural() needs the form `other`");
    form.or(other).ok_or_else(none)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_parses() {
        let mut count = 0;
        for file in Sources::iter().filter(|file| !file.ends_with(".toml")) {
            let name = file.strip_suffix(".jinja");
            let names = name.map_or_else(
                || vec![file.to_string()],
                |name| ["subject", "txt", "html"].map(|part| format!("{name}.{part}")).into(),
            );
            for name in names {
                TEMPLATES
                    .get_template(&name)
                    .unwrap_or_else(|error| panic!("{name}: {error:#}"));
                count += 1;
            }
        }
        assert!(count > MailKind::ALL.len() * 3 * 2, "{count}");
    }

    #[test]
    fn every_language_has_a_folder_with_the_same_files() {
        let files_of = |folder: &str| -> Vec<String> {
            let mut files: Vec<_> = Sources::iter()
                .filter_map(|file| Some(file.strip_prefix(folder)?.strip_prefix('/')?.to_owned()))
                .collect();
            files.sort_unstable();
            files
        };
        let mut folders: Vec<_> = Sources::iter()
            .filter_map(|file| Some(file.split_once('/')?.0.to_owned()))
            .collect();
        folders.sort_unstable();
        folders.dedup();
        let mut languages: Vec<_> = Language::all().map(Language::tag).collect();
        languages.sort_unstable();
        assert_eq!(folders, languages);
        for folder in &folders {
            assert_eq!(files_of(folder), files_of(&folders[0]), "{folder}");
        }
    }

    #[test]
    fn paragraphs_are_what_is_between_empty_lines() {
        let paragraphs: Vec<_> = paragraphs_of("\n\none\ntwo\n\n\n  three\n").collect();
        assert_eq!(paragraphs, ["one\ntwo", "  three"]);
    }
}
