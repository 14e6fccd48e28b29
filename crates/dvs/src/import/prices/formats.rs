//! The currencies in the formats of a workbook's numbers.

use super::currency_of;

/// The currency that a format shows: `[$€-407] #,##0.00`, `"R$" 0.00`. A bare `$` is that of any country.
pub(in crate::import) fn currency_of_format(format: &str) -> Option<String> {
    let mut literals = vec![String::new()];
    let mut letters = format.chars();
    while let Some(letter) = letters.next() {
        let text: String = match letter {
            // Other numbers, such as negative ones, have the formats that follow.
            ';' => break,
            '"' => letters.by_ref().take_while(|letter| *letter != '"').collect(),
            '\\' => letters.next().into_iter().collect(),
            '_' | '*' => {
                letters.next();
                String::new()
            }
            '[' => {
                let inside: String = letters.by_ref().take_while(|letter| *letter != ']').collect();
                let sign = inside.strip_prefix('$').map(|sign| sign.split('-').next());
                sign.flatten().unwrap_or_default().to_owned()
            }
            '#' | '0' | '?' | '.' | ',' | '%' | ' ' => {
                literals.push(String::new());
                continue;
            }
            letter => letter.into(),
        };
        if let Some(literal) = literals.last_mut() {
            literal.push_str(&text);
        }
    }
    literals.iter().find_map(|literal| currency_of(literal.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_shows_its_currency() {
        for (format, currency) in [
            ("[$€-407] #,##0.00", Some("EUR")),
            ("[$R$-416] #,##0.00", Some("BRL")),
            ("\"R$\" #,##0.00", Some("BRL")),
            ("\"R$ \"#,##0.00;[Red]-\"R$ \"#,##0.00", Some("BRL")),
            ("#,##0.00\\ \"€\"", Some("EUR")),
            ("#,##0.00 €", Some("EUR")),
            ("_-* #,##0.00\\ [$USD]_-", Some("USD")),
            ("R\\$0.00", Some("BRL")),
            ("\"$\"#,##0.00", None),
            ("[$-416]dd/mm/yyyy", None),
            ("General", None),
            ("[Red]0.00", None),
            ("0.00 \"min\"", None),
            ("\"open", None),
        ] {
            assert_eq!(currency_of_format(format).as_deref(), currency, "{format}");
        }
    }
}
