//! What the store says of itself: its name, its look, and who sells. Nothing of it is part of the program; what was never
//! set is empty.

pub(crate) mod accent;
pub(crate) mod changes;
pub(crate) mod keeping;
mod logo;
pub(crate) mod store;

use lettre::Address;
use lettre::message::Mailbox;
use serde::{Deserialize, Serialize};

use crate::check::{Refusal, line, quote, refuse};
use crate::named::Named;
use crate::settings::accent::Accent;
pub(crate) use crate::settings::logo::Logo;

const NAME_CHARACTERS: usize = 60;
const TAGLINE_CHARACTERS: usize = 160;
const LEGAL_NAME_CHARACTERS: usize = 120;
const ADDRESS_CHARACTERS: usize = 240;
const TAX_ID_CHARACTERS: usize = 40;
/// The longest address that mail servers pass on.
const EMAIL_CHARACTERS: usize = 254;
/// A name and an address.
const MAIL_SENDER_CHARACTERS: usize = NAME_CHARACTERS + EMAIL_CHARACTERS;

/// The settings with the revision of their last change.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Kept {
    pub(crate) settings: Settings,
    pub(crate) revision: i64,
}

/// What is kept; nothing in the database looks into it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Settings {
    pub(crate) name: String,
    pub(crate) tagline: String,
    pub(crate) accent: Option<Accent>,
    pub(crate) contact_email: String,
    pub(crate) legal_name: String,
    pub(crate) address: String,
    pub(crate) tax_id: String,
    pub(crate) mail_sender: String,
    pub(crate) logo: Option<Logo>,
}

/// What a caller states of the settings.
#[derive(Debug, Clone, Default)]
pub(crate) struct StatedSettings {
    pub(crate) name: String,
    pub(crate) tagline: String,
    pub(crate) accent: String,
    pub(crate) contact_email: String,
    pub(crate) legal_name: String,
    pub(crate) address: String,
    pub(crate) tax_id: String,
    pub(crate) mail_sender: String,
    pub(crate) logo: Vec<u8>,
}

impl StatedSettings {
    pub(crate) const FIELDS: [&str; 9] = [
        "name",
        "tagline",
        "accent",
        "contact_email",
        "legal_name",
        "address",
        "tax_id",
        "mail_sender",
        "logo",
    ];

    /// The settings with what is named of these, or the first that cannot be. One that is empty is unset.
    pub(crate) fn over(&self, current: Settings, named: &Named) -> Result<Settings, Refusal> {
        let pick = |field: &str, stated: &str, current: String, limit: usize| {
            if named.says(field) {
                text(field, stated, limit)
            } else {
                Ok(current)
            }
        };
        Ok(Settings {
            name: pick("name", &self.name, current.name, NAME_CHARACTERS)?,
            tagline: pick("tagline", &self.tagline, current.tagline, TAGLINE_CHARACTERS)?,
            accent: match self.accent.trim() {
                _ if !named.says("accent") => current.accent,
                "" => None,
                stated => Some(Accent::check(stated)?),
            },
            contact_email: contact(pick(
                "contact_email",
                &self.contact_email,
                current.contact_email,
                EMAIL_CHARACTERS,
            )?)?,
            legal_name: pick(
                "legal_name",
                &self.legal_name,
                current.legal_name,
                LEGAL_NAME_CHARACTERS,
            )?,
            address: pick("address", &self.address, current.address, ADDRESS_CHARACTERS)?,
            tax_id: pick("tax_id", &self.tax_id, current.tax_id, TAX_ID_CHARACTERS)?,
            mail_sender: sender(pick(
                "mail_sender",
                &self.mail_sender,
                current.mail_sender,
                MAIL_SENDER_CHARACTERS,
            )?)?,
            logo: match self.logo.as_slice() {
                _ if !named.says("logo") => current.logo,
                [] => None,
                image => Some(Logo::check(image)?),
            },
        })
    }
}

impl Settings {
    /// Whether a setting has a value of its own.
    pub(crate) fn has(&self, field: &str) -> bool {
        match field {
            "name" => !self.name.is_empty(),
            "tagline" => !self.tagline.is_empty(),
            "accent" => self.accent.is_some(),
            "contact_email" => !self.contact_email.is_empty(),
            "legal_name" => !self.legal_name.is_empty(),
            "address" => !self.address.is_empty(),
            "tax_id" => !self.tax_id.is_empty(),
            "mail_sender" => !self.mail_sender.is_empty(),
            "logo" => self.logo.is_some(),
            _ => false,
        }
    }
}

/// A line that is seen as it is, or nothing.
fn text(field: &str, stated: &str, limit: usize) -> Result<String, Refusal> {
    let text = line(field, &text::nfc(stated), limit)?;
    if text::has_invisible(&text) || (!text.is_empty() && text::is_blank(&text)) {
        return refuse(field, "This has characters that nobody can see.");
    }
    Ok(text)
}

fn contact(address: String) -> Result<String, Refusal> {
    if address.is_empty() || address.parse::<Address>().is_ok() {
        return Ok(address);
    }
    refuse(
        "contact_email",
        format!("{} is no e-mail address, such as help@films.example.", quote(&address)),
    )
}

/// By the rules of the library that writes the mails.
fn sender(sender: String) -> Result<String, Refusal> {
    if sender.is_empty() || sender.parse::<Mailbox>().is_ok() {
        return Ok(sender);
    }
    refuse(
        "mail_sender",
        format!(
            "{} is no sender of mails, such as Cine Clube <loja@films.example>.",
            quote(&sender)
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(field: &str) -> Named {
        Named::new(vec![field.to_owned()])
    }

    fn set(field: &str, value: &str) -> Result<Settings, Refusal> {
        let stated = StatedSettings {
            name: value.to_owned(),
            tagline: value.to_owned(),
            accent: value.to_owned(),
            contact_email: value.to_owned(),
            legal_name: value.to_owned(),
            address: value.to_owned(),
            tax_id: value.to_owned(),
            mail_sender: value.to_owned(),
            logo: value.as_bytes().to_vec(),
        };
        stated.over(Settings::default(), &named(field))
    }

    #[test]
    fn each_text_has_its_limit_and_can_be_seen() {
        for (field, limit) in [
            ("name", NAME_CHARACTERS),
            ("tagline", TAGLINE_CHARACTERS),
            ("legal_name", LEGAL_NAME_CHARACTERS),
            ("address", ADDRESS_CHARACTERS),
            ("tax_id", TAX_ID_CHARACTERS),
        ] {
            assert!(set(field, &"é".repeat(limit)).unwrap().has(field), "{field}");
            for wrong in [
                "é".repeat(limit + 1).as_str(),
                "Cine\u{200b}Clube",
                "\u{202e}eniC",
                "Cine\nClube",
                "\u{feff}",
            ] {
                assert_eq!(set(field, wrong).unwrap_err().field, field, "{wrong:?}");
            }
        }
    }

    #[test]
    fn a_text_is_kept_as_it_is_compared() {
        assert_eq!(set("name", "  Cine Bele\u{301}m ").unwrap().name, "Cine Belém");
    }

    #[test]
    fn addresses_are_those_that_mail_can_have() {
        assert!(set("contact_email", "help@films.example").is_ok());
        for sender in [
            "loja@films.example",
            "Cine Clube <loja@films.example>",
            "Belém <loja@films.example>",
        ] {
            assert_eq!(set("mail_sender", sender).unwrap().mail_sender, sender);
        }
        for wrong in ["loja", "Cine Clube", "<loja@films.example", "a@b@c", "@films.example"] {
            assert!(
                set("mail_sender", wrong).is_err() && set("contact_email", wrong).is_err(),
                "{wrong}"
            );
        }
        assert!(set("contact_email", "Cine Clube <loja@films.example>").is_err());
    }

    #[test]
    fn an_empty_value_unsets_one_setting_and_no_other() {
        let current = Settings {
            name: "Cine Clube".to_owned(),
            accent: Some(Accent::check("#f2a93b").unwrap()),
            ..Settings::default()
        };
        for field in StatedSettings::FIELDS {
            let unset = StatedSettings::default().over(current.clone(), &named(field)).unwrap();
            assert!(!unset.has(field), "{field}");
            assert_eq!(unset.has("name"), field != "name");
            assert_eq!(unset.has("accent"), field != "accent");
        }
    }
}
