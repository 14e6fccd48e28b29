//! Guards the cells of a table, so that a spreadsheet shows them and does not run them. It takes a cell that begins with one of
//! a few characters for a formula, and a name of a film may begin with any; in other languages it also separates cells at
//! semicolons or tabs, even inside of quotes. An apostrophe is put at each such place, and an import removes it again.

use std::borrow::Cow;

/// The first characters of formulas, also in the form of East Asian keyboards.
const STARTS: [char; 8] = ['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];
/// After these, a spreadsheet may see another cell.
const SEPARATORS: [char; 5] = [',', ';', '\t', '\n', '\r'];
const GUARD: char = '\'';
/// What a cell shows if its formula failed, in English, Portuguese and Spanish, without the marks around it.
const ERRORS: [&str; 19] = [
    "NULL",
    "NULO",
    "DIV/0",
    "VALUE",
    "VALOR",
    "REF",
    "NAME",
    "NOME",
    "NOMBRE",
    "NUM",
    "NÚM",
    "N/A",
    "N/D",
    "SPILL",
    "DESPEJAR",
    "CALC",
    "CÁLC",
    "DATA",
    "GETTING_DATA",
];
/// Replaces the value of a formula that was never calculated.
pub(crate) const UNCALCULATED: &str = "#CALC!";

/// Adds an apostrophe at each place that could be a formula.
pub(crate) fn guard(cell: &str) -> Cow<'_, str> {
    if is_error(cell.trim_start_matches(GUARD)) {
        return Cow::Owned(format!("{GUARD}{cell}"));
    }
    rewrite(cell, |text, guards| {
        text.extend(std::iter::repeat_n(GUARD, guards + 1));
    })
}

/// Removes these apostrophes.
pub(crate) fn unguard(cell: &str) -> Cow<'_, str> {
    if let Some(guarded) = cell.strip_prefix(GUARD)
        && is_error(guarded.trim_start_matches(GUARD))
    {
        return Cow::Borrowed(guarded);
    }
    rewrite(cell, |text, guards| {
        text.extend(std::iter::repeat_n(GUARD, guards.saturating_sub(1)));
    })
}

/// Whether a cell shows that its formula failed: `#REF!`, `#N/D`, `#¿NOMBRE?`. It is not a text.
pub(crate) fn is_error(cell: &str) -> bool {
    let Some(marked) = cell.strip_prefix('#') else {
        return false;
    };
    let name = marked.trim_start_matches(['¡', '¿']).trim_end_matches(['!', '?']);
    let has_no_mark = matches!(name, "N/A" | "N/D" | "GETTING_DATA");
    ERRORS.contains(&name) && (has_no_mark || marked.ends_with(['!', '?']))
}

/// Rewrites the apostrophes (none, one or several) before each place that could be a formula.
fn rewrite(cell: &str, write: impl Fn(&mut String, usize)) -> Cow<'_, str> {
    if !cell.contains(STARTS) && !cell.starts_with(['\t', '\r']) {
        return Cow::Borrowed(cell);
    }
    let mut text = String::with_capacity(cell.len() + 2);
    let mut guards = 0;
    let mut is_start = true;
    for letter in cell.chars() {
        if is_start && letter == GUARD {
            guards += 1;
            continue;
        }
        if is_start && STARTS.contains(&letter) {
            write(&mut text, guards);
        } else {
            text.extend(std::iter::repeat_n(GUARD, guards));
        }
        guards = 0;
        is_start = SEPARATORS.contains(&letter);
        text.push(letter);
    }
    text.extend(std::iter::repeat_n(GUARD, guards));
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_begins_like_a_formula_gets_an_apostrophe() {
        for (cell, guarded) in [
            ("=1+1", "'=1+1"),
            ("-30-", "'-30-"),
            ("@home", "'@home"),
            ("\u{ff1d}1", "'\u{ff1d}1"),
            ("'=1", "''=1"),
            ("a;=1+1", "a;'=1+1"),
            ("\t=1", "\t'=1"),
            ("one\n=1", "one\n'=1"),
            ("Spider-Man", "Spider-Man"),
            ("'Tis", "'Tis"),
            ("#REF!", "'#REF!"),
            ("'#N/D", "''#N/D"),
            ("#1 Fan", "#1 Fan"),
            ("", ""),
        ] {
            assert_eq!(guard(cell), guarded, "{cell}");
            assert_eq!(unguard(guarded), cell, "{guarded}");
        }
    }

    #[test]
    fn a_failed_formula_is_known() {
        for cell in [
            "#REF!",
            "#N/A",
            "#N/D",
            "#DIV/0!",
            "#VALOR!",
            "#NOME?",
            "#¿NOMBRE?",
            "#¡REF!",
            UNCALCULATED,
        ] {
            assert!(is_error(cell), "{cell}");
        }
        for cell in [
            "#Alive",
            "#REF",
            "REF!",
            "#1 Fan",
            "#",
            "",
            "#NAME",
            "#realityhigh",
            "#REF! and more",
        ] {
            assert!(!is_error(cell), "{cell}");
        }
    }

    proptest! {
        #[test]
        fn every_cell_comes_back_as_it_was(cell in "[=+@;,'\n\ta-]{0,12}") {
            let guarded = guard(&cell);
            prop_assert_eq!(unguard(&guarded), cell.as_str());
            let separators = [',', ';', '\t', '\n', '\r'];
            prop_assert!(guarded.split(separators).all(|part| !part.starts_with(['=', '+', '-', '@'])));
        }
    }
}
