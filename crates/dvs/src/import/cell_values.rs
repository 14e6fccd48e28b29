//! Parses values in the forms in which people write them into tables: years, running times, ages, lists, names.

use serde_json::Value;

use super::names::fold;

/// The longest running time that the catalogue takes.
const MINUTES_LIMIT: i64 = 6_000;
/// What many programs write into a cell without a value.
const NOTHING: [&str; 9] = [
    "\\N",
    "N/A",
    "n/a",
    "NA",
    "NULL",
    "null",
    "None",
    "NaN",
    "(no genres listed)",
];
/// Articles that lists put behind a name: "Hour of the Star, The".
const ARTICLES: [&str; 24] = [
    "The", "A", "An", "O", "Os", "As", "Um", "Uma", "El", "La", "Los", "Las", "Un", "Una", "Le", "Les", "Der", "Die",
    "Das", "Il", "Lo", "Gli", "L'", "L’",
];
/// Suffixes that may come after a comma in a person's name.
const SUFFIXES: [&str; 7] = ["jr", "sr", "ii", "iii", "iv", "filho", "neto"];

pub(super) fn is_nothing(cell: &str) -> bool {
    NOTHING.contains(&cell)
}

/// A whole number, also in the form of spreadsheets: `1931.0`.
pub(super) fn whole(text: &str) -> Option<i64> {
    let digits = text
        .strip_suffix(".0")
        .or_else(|| text.strip_suffix(",0"))
        .unwrap_or(text);
    digits.parse().ok()
}

/// A year: a number, a date, or text with one number of four digits.
pub(super) fn year(text: &str) -> Option<i64> {
    if let Some(number) = whole(text) {
        return Some(number);
    }
    let numbers = text
        .split(|letter: char| !letter.is_ascii_digit())
        .filter(|digits| digits.len() == 4);
    let mut years = numbers.filter_map(|digits| digits.parse().ok());
    let year = years.next()?;
    years.next().is_none().then_some(year)
}

/// Minutes: `80`, `80 min`, `1h20`, `1 hora e 20 minutos`, `01:20:00`, `1:20`, `PT1H20M`.
pub(super) fn minutes(text: &str) -> Option<i64> {
    if let Some(number) = whole(text) {
        return Some(number);
    }
    if text.contains(':') {
        let parts: Option<Vec<i64>> = text.split(':').map(|part| part.trim().parse().ok()).collect();
        let (hours, minutes, seconds) = match *parts?.as_slice() {
            [hours, minutes] => (hours, minutes, 0),
            [hours, minutes, seconds] => (hours, minutes, seconds),
            _ => return None,
        };
        let is_time = hours >= 0 && (0..60).contains(&minutes) && (0..60).contains(&seconds);
        return hours.checked_mul(60)?.checked_add(minutes).filter(|_| is_time);
    }
    // Folding would remove the sign.
    if text.starts_with(['-', '−', '–']) {
        return None;
    }
    let text = fold(text);
    let mut total: i64 = 0;
    let mut rest = text.strip_prefix("pt").unwrap_or(&text);
    while !rest.is_empty() {
        if total > 0 {
            let and = ["e ", "y ", "and "].into_iter().find_map(|and| rest.strip_prefix(and));
            rest = and.unwrap_or(rest);
        }
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: i64 = rest.get(..digits)?.parse().ok()?;
        rest = rest.get(digits..)?.trim_start();
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let unit = rest.get(..letters)?;
        rest = rest.get(letters..)?.trim_start();
        let minutes = match unit {
            "h" | "hr" | "hrs" | "hour" | "hours" | "hora" | "horas" => number.checked_mul(60)?,
            "m" | "min" | "mins" | "minute" | "minutes" | "minuto" | "minutos" => number,
            // Seconds of a running time are ignored.
            "s" | "sec" | "secs" | "second" | "seconds" | "seg" | "segundo" | "segundos" if total > 0 => 0,
            // Several numbers are not added: "1,5 h", "80-90 min".
            "" if rest.is_empty() => number,
            _ => return None,
        };
        total = total.checked_add(minutes)?;
    }
    Some(total).filter(|total| *total > 0)
}

/// The minutes of a running time that the store takes; 0 is none.
pub(super) fn running_time(text: &str) -> Option<i64> {
    minutes(text).filter(|minutes| (0..=MINUTES_LIMIT).contains(minutes))
}

/// Brazil's age rating, in any of its usual forms; `None` for a rating of another country.
pub(super) fn age(text: &str) -> Option<&'static str> {
    const FREE: [&str; 7] = [
        "l",
        "al",
        "livre",
        "livre para todos os publicos",
        "livre para todos",
        "0",
        "er",
    ];
    const AROUND: [&str; 15] = [
        "a",
        "anos",
        "ano",
        "years",
        "year",
        "old",
        "nao",
        "recomendado",
        "para",
        "menores",
        "maiores",
        "de",
        "classind",
        "mais",
        "over",
    ];
    let text = fold(text);
    if FREE.contains(&text.as_str()) {
        return Some("L");
    }
    let mut found = None;
    for word in text.split(' ') {
        let digits = word.strip_prefix('a').unwrap_or(word);
        let age = ["10", "12", "14", "16", "18"].into_iter().find(|age| *age == digits);
        match age {
            Some(age) if found.is_none() => found = Some(age),
            None if AROUND.contains(&word) => {}
            _ => return None,
        }
    }
    found
}

/// Whether the values of a column are points or stars that people gave, not ages: a number that is no age rating, or only numbers up
/// to 10.
pub(super) fn are_points<'a>(cells: impl Iterator<Item = &'a str>) -> bool {
    let number = |cell: &str| cell.replace(',', ".").parse::<f64>().ok();
    let cells: Vec<_> = cells.filter(|cell| !cell.is_empty() && !is_nothing(cell)).collect();
    let is_point = |cell: &&&str| cell.contains(['★', '½', '/']) || number(cell).is_some() && age(cell).is_none();
    let are_low = |cell: &&str| number(cell).is_some_and(|number| number <= 10.0);
    cells.iter().any(|cell| is_point(&cell)) || !cells.is_empty() && cells.iter().all(are_low)
}

/// The people or genres of a list in one cell: a JSON or Python list, or texts with a separator.
pub(super) fn list(cell: &str, kind: ListKind) -> Vec<String> {
    if let Some(entries) = json_list(cell, kind) {
        return entries;
    }
    let trimmed = |parts: Vec<&str>| -> Vec<String> {
        let parts = parts.into_iter().map(str::trim).filter(|part| !part.is_empty());
        parts.map(ToOwned::to_owned).collect()
    };
    if cell.contains('|') {
        return trimmed(cell.split('|').collect());
    }
    if cell.contains([';', '\n']) {
        return trimmed(cell.split([';', '\n']).collect());
    }
    if cell.contains(',') {
        let parts = trimmed(cell.split(',').collect());
        return parts.into_iter().fold(Vec::new(), |mut entries, part| {
            match entries.last_mut() {
                Some(last) if kind == ListKind::People && SUFFIXES.contains(&fold(&part).as_str()) => {
                    *last = format!("{last}, {part}");
                }
                _ => entries.push(part),
            }
            entries
        });
    }
    trimmed(cell.split(" / ").collect())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ListKind {
    People,
    Genres,
    Countries,
    Languages,
}

/// TMDB's cells are lists of objects.
pub(super) fn json_list(cell: &str, kind: ListKind) -> Option<Vec<String>> {
    if !cell.starts_with('[') || !cell.ends_with(']') {
        return None;
    }
    let entries: Vec<Value> = serde_json::from_str(cell)
        .or_else(|_| serde_json::from_str(&as_json(cell)))
        .ok()?;
    let field = match kind {
        ListKind::Countries => "iso_3166_1",
        ListKind::Languages => "iso_639_1",
        ListKind::People | ListKind::Genres => "name",
    };
    let text = |entry: Value| match entry {
        Value::String(text) => Some(text),
        Value::Object(fields) => fields
            .get(field)
            .or_else(|| fields.get("name"))?
            .as_str()
            .map(ToOwned::to_owned),
        _ => None,
    };
    entries.into_iter().map(text).collect()
}

/// Converts a list as Python prints it to JSON: Python writes texts between apostrophes.
fn as_json(list: &str) -> String {
    let mut json = String::with_capacity(list.len());
    let mut open = None;
    let mut letters = list.chars();
    while let Some(letter) = letters.next() {
        match (open, letter) {
            (None, '\'' | '"') => {
                open = Some(letter);
                json.push('"');
            }
            (Some(quote), _) if letter == quote => {
                open = None;
                json.push('"');
            }
            (Some(_), '\\') => match letters.next() {
                Some('\'') => json.push('\''),
                Some(escaped) => json.extend(['\\', escaped]),
                None => {}
            },
            (Some(_), '"') => json.push_str("\\\""),
            _ => json.push(letter),
        }
    }
    json.replace(": None", ": null")
}

/// Puts the article first: "Hour of the Star, The" becomes "The Hour of the Star". A name in parentheses behind it has
/// an article of its own.
pub(super) fn with_article_first(name: &str) -> Option<String> {
    if let Some((before, inside)) = name.strip_suffix(')').and_then(|rest| rest.rsplit_once(" (")) {
        let (turned_before, turned_inside) = (with_article_first(before), with_article_first(inside));
        let is_turned = turned_before.is_some() || turned_inside.is_some();
        let before = turned_before.as_deref().unwrap_or(before);
        let inside = turned_inside.as_deref().unwrap_or(inside);
        return is_turned.then(|| format!("{before} ({inside})"));
    }
    let (rest, article) = name.rsplit_once(", ")?;
    let article = ARTICLES.into_iter().find(|known| *known == article)?;
    let space = if article.ends_with(['\'', '’']) { "" } else { " " };
    Some(format!("{article}{space}{rest}"))
}

/// Splits a name and the year behind it: "Limite (1931)".
pub(super) fn with_year(name: &str) -> Option<(&str, i64)> {
    let (rest, year) = name.strip_suffix(')')?.rsplit_once('(')?;
    let year = year.trim();
    let is_year = year.len() == 4 && year.bytes().all(|digit| digit.is_ascii_digit());
    Some((rest.trim_end(), year.parse().ok().filter(|_| is_year)?)).filter(|(rest, _)| !rest.is_empty())
}

#[cfg(test)]
mod tests;
