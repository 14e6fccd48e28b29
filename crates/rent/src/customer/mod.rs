//! A customer, the name and settings that they chose, and their sessions. Every other domain may depend on this one;
//! what customers do with their accounts is in `account`.

pub(crate) mod session;
pub(crate) mod store;

use std::borrow::Cow;

pub use languages::Language;

use crate::fault::{Fault, Result};
use crate::id::CustomerId;

/// A person with an account.
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

impl Customer {
    /// What others know of the customer, so that it should not be in a password.
    pub(crate) fn known(&self) -> [&str; 2] {
        [self.email.as_str(), self.name.as_str()]
    }
}

/// An e-mail address as its owner writes it, with the domain in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// The longest address that mail servers pass on.
    const LIMIT_BYTES: usize = 254;

    pub(crate) fn parse(text: &str) -> Result<Self> {
        let refused = || Fault::invalid("email", "This is not an e-mail address.");
        let text = text::nfc(text.trim());
        if text.len() > Self::LIMIT_BYTES || text::has_invisible(&text) {
            return Err(refused());
        }
        let address = address(&text).ok_or_else(refused)?;
        // Mail from a store never reaches a host without a dot, or a bare IP address.
        if !address.domain().contains('.') || address.domain().starts_with('[') {
            return Err(refused());
        }
        if domain(address.domain()).is_none() {
            return Err(refused());
        }
        Ok(Self(format!("{}@{}", address.user(), address.domain().to_lowercase())))
    }

    /// An address from the database, which was checked by the rules of its time.
    pub(crate) fn kept(text: String) -> Self {
        Self(text)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form by which two addresses are compared: hardly any mail server distinguishes upper and lower case, and no person does.
    pub(crate) fn folded(&self) -> String {
        match self.0.rsplit_once('@') {
            Some((user, host)) => format!("{}@{}", text::caseless(user), domain(host).unwrap_or(host.into())),
            None => text::caseless(&self.0),
        }
    }

    /// The form by which addresses were compared before [`Self::folded`]; for an ASCII address both are the same.
    pub(crate) fn lower_case(&self) -> String {
        self.0.to_lowercase()
    }
}

/// Parses an address to which mail can be sent. RFC 6531 allows any letter before the @, and also combining marks: the small
/// form of "İpek" has one, and so do most words in Hindi. The library refuses marks, so it checks the address without them.
pub(crate) fn address(text: &str) -> Option<lettre::Address> {
    const USER_LIMIT_BYTES: usize = 64;
    let (user, host) = text.rsplit_once('@')?;
    if user.len() > USER_LIMIT_BYTES || user.starts_with(text::is_mark) {
        return None;
    }
    let without_marks: String = user.chars().filter(|letter| !text::is_mark(*letter)).collect();
    lettre::Address::new(without_marks, host).ok()?;
    Some(lettre::Address::new_dangerous(user, host))
}

/// The form of a domain that mail servers use: an international domain and its `xn--` spelling become the same.
fn domain(text: &str) -> Option<Cow<'_, str>> {
    let ascii = idna::domain_to_ascii_cow(text.as_bytes(), idna::AsciiDenyList::URL).ok()?;
    (!ascii.is_empty()).then_some(ascii)
}

/// The name by which a customer wants to be addressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    const LIMIT_CHARS: usize = 100;

    pub(crate) fn parse(text: &str) -> Result<Self> {
        let text = text::nfc(text.trim());
        let fits = (1..=Self::LIMIT_CHARS).contains(&text.chars().count());
        if fits && !text::is_blank(&text) && !text::has_invisible(&text) {
            return Ok(Self(text.into_owned()));
        }
        let message = "A name has 1 to 100 characters on one line, and none that cannot be seen.";
        Err(Fault::invalid("name", message))
    }

    /// A name from the database, which was checked by the rules of its time.
    pub(crate) fn kept(text: String) -> Self {
        Self(text)
    }

    pub fn as_str(&self) -> &str {
        &self.0
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
            "i\u{307}pek@example.com",
            "प्रिया@example.com",
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
        let long_in_marks = format!("i{}@example.com", "\u{307}".repeat(32));
        for bad in [
            "",
            "ana",
            "ana@",
            "@example.com",
            "a b@example.com",
            "ana@localhost",
            "a@b@example.com",
            "ana@[127.0.0.1]",
            "\u{307}@example.com",
            "\u{307}ana@example.com",
            "a\u{307} b@example.com",
            &long,
            &long_in_marks,
        ] {
            assert!(Email::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_international_address_is_the_same_in_either_spelling() {
        let typed = Email::parse("ana@exämple.com").unwrap();
        assert_eq!(typed.as_str(), "ana@exämple.com");
        assert_eq!(typed.folded(), Email::parse("ana@xn--exmple-cua.com").unwrap().folded());
        assert_eq!(typed.folded(), Email::parse("ANA@exa\u{308}mple.com").unwrap().folded());
        let turkish = Email::parse("İpek@example.com").unwrap();
        for typed in ["I\u{307}pek@example.com", "i\u{307}pek@example.com", "İPEK@EXAMPLE.COM"] {
            assert_eq!(turkish.folded(), Email::parse(typed).unwrap().folded(), "{typed}");
        }
    }

    #[test]
    fn an_address_that_only_looks_like_another_is_refused() {
        for text in [
            "a\u{200b}na@example.com",
            "\u{feff}ana@example.com",
            "ana@exam\u{200b}ple.com",
            "a\u{202e}na@example.com",
        ] {
            assert!(Email::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_name_has_letters_and_fits_on_a_line() {
        assert_eq!(Name::parse("  José da Silva ").unwrap().as_str(), "José da Silva");
        assert_eq!(Name::parse("Jose\u{301}").unwrap().as_str(), "José");
        for bad in [
            "",
            "  ",
            "a\nb",
            &"x".repeat(101),
            "\u{200b}",
            "Ana\u{feff}",
            "\u{202e}anA",
            "\u{3164}",
        ] {
            assert!(Name::parse(bad).is_err(), "{bad:?}");
        }
    }
}
