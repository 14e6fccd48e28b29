//! The countries or languages in one cell.

use super::names::joined;

/// The codes of a cell's entries, and the entries that are not known. A name may have a comma in it, so the whole cell and each of
/// its parts come first, also turned around: "Korea, Republic of".
pub(super) fn codes(cell: &str, known: impl Fn(&str) -> Option<String>) -> (Vec<String>, Vec<String>) {
    let (mut codes, mut unknown) = (Vec::new(), Vec::new());
    let turned = |before: &str, behind: &str| known(&format!("{behind} {before}"));
    let whole = |text: &str| {
        let (before, behind) = text.split_once(',').unwrap_or((text, ""));
        known(text).or_else(|| turned(before.trim(), behind.trim()))
    };
    if let Some(code) = whole(cell) {
        return (vec![code], unknown);
    }
    for part in entries(cell, &['|', ';', '\n', '/']) {
        if let Some(found) = whole(part).map(|code| vec![code]).or_else(|| joined(part, &known)) {
            codes.extend(found);
            continue;
        }
        let mut names = entries(part, &[',']).peekable();
        while let Some(name) = names.next() {
            let behind = names.peek().filter(|next| known(next).is_none());
            if let Some(code) = behind.and_then(|behind| turned(name, behind)) {
                names.next();
                codes.push(code);
            } else if let Some(found) = known(name).map(|code| vec![code]).or_else(|| joined(name, &known)) {
                codes.extend(found);
            } else {
                unknown.push(name.to_owned());
            }
        }
    }
    (codes, unknown)
}

fn entries<'a>(cell: &'a str, separators: &'a [char]) -> impl Iterator<Item = &'a str> {
    let entries = cell.split(separators).map(str::trim);
    entries.filter(|entry| !entry.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::names::{country, language};

    #[test]
    fn a_name_may_have_a_comma() {
        let countries = |cell: &str| {
            let (codes, unknown) = codes(cell, |name| country(name).map(ToOwned::to_owned));
            assert!(unknown.is_empty(), "{unknown:?}");
            codes.join(" ")
        };
        for (cell, read) in [
            ("Congo, The Democratic Republic of the", "CD"),
            ("Korea, Democratic People's Republic of", "KP"),
            ("Korea, Republic of", "KR"),
            ("Korea, South", "KR"),
            ("Guinea, Equatorial", "GQ"),
            ("Samoa, American", "AS"),
            ("Ireland, Northern", "GB"),
            ("China, Hong Kong SAR", "HK"),
            ("Hong Kong, China", "HK CN"),
            ("USA, UK", "US GB"),
            ("Spain, Guinea, Equatorial, France", "ES GQ FR"),
            ("Guinea, Equatorial; Spain", "GQ ES"),
            ("Brasil/França | Chile", "BR FR CL"),
            ("Brazil, France and Italy", "BR FR IT"),
            ("Bosnia and Herzegovina, Italy", "BA IT"),
        ] {
            assert_eq!(countries(cell), read, "{cell}");
        }
        assert_eq!(
            codes("Norwegian, Old", language),
            (vec!["no".to_owned()], vec!["Old".to_owned()])
        );
        assert_eq!(codes("Chinese, Traditional", language).0, ["zh-Hant"]);
    }
}
