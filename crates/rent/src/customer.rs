//! Customers and what they tell us of themselves, checked at the door.

use std::fmt;
use std::str::FromStr;

use zxcvbn::Score;

use crate::fault::{Fault, Result};
use crate::id::CustomerId;

/// Somebody with an account.
#[derive(Debug, Clone)]
pub(crate) struct Customer {
    pub(crate) id: CustomerId,
    pub(crate) email: Email,
    pub(crate) name: Name,
    pub(crate) email_verified: bool,
    pub(crate) language: Language,
    pub(crate) staff: bool,
    /// Whether they want to be reminded before a rental ends.
    pub(crate) reminders: bool,
    pub(crate) created_at_us: i64,
}

/// An e-mail address as its owner writes it, the domain in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// The longest address that mail servers pass on.
    const LIMIT_BYTES: usize = 254;

    pub(crate) fn parse(text: &str) -> Result<Self> {
        let refused = || Fault::invalid("email", "This is not an e-mail address.");
        let text = text.trim();
        if text.len() > Self::LIMIT_BYTES {
            return Err(refused());
        }
        let address = lettre::Address::from_str(text).map_err(|_| refused())?;
        // Neither a machine of one's own nor a bare IP address gets mail from a store.
        if !address.domain().contains('.') || address.domain().starts_with('[') {
            return Err(refused());
        }
        Ok(Self(format!("{}@{}", address.user(), address.domain().to_lowercase())))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which two addresses are the same: hardly any mail server tells cases apart, and no person does.
    pub(crate) fn folded(&self) -> String {
        self.0.to_lowercase()
    }
}

/// What a customer wants to be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    const LIMIT_CHARS: usize = 100;

    pub(crate) fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        let fits = (1..=Self::LIMIT_CHARS).contains(&text.chars().count());
        if fits && !text.chars().any(char::is_control) {
            return Ok(Self(text.to_owned()));
        }
        Err(Fault::invalid("name", "A name has 1 to 100 characters on one line."))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A password that was thought of as one. It is never kept, and never printed.
pub(crate) struct Password(String);

impl Password {
    const MINIMUM_CHARS: usize = 8;
    const LIMIT_CHARS: usize = 200;
    /// Sign-ins are limited to a few a minute, and hashes are slow; what falls to the first thousand guesses is refused.
    const MINIMUM_SCORE: Score = Score::One;

    /// A new password; `known` is what everybody knows of its owner.
    pub(crate) fn choose(text: &str, known: &[&str]) -> Result<Self> {
        let length = text.chars().count();
        if length < Self::MINIMUM_CHARS {
            return Err(Fault::invalid("password", "A password has at least 8 characters."));
        }
        if length > Self::LIMIT_CHARS {
            return Err(Fault::invalid("password", "A password has at most 200 characters."));
        }
        let strength = zxcvbn::zxcvbn(text, known);
        if strength.score() < Self::MINIMUM_SCORE {
            let advice = strength.feedback().and_then(zxcvbn::feedback::Feedback::warning);
            let advice = advice.map_or_else(
                || "A few words that do not belong together are better.".to_owned(),
                |why| why.to_string(),
            );
            return Err(Fault::PasswordTooWeak { advice });
        }
        Ok(Self(text.to_owned()))
    }

    /// What somebody shows who signs in: whatever it is, it is compared with the right one.
    pub(crate) fn shown(text: &str) -> Result<Self> {
        if text.chars().count() > Self::LIMIT_CHARS {
            return Err(Fault::WrongCredentials);
        }
        Ok(Self(text.to_owned()))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Password(…)")
    }
}

/// The language of a customer's mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    English,
    Portuguese,
}

impl Language {
    /// The nearest language there is to a BCP 47 tag.
    pub(crate) fn nearest(tag: &str) -> Self {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        if primary.eq_ignore_ascii_case("pt") {
            Self::Portuguese
        } else {
            Self::English
        }
    }

    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Portuguese => "pt-BR",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_trimmed_and_its_domain_lowered() {
        assert_eq!(
            Email::parse(" Ana.Souza@Example.COM ").unwrap().as_str(),
            "Ana.Souza@example.com"
        );
    }

    #[test]
    fn an_address_that_was_taken_in_is_taken_in_again_as_it_is() {
        for text in [
            "ana+films@example.com.br",
            "\"ana souza\"@example.com",
            "ana@exämple.com",
            "o'neill@EXAMPLE.ie",
        ] {
            let email = Email::parse(text).unwrap();
            assert_eq!(Email::parse(email.as_str()).unwrap(), email);
        }
    }

    #[test]
    fn two_spellings_of_an_address_are_the_same() {
        let one = Email::parse("Ana@example.com").unwrap();
        let other = Email::parse("ANA@EXAMPLE.COM").unwrap();
        assert_eq!(one.folded(), other.folded());
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}@example.com", "x".repeat(260));
        for bad in [
            "",
            "ana",
            "ana@",
            "@example.com",
            "a b@example.com",
            "ana@localhost",
            "a@b@example.com",
            "ana@[127.0.0.1]",
            &long,
        ] {
            assert!(Email::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_password_is_long_enough_and_not_what_everybody_tries_first() {
        for bad in [
            "",
            "1234567",
            "password",
            "12345678",
            "password123",
            "qwertyuiop",
            &"x".repeat(201),
        ] {
            assert!(Password::choose(bad, &[]).is_err(), "{bad}");
        }
        assert!(Password::choose("ana@example.com", &["ana@example.com"]).is_err());
        for good in [
            "correct horse battery",
            "nosferatu-1922-orlok",
            "uma senha bem comprida",
            "Zq8-kkPw",
        ] {
            assert!(Password::choose(good, &["ana"]).is_ok(), "{good}");
        }
    }

    #[test]
    fn a_name_has_letters_and_fits_on_a_line() {
        assert_eq!(Name::parse("  José da Silva ").unwrap().as_str(), "José da Silva");
        for bad in ["", "  ", "a\nb", &"x".repeat(101)] {
            assert!(Name::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn mail_is_in_portuguese_or_in_english() {
        for (tag, language) in [
            ("pt-BR", Language::Portuguese),
            ("pt", Language::Portuguese),
            ("PT-pt", Language::Portuguese),
            ("en", Language::English),
            ("", Language::English),
            ("ptolemaic", Language::English),
        ] {
            assert_eq!(Language::nearest(tag), language, "{tag}");
        }
    }
}
