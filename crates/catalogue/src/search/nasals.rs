//! A nasal before a consonant, which Indic scripts write in two ways: as a letter without a vowel, or as a dot, the anusvara:
//! हिन्दी and हिंदी. Only searches take the two for one: the ids of films that are derived from their names are stored.

use std::borrow::Cow;

/// The first characters of the scripts in which both ways are common: Devanagari, Gujarati, Telugu and Kannada. The characters
/// of all four come in the same order.
const SCRIPTS: [u32; 4] = [0x900, 0xa80, 0xc00, 0xc80];
const SCRIPT_LENGTH: u32 = 0x80;
const ANUSVARA: u32 = 0x02;
/// Takes the vowel from a consonant.
const VIRAMA: u32 = 0x4d;
/// The consonants by the place where they are spoken. The last one of each class is its nasal.
const CLASSES: [std::ops::RangeInclusive<u32>; 5] = [0x15..=0x19, 0x1a..=0x1e, 0x1f..=0x23, 0x24..=0x28, 0x2a..=0x2e];

/// The text with each nasal before another consonant of its class as a dot.
pub(super) fn as_dots(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|letter| SCRIPTS.contains(&script(letter))) {
        return text.into();
    }
    let mut dotted = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(letter) = rest.next() {
        let mut next = rest.clone();
        let dot = next
            .next()
            .zip(next.next())
            .and_then(|(virama, consonant)| dot(letter, virama, consonant));
        if dot.is_some() {
            // The virama is part of the dot.
            rest.next();
        }
        dotted.push(dot.unwrap_or(letter));
    }
    dotted.into()
}

/// The first character of a letter's script.
fn script(letter: char) -> u32 {
    u32::from(letter) / SCRIPT_LENGTH * SCRIPT_LENGTH
}

/// The dot for the first two of three letters, if they are a nasal before a consonant of its class. A doubled nasal is none: अन्न.
fn dot(nasal: char, virama: char, consonant: char) -> Option<char> {
    let script = script(nasal);
    let place = |letter: char| u32::from(letter).checked_sub(script);
    let class = CLASSES.iter().find(|class| place(nasal) == Some(*class.end()))?;
    let is_dot = SCRIPTS.contains(&script)
        && place(virama) == Some(VIRAMA)
        && place(consonant).is_some_and(|place| class.contains(&place) && place != *class.end());
    is_dot.then(|| char::from_u32(script + ANUSVARA))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nasal_before_a_consonant_of_its_class_is_a_dot() {
        for (letters, dots) in [
            ("हिन्दी", "हिंदी"),
            ("रङ्ग", "रंग"),
            ("पञ्च", "पंच"),
            ("डण्डा", "डंडा"),
            ("चम्पा", "चंपा"),
            ("હિન્દ", "હિંદ"),
            ("సమ్పద", "సంపద"),
        ] {
            assert_eq!(as_dots(letters), dots);
        }
        for other in ["अन्न", "जन्म", "हिंदी", "न्", "वाङ्मय", "কন্দ", "Hindi", ""]
        {
            assert_eq!(as_dots(other), other);
        }
    }
}
