//! Writing a mail: who writes to whom, and the parts of its template.

use minijinja::{Value, context};

use super::delivery::{Mail, MailError};
use super::kind::MailKind;
use super::templates;
use crate::customer::{Customer, Email, Language, Name};

/// What mails call the store.
const STORE_NAME: &str = "Distributed Video Store";

/// What every mail says of the store.
#[derive(Debug, Clone)]
pub(crate) struct Letterhead {
    store_name: String,
    /// Where the links in mails lead, without a slash at its end.
    public_url: String,
}

impl Letterhead {
    pub(crate) fn new(public_url: &str) -> Self {
        Self {
            store_name: STORE_NAME.to_owned(),
            public_url: public_url.trim_end_matches('/').to_owned(),
        }
    }

    /// The address of a page of the store, such as `/library`.
    pub(crate) fn page(&self, path: &str) -> String {
        format!("{}{path}", self.public_url)
    }
}

/// Whom a mail is for.
#[derive(Debug, Clone)]
pub(crate) struct Recipient {
    pub(crate) address: Email,
    /// What the mail calls them. To an address that nobody has proved to have, it says nothing that its sender chose:
    /// somebody may have opened the account to have a stranger read it.
    pub(crate) name: Option<Name>,
    pub(crate) language: Language,
}

impl Recipient {
    pub(crate) fn of(customer: &Customer) -> Self {
        Self {
            address: customer.email.clone(),
            name: customer.email_verified.then(|| customer.name.clone()),
            language: customer.language,
        }
    }

    /// The customer at an address that may not be theirs, or not any more.
    pub(crate) fn at(customer: &Customer, address: Email) -> Self {
        let present = Self::of(customer);
        let is_present = address.folded() == present.address.folded();
        Self {
            address,
            name: present.name.filter(|_| is_present),
            ..present
        }
    }
}

/// Writes a mail. `link` is where its button leads, and `details` is what its template names beside what every one may.
pub(super) fn write(
    kind: MailKind,
    head: &Letterhead,
    to: &Recipient,
    link: &str,
    details: Value,
    now_us: i64,
) -> Result<Mail, MailError> {
    let name = to.name.as_ref().map(Name::as_str);
    let context = context! {
        store_name => head.store_name.as_str(),
        site => head.public_url.as_str(),
        name,
        link,
        ..details
    };
    let parts = templates::render(kind, to.language, &context);
    let parts = parts.map_err(|error| MailError::Unwritable(format!("{error:#}")))?;
    Ok(Mail {
        id: None,
        to: to.address.as_str().to_owned(),
        to_name: name.map(ToOwned::to_owned),
        subject: parts.subject,
        body: parts.text,
        html: parts.html,
        written_at_us: now_us,
        unsubscribe: None,
    })
}
