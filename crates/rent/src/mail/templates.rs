//! The texts of mails: templates by language and kind, in layouts by part.
//!
//! A kind's template has the words of one language, as blocks (`subject`, `opening`, `button`, …): `languages/en/mail/receipt.jinja`.
//! The layout of a part says what becomes of them: `layout.subject`, `layout.txt` or `layout.html`, which are in the folder
//! `templates` here. So each sentence is written once, and a language is a folder.

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
struct Layouts;

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
    templates.set_loader(|name| Ok(source(name)));
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
    templates.add_filter("readable", readable);
    templates.add_filter("address", address);
    templates.add_function("plural", plural);
    templates
});

/// The text of a template: of a layout by its file's name, and of a language's by the language, the kind and the part, such as
/// `en/receipt.html`. A language's are the same for every part, and are escaped as the part needs it, which their names say.
fn source(template: &str) -> Option<String> {
    let Some((language, name)) = template.split_once('/') else {
        return String::from_utf8(Layouts::get(template)?.data.into_owned()).ok();
    };
    let (name, _part) = name.rsplit_once('.')?;
    Language::nearest(language)
        .file(&format!("mail/{name}.jinja"))
        .map(ToOwned::to_owned)
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

/// A text in HTML. The usual escaping writes its slashes as entities, which some mail programs show.
fn readable(text: &str) -> Value {
    Value::from_safe_string(escaped(text))
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

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
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
        let layouts = Layouts::iter().map(|file| file.to_string());
        let own = Language::all().flat_map(|language| {
            let files = language
                .files()
                .filter_map(|(file, _)| file.strip_prefix("mail/")?.strip_suffix(".jinja"));
            files.flat_map(move |name| {
                ["subject", "txt", "html"].map(|part| format!("{}/{name}.{part}", language.tag()))
            })
        });
        let names: Vec<_> = layouts.chain(own).collect();
        assert!(names.len() > MailKind::ALL.len() * 3 * 2, "{names:?}");
        for name in names {
            let template = TEMPLATES.get_template(&name);
            template.unwrap_or_else(|error| panic!("{name}: {error:#}"));
        }
    }

    #[test]
    fn paragraphs_are_what_is_between_empty_lines() {
        let paragraphs: Vec<_> = paragraphs_of("\n\none\ntwo\n\n\n  three\n").collect();
        assert_eq!(paragraphs, ["one\ntwo", "  three"]);
    }
}
