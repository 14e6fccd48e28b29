//! Passwords as they are typed: what a new one must be, and how one that is shown is compared.

use std::fmt;
use std::sync::LazyLock;

use crate::fault::{Fault, Result};

/// What attackers try early; see the file.
static COMMON: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let text = include_str!("common_passwords.txt");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(str::split_whitespace).collect()
});

/// A password that was thought of as one. It is never kept, and never printed.
pub(crate) struct Password {
    /// With each letter written in one way: another device may write it in another.
    composed: String,
    /// As it was typed, where that is something else: older hashes are of that.
    typed: Option<String>,
}

impl Password {
    const MINIMUM_CHARS: usize = 8;
    const LIMIT_CHARS: usize = 200;
    /// The ten thousand most common passwords fall within far fewer guesses, also with a year or a sign behind them.
    const MINIMUM_GUESSES: u64 = 2_000_000;
    /// Shorter parts of a name or an address say nothing of who has it.
    const PART_MINIMUM_CHARS: usize = 3;
    /// A piece of one word of a name or an address is long enough to be known again.
    const PIECE_MINIMUM_CHARS: usize = 6;
    /// How much there must be beside parts of a name or an address.
    const OWN_MINIMUM_CHARS: usize = 6;

    /// A new password; `known` is what everybody knows of its owner.
    pub(crate) fn choose(text: &str, known: &[&str]) -> Result<Self> {
        let text = text::nfc(text).into_owned();
        let length = text.chars().count();
        if length < Self::MINIMUM_CHARS {
            return Err(Fault::invalid("password", "A password has at least 8 characters."));
        }
        if length > Self::LIMIT_CHARS {
            return Err(Fault::invalid("password", "A password has at most 200 characters."));
        }
        let parts: Vec<String> = known.iter().flat_map(|known| parts(known)).collect();
        if is_made_of(&text, &parts) || is_mostly_a_piece_of(&text, known) {
            let advice = "It is made of your name or your address.".to_owned();
            return Err(Fault::PasswordTooWeak { advice });
        }
        let inputs: Vec<&str> = parts.iter().map(String::as_str).chain(COMMON.iter().copied()).collect();
        for spelling in spellings(&text) {
            let strength = zxcvbn::zxcvbn(&spelling, &inputs);
            if strength.guesses() < Self::MINIMUM_GUESSES {
                let advice = strength.feedback().and_then(zxcvbn::feedback::Feedback::warning);
                let advice = advice.map_or_else(
                    || "A few words that do not belong together are better.".to_owned(),
                    |why| why.to_string(),
                );
                return Err(Fault::PasswordTooWeak { advice });
            }
        }
        Ok(Self {
            composed: text,
            typed: None,
        })
    }

    /// What somebody shows who signs in: whatever it is, it is compared with the right one.
    pub(crate) fn shown(text: &str) -> Result<Self> {
        if text.chars().count() > Self::LIMIT_CHARS {
            return Err(Fault::WrongCredentials);
        }
        let composed = text::nfc(text).into_owned();
        Ok(Self {
            typed: (composed != text).then(|| text.to_owned()),
            composed,
        })
    }

    /// What is hashed.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.composed.as_bytes()
    }

    /// What a hash may be of, likeliest first.
    pub(crate) fn candidates(&self) -> impl Iterator<Item = &[u8]> {
        [Some(&self.composed), self.typed.as_ref()]
            .into_iter()
            .flatten()
            .map(String::as_bytes)
    }
}

/// The password as whoever guesses would try it: in lower case and without accents, and without the signs between.
fn spellings(text: &str) -> Vec<String> {
    let plain = text::fold(text);
    let letters: String = plain.chars().filter(|one| one.is_alphanumeric()).collect();
    let mut spellings = vec![text.to_owned()];
    for spelling in [plain, letters] {
        if !spelling.is_empty() && !spellings.contains(&spelling) {
            spellings.push(spelling);
        }
    }
    spellings
}

/// Whether hardly anything is left of a password without these parts.
fn is_made_of(password: &str, parts: &[String]) -> bool {
    let plain = text::fold(password);
    let whole: String = plain.chars().filter(|one| one.is_alphanumeric()).collect();
    let rest = parts
        .iter()
        .fold(whole.clone(), |rest, part| rest.replace(part.as_str(), ""));
    rest != whole && rest.chars().count() < Password::OWN_MINIMUM_CHARS
}

/// Whether hardly anything is left of a password without the longest piece that it has of a name or an address.
fn is_mostly_a_piece_of(password: &str, known: &[&str]) -> bool {
    let letters = |text: &str| -> Vec<char> { text::fold(text).chars().filter(|one| one.is_alphanumeric()).collect() };
    let whole = letters(password);
    let pieces = known.iter().map(|known| longest_in_both(&whole, &letters(known)));
    let longest = pieces.max().unwrap_or_default();
    longest >= Password::PIECE_MINIMUM_CHARS && whole.len() - longest < Password::OWN_MINIMUM_CHARS
}

/// How long the longest piece is that two texts have.
fn longest_in_both(one: &[char], other: &[char]) -> usize {
    // How long the piece is that ends at each letter of the other text, and at the one that was looked at last.
    let mut ending = vec![0; other.len() + 1];
    let mut longest = 0;
    for letter in one {
        let mut before = 0;
        for (length, another) in ending.iter_mut().skip(1).zip(other) {
            let here = if letter == another { before + 1 } else { 0 };
            before = std::mem::replace(length, here);
            longest = longest.max(here);
        }
    }
    longest
}

/// What a name or an address is made of, the longest first, and the whole of it.
fn parts(known: &str) -> Vec<String> {
    let plain = text::fold(known);
    let words = plain.split(|one: char| !one.is_alphanumeric());
    let together: String = words.clone().collect();
    let mut parts: Vec<_> = words.map(ToOwned::to_owned).collect();
    parts.extend([plain, together]);
    parts.retain(|part| part.chars().count() >= Password::PART_MINIMUM_CHARS);
    parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
    parts
}

impl fmt::Debug for Password {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Password(…)")
    }
}

#[cfg(test)]
mod tests;
