//! Keys and passwords of providers, which must appear in no log and no error.

use std::fmt;

/// A text that nothing prints.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text without the spaces and line ends around it, as files have them; none if nothing is left.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_printed_and_not_empty() {
        let secret = Secret::parse(" sk_test_1\n").unwrap();
        assert_eq!(secret.reveal(), "sk_test_1");
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        assert_eq!(Secret::parse(" \n"), None);
    }
}
