//! Passwords as people type them: the rules for a new one, and how a shown one is compared.

use std::fmt;
use std::sync::LazyLock;

use crate::fault::{Fault, Result};

/// Passwords that attackers try first; the file says where they come from.
static COMMON: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let text = include_str!("common_passwords.txt");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(str::split_whitespace).collect()
});

/// A password. It is never stored, and never printed.
pub(crate) struct Password {
    /// In Unicode's composed form (NFC), because another device may send another form of the same letters.
    composed: String,
    /// As it was typed, if that differs: older hashes were made of that.
    typed: Option<String>,
}

impl Password {
    const MINIMUM_CHARS: usize = 8;
    const LIMIT_CHARS: usize = 200;
    /// Each of the ten thousand most common passwords takes far fewer guesses, even with a year or a sign appended.
    const MINIMUM_GUESSES: u64 = 2_000_000;
    /// Shorter parts of a name or an address occur in too many words to count.
    const PART_MINIMUM_CHARS: usize = 3;
    /// A piece of a word this long still recalls the name or address that it is from.
    const PIECE_MINIMUM_CHARS: usize = 6;
    /// How many characters a password must have besides parts of a name or an address.
    const OWN_MINIMUM_CHARS: usize = 6;

    /// A new password; `known` is what others know of its owner, such as the name and the address.
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

    /// The password of a sign-in. The rules for new ones do not apply: it only has to be the right one.
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

    /// The bytes to hash.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.composed.as_bytes()
    }

    /// The bytes that a stored hash may have been made of, the likeliest first.
    pub(crate) fn candidates(&self) -> impl Iterator<Item = &[u8]> {
        [Some(&self.composed), self.typed.as_ref()]
            .into_iter()
            .flatten()
            .map(String::as_bytes)
    }
}

/// The spellings that an attacker would try: in lower case, without accents, and without the signs in between.
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

/// Whether few characters of a password are left without these parts.
fn is_made_of(password: &str, parts: &[String]) -> bool {
    let plain = text::fold(password);
    let whole: String = plain.chars().filter(|one| one.is_alphanumeric()).collect();
    let rest = parts
        .iter()
        .fold(whole.clone(), |rest, part| rest.replace(part.as_str(), ""));
    rest != whole && rest.chars().count() < Password::OWN_MINIMUM_CHARS
}

/// Whether few characters of a password are left without the longest piece that it shares with a name or an address.
fn is_mostly_a_piece_of(password: &str, known: &[&str]) -> bool {
    let letters = |text: &str| -> Vec<char> { text::fold(text).chars().filter(|one| one.is_alphanumeric()).collect() };
    let whole = letters(password);
    let pieces = known.iter().map(|known| longest_in_both(&whole, &letters(known)));
    let longest = pieces.max().unwrap_or_default();
    longest >= Password::PIECE_MINIMUM_CHARS && whole.len() - longest < Password::OWN_MINIMUM_CHARS
}

/// The length of the longest piece that two texts share.
fn longest_in_both(one: &[char], other: &[char]) -> usize {
    // The length of the shared piece that ends at each letter of the other text, and of the one before it.
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

/// The words of a name or an address, the longest first, and the whole of it.
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
