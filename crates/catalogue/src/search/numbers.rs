//! Numbers, which people write as words, as digits or as Roman numerals: “Twelve Monkeys” is “12 Monkeys”, and “Rocky II” is
//! “Rocky 2” and “Rocky Two”.

use std::collections::HashMap;
use std::sync::LazyLock;

use text::fold;

/// Films are not numbered higher with Roman numerals.
const LARGEST_NUMERAL: u32 = 39;
/// What is added to a number to say “½”, after a word for “and”: “eight and a half”, “oito e meio”.
const HALVES: [&str; 5] = ["half", "meio", "meia", "medio", "media"];
/// May come before a half.
const A: &str = "a";

/// The digits of the words, by the file beside this one.
static DIGITS: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    let lines = include_str!("vocabulary/numbers.txt").lines();
    let lines = lines.filter(|line| !line.starts_with('#'));
    let numbers = lines.filter_map(|line| line.split_once(": "));
    numbers
        .flat_map(|(digits, words)| words.split(", ").map(move |word| (fold(word), digits)))
        .collect()
});

/// The digits of a number that is written as a word.
pub(super) fn digits_of_word(word: &str) -> Option<&'static str> {
    DIGITS.get(word).copied()
}

/// The digits of a number that is written as a word or as a Roman numeral, which no name begins with: “X” is a letter.
pub(super) fn digits(place: usize, word: &str) -> Option<String> {
    let of_word = digits_of_word(word).map(str::to_owned);
    of_word.or_else(|| of_roman(word).filter(|_| place > 0).map(|number| number.to_string()))
}

/// The other ways to write a number that is a word of a name, as far as searches do not reduce them to digits themselves.
pub(super) fn variants(place: usize, word: &str) -> Vec<String> {
    let digits = digits(place, word);
    let number = digits.as_deref().unwrap_or(word);
    let roman = if place > 0 && of_roman(word).is_none() {
        to_roman(number)
    } else {
        None
    };
    digits.iter().cloned().chain(roman).collect()
}

/// How many words at the beginning say “½”, if they do: “and a half”.
pub(super) fn half(words: &[String], conjunctions: &[&str]) -> Option<usize> {
    let [and, rest @ ..] = words else { return None };
    let article = usize::from(rest.first().is_some_and(|word| word == A));
    let is_half = rest.get(article).is_some_and(|word| HALVES.contains(&word.as_str()));
    (conjunctions.contains(&and.as_str()) && is_half).then_some(article + 2)
}

/// The words by which “½” is found, besides its digits.
pub(super) fn words_of_half() -> impl Iterator<Item = &'static str> {
    HALVES.into_iter().chain([A])
}

/// Not for one: “I” is a word.
fn of_roman(word: &str) -> Option<u32> {
    let is_roman = word.bytes().all(|letter| matches!(letter, b'i' | b'v' | b'x'));
    is_roman.then(|| (2..=LARGEST_NUMERAL).find(|number| roman(*number) == word))?
}

fn to_roman(digits: &str) -> Option<String> {
    let number: u32 = digits.parse().ok()?;
    ((2..=LARGEST_NUMERAL).contains(&number) && digits.len() <= 2 && !digits.starts_with('0')).then(|| roman(number))
}

fn roman(mut number: u32) -> String {
    let mut letters = String::new();
    for (value, numeral) in [(10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")] {
        while number >= value {
            letters.push_str(numeral);
            number -= value;
        }
    }
    letters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_written_in_each_way() {
        for (word, others) in [
            ("2", &["ii"][..]),
            ("ii", &["2"]),
            ("two", &["2", "ii"]),
            ("9", &["ix"]),
            ("xiv", &["14"]),
            ("39", &["xxxix"]),
            ("doze", &["12", "xii"]),
            ("dieciseis", &["16", "xvi"]),
            ("cem", &["100"]),
            ("zero", &["0"]),
        ] {
            assert_eq!(variants(1, word), others, "{word}");
        }
        for (word, others) in [("x", &[][..]), ("12", &[]), ("twelve", &["12"])] {
            assert_eq!(variants(0, word), others, "{word}");
        }
        for word in [
            "i", "1", "0", "40", "02", "iiii", "vv", "mix", "civil", "", "xl", "one", "dos", "once",
        ] {
            assert_eq!(variants(1, word), [""; 0], "{word}");
        }
    }

    #[test]
    fn a_half_follows_a_word_for_and() {
        let half = |text: &str| {
            let words: Vec<_> = text.split(' ').map(str::to_owned).collect();
            half(&words, &["and", "e", "y"])
        };
        assert_eq!(half("and a half men"), Some(3));
        assert_eq!(half("e meio"), Some(2));
        assert_eq!(half("y media"), Some(2));
        for text in ["a half", "and a man", "and", "half", "and a"] {
            assert_eq!(half(text), None, "{text}");
        }
    }
}
