//! The ids: rent's own are UUIDs; the catalogue's are short texts, which rent does not parse.

use std::fmt;

use uuid::Uuid;

/// The longest id of another service that is stored.
const FOREIGN_ID_LIMIT_BYTES: usize = 64;

macro_rules! own_id {
    ($(#[doc = $doc:literal] $visible:vis $name:ident,)*) => {$(
        #[doc = $doc]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        $visible struct $name(Uuid);

        impl $name {
            pub(crate) fn new(id: Uuid) -> Self {
                Self(id)
            }

            /// `None` if the text is not an id; callers then answer that there is no such object.
            pub(crate) fn parse(text: &str) -> Option<Self> {
                // Only the form that the service writes itself, so that each object has one name.
                let id = Uuid::try_parse(text).ok()?;
                (id.to_string() == text).then_some(Self(id))
            }

            /// The form in the database and in media tokens.
            pub(crate) fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(out)
            }
        }
    )*};
}

own_id! {
    /// A customer.
    pub CustomerId,
    /// An order; the payment provider knows its charge by the same id.
    pub OrderId,
    /// A refund; the payment provider knows it by the same id.
    pub(crate) RefundId,
    /// A right to watch.
    pub EntitlementId,
    /// A playback session.
    pub PlaybackId,
}

macro_rules! foreign_id {
    ($(#[doc = $doc:literal] $name:ident,)*) => {$(
        #[doc = $doc]
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            pub(crate) fn parse(text: &str) -> Option<Self> {
                let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
                let fits = (1..=FOREIGN_ID_LIMIT_BYTES).contains(&text.len());
                (plain && fits).then(|| Self(text.to_owned()))
            }

            pub(crate) fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(out)
            }
        }
    )*};
}

foreign_id! {
    /// A title of the catalogue.
    TitleId,
    /// An offer of the catalogue.
    OfferId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_spelling() {
        let text = "0190a3f0-7c3e-7abc-8def-0123456789ab";
        assert_eq!(OrderId::parse(text).unwrap().to_string(), text);
        for other in [
            "",
            "1",
            &text.to_uppercase(),
            &text.replace('-', ""),
            &format!("{{{text}}}"),
        ] {
            assert_eq!(OrderId::parse(other), None, "{other}");
        }
    }

    #[test]
    fn another_services_id_is_a_short_plain_text() {
        assert!(TitleId::parse("nosferatu-1922").is_some());
        for bad in ["", "a b", "a/b", "ação", &"x".repeat(65)] {
            assert_eq!(TitleId::parse(bad), None, "{bad}");
        }
    }
}
