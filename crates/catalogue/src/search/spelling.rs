//! The words of a text, and the other ways in which people write the same words: joined, apart, with digits for a
//! numeral. Both the index and the searches read their texts by this.

use std::ops::Range;

use text::{fold, is_of_word};

use crate::search::{nasals, numbers};

/// Longer words are not joined, so that a name of two hundred letters does not become a term of its own.
const JOINED_BYTES: usize = 60;
/// In names of people, only words up to this length are joined with the next one: “De Niro” and “`DeNiro`”.
const PARTICLE_LETTERS: usize = 3;
/// Words for “&” in the languages of the names.
const CONJUNCTIONS: [&str; 10] = ["and", "e", "y", "et", "und", "en", "och", "og", "i", "ja"];
/// Words for “♥”.
const HEARTS: [&str; 5] = ["heart", "love", "coracao", "corazon", "amo"];
/// “½”, folded.
const HALF: &str = "1/2";
/// The Arabic article, which is written as one word with its noun, and the letters of the shortest noun.
const ARABIC_ARTICLE: &str = "ال";
const ARABIC_NOUN_LETTERS: usize = 3;
/// Articles that a name may begin with, and that people leave out when they search.
const ARTICLES: [&str; 26] = [
    "the", "a", "an", "o", "os", "as", "um", "uma", "el", "la", "los", "las", "le", "les", "l", "un", "une", "der",
    "die", "das", "il", "lo", "gli", "i", "den", "det",
];

/// A text's words, folded, in order.
#[derive(Debug, Default)]
pub(super) struct Words {
    letters: Vec<String>,
    /// Words that are written without a space between them, such as “Spider-Man”, have the same unit.
    units: Vec<usize>,
    /// How many words are before each “&” and “♥”, and the words for it.
    signs: Vec<(usize, &'static [&'static str])>,
    /// Whether “½” is among them.
    is_halved: bool,
}

impl Words {
    pub(super) fn of(text: &str) -> Self {
        let mut words = Self::default();
        for (unit, part) in nasals::as_dots(&fold(text)).split(' ').enumerate() {
            let before = words.letters.len();
            match part {
                "&" | "+" => words.signs.push((before, &CONJUNCTIONS)),
                "♥" | "❤" => words.signs.push((before, &HEARTS)),
                HALF => words.is_halved = true,
                _ => {}
            }
            for word in part.split(|letter| !is_of_word(letter)) {
                for letters in by_script(word) {
                    words.letters.push(letters.to_owned());
                    words.units.push(unit);
                }
            }
        }
        words
    }

    pub(super) fn truncate(&mut self, words: usize) {
        self.letters.truncate(words);
        self.units.truncate(words);
    }

    pub(super) fn letters(&self) -> &[String] {
        &self.letters
    }

    /// Some words joined: in “Spider-Man” or “Spider Man”, `spiderman`.
    pub(super) fn joined(&self, words: Range<usize>) -> Option<String> {
        let joined = self.letters.get(words)?.concat();
        (joined.len() <= JOINED_BYTES).then_some(joined)
    }

    /// The words that may also be written as one: two neighbours, all words of a unit, and single letters in a row, as
    /// in “E. T.” or “M*A*S*H”.
    fn joinable(&self) -> impl Iterator<Item = Range<usize>> {
        let pairs = (1..self.letters.len()).map(|second| second - 1..second + 1);
        let units = self.units.chunk_by(|one, other| one == other);
        let initials = self.letters.chunk_by(|one, other| is_initial(one) && is_initial(other));
        let longer = ranges(units.map(<[_]>::len)).chain(ranges(initials.map(<[_]>::len)));
        let longer: Vec<_> = longer.filter(|words| words.len() > 2).collect();
        pairs.chain(longer)
    }

    /// Other spellings of a word together with its neighbours, as a search looks for them.
    pub(super) fn others(&self, word: usize) -> Vec<String> {
        let with_neighbours = self.joinable().filter(|words| words.contains(&word));
        with_neighbours.filter_map(|words| self.joined(words)).collect()
    }

    /// Initials as one word: “E.T.” is `et`, “M*A*S*H” is `mash`.
    pub(super) fn initials(&self) -> Vec<String> {
        let is_letter = |word: &str| is_initial(word) && word.chars().all(char::is_alphabetic);
        let runs = self.letters.chunk_by(|one, other| is_letter(one) && is_letter(other));
        let runs = ranges(runs.map(<[_]>::len)).filter(|words| words.len() > 1);
        runs.filter_map(|words| self.joined(words)).collect()
    }

    /// Other words by which a name is found.
    pub(super) fn variants_of_name(&self) -> Vec<String> {
        let joined = self.joinable().filter_map(|words| self.joined(words));
        let mut variants: Vec<_> = joined.collect();
        for (place, word) in self.letters.iter().enumerate() {
            variants.extend(numbers::variants(place, word));
            variants.extend(arabic_noun(word).map(str::to_owned));
            if self.half(place).is_some() {
                variants.extend(HALF.split('/').map(str::to_owned));
            }
        }
        let signs = self.signs.iter().flat_map(|(_, words)| *words);
        variants.extend(signs.copied().map(str::to_owned));
        if self.is_halved {
            variants.extend(numbers::words_of_half().chain(CONJUNCTIONS).map(str::to_owned));
        }
        variants
    }

    /// How many words from a place on say “½”.
    fn half(&self, place: usize) -> Option<usize> {
        numbers::half(self.letters.get(place..)?, &CONJUNCTIONS)
    }

    /// Other words by which a person is found: fewer than for a name, because a film has many people.
    pub(super) fn variants_of_person(&self) -> Vec<String> {
        let is_written_as_one = |words: &Range<usize>| {
            let are_of_a_unit = self.units[words.start] == self.units[words.end - 1];
            words.len() > 2 || are_of_a_unit || self.letters[words.start].chars().count() <= PARTICLE_LETTERS
        };
        let joined = self.joinable().filter(is_written_as_one);
        let joined = joined.filter_map(|words| self.joined(words));
        let nouns = self.letters.iter().filter_map(|word| arabic_noun(word));
        joined.chain(nouns.map(str::to_owned)).collect()
    }

    /// The words, with digits for the numbers.
    fn with_digits(&self) -> Vec<String> {
        let mut words = Vec::new();
        let mut place = 0;
        while let Some(word) = self.letters.get(place) {
            let half = self.half(place);
            words.push(match half {
                Some(_) => HALF.replace('/', ""),
                None => numbers::digits(place, word).unwrap_or_else(|| word.clone()),
            });
            place += half.unwrap_or(1);
        }
        words
    }

    /// The whole text as one word, as it is typed and with its numbers as digits.
    pub(super) fn as_typed(&self) -> [String; 2] {
        [self.letters.concat(), self.with_digits().concat()]
    }

    /// The whole name as one word, in each way that it may be written: with its numbers as digits, and without its article.
    pub(super) fn whole(&self) -> Vec<String> {
        let digits = self.with_digits();
        let mut whole = self.as_typed().to_vec();
        if let [article, rest @ ..] = &*digits
            && !rest.is_empty()
            && ARTICLES.contains(&article.as_str())
        {
            whole.push(rest.concat());
        }
        if let [article, rest @ ..] = &*self.letters
            && let Some(noun) = arabic_noun(article)
        {
            whole.push(noun.to_owned() + &rest.concat());
        }
        if let Some((place, words)) = self.signs.first()
            && let Some((before, after)) = digits.split_at_checked(*place)
        {
            let (before, after) = (before.concat(), after.concat());
            whole.extend(words.iter().map(|word| format!("{before}{word}{after}")));
        }
        whole.retain(|name| !name.is_empty());
        whole.sort_unstable();
        whole.dedup();
        whole
    }
}

/// The text with German and Danish letters spelt with basic ones: “Müller” is also “Mueller”. `None` if it has no such letters.
pub(super) fn written_out(text: &str) -> Option<String> {
    let composed = text::nfc(text);
    let letters = [("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ø", "oe"), ("å", "aa")];
    let lower = composed.to_lowercase();
    let has_one = letters.iter().any(|(letter, _)| lower.contains(letter));
    has_one.then(|| {
        letters
            .iter()
            .fold(lower, |text, (letter, out)| text.replace(letter, out))
    })
}

/// Another way to write a word, that only the word itself is and no beginning of it: digits for a number, and an Arabic noun
/// without its article.
pub(super) fn alike(word: &str) -> Option<&str> {
    numbers::digits_of_word(word).or_else(|| arabic_noun(word))
}

fn arabic_noun(word: &str) -> Option<&str> {
    let noun = word.strip_prefix(ARABIC_ARTICLE)?;
    (noun.chars().count() >= ARABIC_NOUN_LETTERS).then_some(noun)
}

/// The pairs of letters of a word in a script without spaces, and its last letter, so that a search for one letter
/// finds the word. None for a word in another script.
pub(super) fn grams(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    if !letters.first().copied().is_some_and(is_without_spaces) {
        return Vec::new();
    }
    let pairs = letters.windows(2).map(|pair| pair.iter().collect());
    pairs.chain(letters.last().map(char::to_string)).collect()
}

/// Whether words of this script are not separated by spaces, or, as in Korean, not always.
fn is_without_spaces(letter: char) -> bool {
    matches!(
        letter,
        '\u{e00}'..='\u{eff}'
            | '\u{1000}'..='\u{109f}'
            | '\u{1100}'..='\u{11ff}'
            | '\u{1780}'..='\u{17ff}'
            | '\u{2e80}'..='\u{9fff}'
            | '\u{ac00}'..='\u{d7ff}'
            | '\u{f900}'..='\u{faff}'
            | '\u{20000}'..='\u{3ffff}'
    )
}

/// The parts of a word that are in a script without spaces, and those that are not.
fn by_script(word: &str) -> impl Iterator<Item = &str> {
    let mut rest = word;
    std::iter::from_fn(move || {
        let first = is_without_spaces(rest.chars().next()?);
        let end = rest.find(|letter| is_without_spaces(letter) != first && !text::is_mark(letter));
        let (part, others) = rest.split_at(end.unwrap_or(rest.len()));
        rest = others;
        Some(part)
    })
}

fn is_initial(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some() && letters.next().is_none()
}

/// Consecutive ranges of these lengths.
fn ranges(lengths: impl Iterator<Item = usize>) -> impl Iterator<Item = Range<usize>> {
    lengths.scan(0, |start, length| {
        let range = *start..*start + length;
        *start = range.end;
        Some(range)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_parted_where_the_script_changes() {
        let words = |text| Words::of(text).letters;
        assert_eq!(words("アベンジャーズ2: Endgame"), ["あべんじゃーず", "2", "endgame"]);
        assert_eq!(words("राम-रमा"), ["राम", "रमा"]);
        assert_eq!(words("เกมส์ล่า"), ["เกมส์ล่า"]);
    }

    #[test]
    fn words_are_also_written_as_one() {
        let variants = |text| Words::of(text).variants_of_name();
        assert_eq!(variants("Spider-Man"), ["spiderman"]);
        assert_eq!(variants("M*A*S*H"), ["ma", "as", "sh", "mash", "mash"]);
        assert_eq!(Words::of("E.T. the Extra-Terrestrial").initials(), ["et"]);
        assert_eq!(Words::of("M*A*S*H 2").initials(), ["mash"]);
        assert_eq!(Words::of("I Vitelloni").initials(), [""; 0]);
        assert_eq!(variants("Rocky II"), ["rockyii", "2"]);
        assert_eq!(variants("I Vitelloni"), ["ivitelloni"]);
        assert!(variants("Fast & Furious").contains(&"and".to_owned()));
        assert_eq!(Words::of("Robert De Niro").variants_of_person(), ["deniro"]);
        assert_eq!(
            Words::of("Jean-Luc Godard").variants_of_person(),
            ["jeanluc", "lucgodard"]
        );
        assert_eq!(Words::of("spider man").others(0), ["spiderman"]);
        assert_eq!(Words::of("The Rocky II").whole(), ["rocky2", "therocky2", "therockyii"]);
    }

    #[test]
    fn a_word_without_spaces_has_pairs_of_letters() {
        assert_eq!(grams("生きる"), ["生き", "きる", "る"]);
        assert_eq!(grams("龙"), ["龙"]);
        assert_eq!(grams("ikiru"), [""; 0]);
    }
}
