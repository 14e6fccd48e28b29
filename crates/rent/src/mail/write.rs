//! Writing a mail: who writes to whom, and the parts of its template.

use minijinja::{Value, context};

use super::delivery::{Mail, MailError};
use super::kind::MailKind;
use super::letterhead::Letterhead;
use super::templates;
use crate::customer::{Customer, Email, Language, Name};

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
    let accent = head.profile.accent.as_ref();
    let context = context! {
        store_name => head.profile.name.as_str(),
        signature => head.signature(),
        site => head.public_url.as_str(),
        accent_light => accent.map(|(light, _)| light.as_str()),
        accent_dark => accent.map(|(_, dark)| dark.as_str()),
        name,
        link,
        ..details
    };
    let parts = templates::render(kind, to.language, &context);
    let parts = parts.map_err(|error| MailError::Unwritable(format!("{error:#}")))?;
    Ok(Mail {
        id: None,
        sender: head.sender(),
        to: to.address.as_str().to_owned(),
        to_name: name.map(ToOwned::to_owned),
        subject: parts.subject,
        body: parts.text,
        html: parts.html,
        written_at_us: now_us,
        unsubscribe: None,
    })
}
