//! The page as text: the app's own, with the reader's language, its head, its first data and a few plain lines for
//! readers without scripts. Everything that is written here was said by somebody else, so everything is escaped.

use std::fmt::Write as _;

use languages::Language;
use serde_json::Value;

use super::data::{Answer, Kind};
use super::json_ld;
use super::page::Place;
use super::texts::Texts;
use crate::store_profile::StoreProfile;

const DESCRIPTION_CHARACTERS: usize = 200;
/// The titles that a page without scripts links to.
const LINKS: usize = 24;
/// As the app chooses its film of the day (`films-of-the-day.ts`): one of so many of the most popular.
const AMONG: usize = 10;
/// The posters of a search that stand beside each other on a phone.
const FIRST_ROW: usize = 2;
/// What other sites show of a poster.
const POSTER_SIZE: (u32, u32) = (600, 900);

/// What others are told of a page.
struct Told<'a> {
    title: String,
    description: String,
    /// What the page is about, for Open Graph.
    kind: &'static str,
    /// The title whose poster stands for the page.
    pictured: Option<&'a Value>,
    /// The titles whose posters a reader sees first.
    seen_first: Vec<&'a Value>,
    is_listed: bool,
    titles: Vec<&'a Value>,
}

/// Writes a page; without an answer it says nothing of what it is about.
pub(super) fn write(
    shell: &str,
    kind: Kind,
    place: &Place,
    answer: Option<&Answer>,
    is_found: bool,
    is_bare: bool,
) -> String {
    let nothing = Value::Null;
    let value = answer.map_or(&nothing, |answer| &answer.value);
    let told = tell(kind, place, value, is_found, is_bare);
    let mut page = shell.to_owned();
    replace_between(&mut page, "<html lang=\"", "\"", place.language.tag());
    replace(&mut page, "<meta name=\"description\"", ">", "");
    let head = head(&told, place, kind, value, is_found);
    replace(&mut page, "<title>", "</title>", &head);
    let data = answer
        .map(|answer| first_data(answer, place.language.tag()))
        .unwrap_or_default();
    let store = profile(&place.store);
    insert_before(&mut page, "</body>", &format!("{}{store}{data}", plain(&told)));
    page
}

fn tell<'a>(kind: Kind, place: &Place, value: &'a Value, is_found: bool, is_bare: bool) -> Told<'a> {
    let texts = Texts::of(place.language);
    let list = |name: &str| {
        value[name]
            .as_array()
            .map(|titles| titles.iter().collect())
            .unwrap_or_default()
    };
    let plain = Told {
        title: place.store.name.clone(),
        description: place.store.tagline.clone().unwrap_or_else(|| texts.description.clone()),
        kind: "website",
        pictured: None,
        seen_first: Vec::new(),
        is_listed: is_found && matches!(kind, Kind::Home | Kind::Search | Kind::Collections | Kind::Genres) && is_bare,
        titles: Vec::new(),
    };
    let named = |name: &str| format!("{name} · {}", place.store.name);
    match kind {
        _ if value.is_null() => plain,
        Kind::Home => {
            let titles: Vec<&Value> = list("titles");
            Told {
                seen_first: film_of_the_day(&titles, place.day).into_iter().collect(),
                titles,
                ..plain
            }
        }
        Kind::Search => {
            let titles: Vec<&Value> = list("titles");
            Told {
                title: named(&texts.all_films),
                seen_first: titles.iter().copied().take(FIRST_ROW).collect(),
                titles,
                ..plain
            }
        }
        Kind::Title => {
            let name = text(value, "display_name");
            let named_with_year = value["year"]
                .as_i64()
                .map_or(name.to_owned(), |year| format!("{name} ({year})"));
            Told {
                title: named(&named_with_year),
                description: value["synopsis"].as_str().map_or(plain.description, shortened),
                kind: "video.movie",
                pictured: Some(value),
                seen_first: vec![value],
                is_listed: true,
                titles: list("related"),
            }
        }
        Kind::Person => {
            let name = text(value, "name");
            let mut titles: Vec<&Value> = list("directed");
            let acted: Vec<&Value> = list("acted");
            titles.extend(acted);
            Told {
                title: named(name),
                description: texts.person(name, &names(&titles)),
                kind: "profile",
                pictured: titles.first().copied(),
                is_listed: true,
                titles,
                ..plain
            }
        }
        Kind::Collection => {
            let titles: Vec<&Value> = list("titles");
            Told {
                title: named(text(value, "name")),
                description: value["description"].as_str().map_or(plain.description, shortened),
                pictured: titles.first().copied(),
                is_listed: true,
                titles,
                ..plain
            }
        }
        Kind::Collections => Told {
            title: named(&texts.collections),
            ..plain
        },
        Kind::Genres => Told {
            title: named(&texts.genres),
            ..plain
        },
        Kind::Other | Kind::Unknown => plain,
    }
}

/// The film that stands on the app's stage first.
fn film_of_the_day<'a>(popular: &[&'a Value], day: usize) -> Option<&'a Value> {
    let among = &popular[..popular.len().min(AMONG)];
    let at = day.checked_rem(among.len())?;
    among.get(at).copied()
}

fn head(told: &Told, place: &Place, kind: Kind, value: &Value, is_found: bool) -> String {
    let mut head = String::new();
    let bare = format!("{}{}", place.base, place.path);
    let of_language = |language: &str| format!("{bare}?lang={language}");
    let canonical = if place.is_chosen {
        of_language(place.language.tag())
    } else {
        bare.clone()
    };
    let (title, description) = (escape(&told.title), escape(&told.description));
    let mut line = |text: String| {
        head.push_str(&text);
        head.push_str("\n    ");
    };
    line(format!("<title>{title}</title>"));
    line(format!("<meta name=\"description\" content=\"{description}\" />"));
    if !told.is_listed {
        line("<meta name=\"robots\" content=\"noindex\" />".to_owned());
    }
    if is_found && !matches!(kind, Kind::Other | Kind::Unknown) {
        line(format!("<link rel=\"canonical\" href=\"{}\" />", escape(&canonical)));
        for language in Language::all().map(Language::tag) {
            let address = escape(&of_language(language));
            line(format!(
                "<link rel=\"alternate\" hreflang=\"{language}\" href=\"{address}\" />"
            ));
        }
        line(format!(
            "<link rel=\"alternate\" hreflang=\"x-default\" href=\"{}\" />",
            escape(&bare)
        ));
    }
    let mut meta = |name: &str, content: &str| {
        let attribute = if name.starts_with("twitter:") {
            "name"
        } else {
            "property"
        };
        line(format!(
            "<meta {attribute}=\"{name}\" content=\"{}\" />",
            escape(content)
        ));
    };
    meta("og:site_name", &place.store.name);
    meta("og:type", told.kind);
    meta("og:title", &told.title);
    meta("og:description", &told.description);
    meta("og:url", &canonical);
    meta("og:locale", &Texts::of(place.language).og_locale);
    if let Some(image) = told.pictured.map(|title| picture(place, title)) {
        meta("og:image", &image);
        if image.starts_with(&place.base) {
            meta("og:image:width", &POSTER_SIZE.0.to_string());
            meta("og:image:height", &POSTER_SIZE.1.to_string());
        }
    }
    meta("twitter:card", "summary");
    if let Some((light, dark)) = &place.store.tones {
        line(accent(light, dark));
    }
    // The app's start.js shows them while the app is still on its way.
    for title in &told.seen_first {
        let address = escape(text(title, "poster_url"));
        line(format!(
            "<link rel=\"preload\" as=\"image\" href=\"{address}\" fetchpriority=\"high\" />"
        ));
    }
    if !value.is_null() {
        for thing in json_ld::things(kind, place, value) {
            line(format!(
                "<script type=\"application/ld+json\">{}</script>",
                inert(&thing.to_string())
            ));
        }
    }
    head
}

/// What the page asks the API first, answered: an entry an address, in the language of the element.
fn first_data(answer: &Answer, language: &str) -> String {
    let path = serde_json::to_string(&answer.path).unwrap_or_default();
    let body = String::from_utf8_lossy(&answer.body);
    let entries = inert(&format!("[{{\"path\":{path},\"body\":{body}}}]"));
    format!("<script type=\"application/json\" id=\"dvs-data\" lang=\"{language}\">{entries}</script>\n  ")
}

/// What the store says of itself, for the app to show at once.
fn profile(store: &StoreProfile) -> String {
    let profile = inert(&serde_json::to_string(store).unwrap_or_default());
    format!("<script type=\"application/json\" id=\"dvs-store\">{profile}</script>\n  ")
}

/// The store's own colours, in place of those of the app's `style.css`. Words on the accent are as its page's surface is,
/// from which the accent's tones are told well enough.
fn accent(light: &str, dark: &str) -> String {
    format!(
        "<style>:root{{--color-accent:light-dark({light},{dark});\
         --color-accent-strong:light-dark(color-mix(in srgb,{light},#000 15%),color-mix(in srgb,{dark},#fff 20%));\
         --color-accent-text:light-dark({light},{dark});--color-on-accent:light-dark(#fffdf9,#15110e)}}</style>"
    )
}

/// What readers without scripts see.
fn plain(told: &Told) -> String {
    if told.titles.is_empty() && told.pictured.is_none() {
        return String::new();
    }
    let mut lines = format!(
        "<noscript><h1>{}</h1><p>{}</p><ul>",
        escape(&told.title),
        escape(&told.description)
    );
    for title in told.titles.iter().take(LINKS) {
        let (id, name) = (escape(text(title, "id")), escape(text(title, "display_name")));
        let _ = write!(lines, "<li><a href=\"/titles/{id}\">{name}</a></li>");
    }
    lines.push_str("</ul></noscript>\n    ");
    lines
}

/// A picture that other sites can show: they do not read SVG.
pub(super) fn picture(place: &Place, title: &Value) -> String {
    let poster = text(title, "poster_url");
    match poster.strip_suffix(".svg") {
        Some(drawn) if poster.starts_with('/') => format!("{}{drawn}.png", place.base),
        _ => poster.to_owned(),
    }
}

pub(super) fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

fn names(titles: &[&Value]) -> String {
    let names: Vec<_> = titles.iter().take(5).map(|title| text(title, "display_name")).collect();
    names.join(", ")
}

/// The first sentences, up to a length, ended at a word.
fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let Some((end, _)) = line.char_indices().nth(DESCRIPTION_CHARACTERS) else {
        return line;
    };
    let cut = line[..end].rfind(' ').unwrap_or(end);
    format!("{}…", line[..cut].trim_end_matches([',', '.', ';', ':']))
}

/// A text as it stands in HTML, between tags and in attributes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(letter),
        }
    }
    escaped
}

/// JSON that cannot end the element it stands in: in JSON, `<` is only in texts, where it may be written so.
fn inert(json: &str) -> String {
    json.replace('<', "\\u003c")
}

fn replace_between(page: &mut String, before: &str, after: &str, new: &str) {
    if let Some(start) = page.find(before).map(|at| at + before.len())
        && let Some(length) = page[start..].find(after)
    {
        page.replace_range(start..start + length, new);
    }
}

/// Writes in place of an element.
fn replace(page: &mut String, start: &str, end: &str, new: &str) {
    if let Some(at) = page.find(start)
        && let Some(length) = page[at..].find(end)
    {
        page.replace_range(at..at + length + end.len(), new.trim_end());
    }
}

fn insert_before(page: &mut String, mark: &str, new: &str) {
    if let Some(at) = page.find(mark) {
        page.insert_str(at, new);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_at_a_word() {
        assert_eq!(shortened("A ship\n comes."), "A ship comes.");
        let long = shortened(&"word, ".repeat(100));
        assert!(
            long.ends_with("word…") && long.chars().count() <= DESCRIPTION_CHARACTERS + 1,
            "{long}"
        );
        assert_eq!(shortened(&"é".repeat(300)).chars().count(), DESCRIPTION_CHARACTERS + 1);
    }

    #[test]
    fn what_is_written_cannot_leave_its_place() {
        assert_eq!(escape("<\"'&>"), "&lt;&quot;&#39;&amp;&gt;");
        assert_eq!(
            inert(r#"{"name":"</script><!--"}"#),
            r#"{"name":"\u003c/script>\u003c!--"}"#
        );
    }
}
