//! What every mail says of the store. The catalogue keeps it, and is asked when a mail is written.

use std::sync::{Arc, PoisonError, RwLock};

use lettre::Address;
use lettre::message::Mailbox;

use crate::catalogue::Offers;
use crate::fault::Result;

/// The mailbox of a sender that was not set, at the store's own host.
const SENDER: &str = "store";
/// The host of a store whose address is a number, to which no mail is addressed.
const LOCAL_HOST: &str = "localhost";

/// What the store says of itself. What it does not say is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct StoreProfile {
    pub(crate) name: String,
    pub(crate) legal_name: String,
    pub(crate) address: String,
    pub(crate) tax_id: String,
    pub(crate) contact_email: String,
    /// Such as `Cine Clube <loja@films.example>`.
    pub(crate) mail_sender: String,
    /// Where there is one, the accent as it can be read on light and on dark.
    pub(crate) accent: Option<(String, String)>,
}

/// A letterhead for each mail.
#[derive(Clone)]
pub(crate) struct Letterheads {
    catalogue: Offers,
    public_url: Arc<str>,
    known: Arc<RwLock<Option<StoreProfile>>>,
}

impl Letterheads {
    pub(crate) fn new(catalogue: Offers, public_url: &str) -> Self {
        Self {
            catalogue,
            public_url: public_url.into(),
            known: Arc::default(),
        }
    }

    /// The letterhead of this moment. While the catalogue does not answer it is the last one: a link to a new password is
    /// wanted now, whatever the store is called. A process that never had one must wait, as a mail cannot be taken back.
    pub(crate) async fn now(&self) -> Result<Letterhead> {
        let profile = match self.catalogue.store_profile().await {
            Ok(profile) => {
                *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(profile.clone());
                profile
            }
            Err(fault) => {
                let known = self.known.read().unwrap_or_else(PoisonError::into_inner).clone();
                known.ok_or(fault)?
            }
        };
        Ok(Letterhead::new(profile, &self.public_url))
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Letterhead {
    pub(super) profile: StoreProfile,
    /// Where the links in mails lead, without a slash at its end.
    pub(super) public_url: String,
}

impl Letterhead {
    pub(crate) fn new(profile: StoreProfile, public_url: &str) -> Self {
        Self {
            profile,
            public_url: public_url.trim_end_matches('/').to_owned(),
        }
    }

    /// The address of a page of the store, such as `/library`.
    pub(crate) fn page(&self, path: &str) -> String {
        format!("{}{path}", self.public_url)
    }

    /// Whom the mail comes from.
    pub(super) fn sender(&self) -> String {
        if !self.profile.mail_sender.is_empty() {
            return self.profile.mail_sender.clone();
        }
        let host = self.public_url.split_once("://").map_or("", |(_, rest)| rest);
        let host = host.split(['/', ':']).next().unwrap_or_default();
        let is_name = host.contains(|letter: char| letter.is_ascii_alphabetic());
        let address = Address::new(SENDER, if is_name { host } else { LOCAL_HOST });
        let address = address.or_else(|_no_host| Address::new(SENDER, LOCAL_HOST));
        let name = Some(self.profile.name.clone());
        address.map_or_else(
            |_never| format!("{SENDER}@{LOCAL_HOST}"),
            |address| Mailbox::new(name, address).to_string(),
        )
    }

    /// Who writes: the lines under a mail.
    pub(super) fn signature(&self) -> Vec<String> {
        let StoreProfile {
            name,
            legal_name,
            address,
            tax_id,
            contact_email,
            ..
        } = &self.profile;
        let lines = [name, legal_name, tax_id, address, contact_email];
        lines.into_iter().filter(|line| !line.is_empty()).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a header must quote.
    const NAME: &str = "Cine \"Belém\", <Clube>";

    fn sender(mail_sender: &str, public_url: &str) -> String {
        let profile = StoreProfile {
            name: NAME.to_owned(),
            mail_sender: mail_sender.to_owned(),
            ..StoreProfile::default()
        };
        Letterhead::new(profile, public_url).sender()
    }

    #[test]
    fn a_store_without_a_sender_writes_as_itself_from_its_own_host() {
        for (url, address) in [
            ("https://films.example/", "store@films.example"),
            ("https://films.example:8443/shop", "store@films.example"),
            ("http://localhost:8000", "store@localhost"),
            ("http://127.0.0.1:8000", "store@localhost"),
            ("http://[::1]:8000", "store@localhost"),
            ("", "store@localhost"),
        ] {
            let sender = sender("", url);
            let mailbox: Mailbox = sender.parse().unwrap();
            assert_eq!(mailbox.name.as_deref(), Some(NAME), "{url}");
            assert_eq!(mailbox.email.to_string(), address, "{url}");
        }
        let own = "Loja <loja@films.example>";
        assert_eq!(sender(own, "http://localhost:8000"), own);
    }
}
