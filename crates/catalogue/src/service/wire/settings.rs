//! The settings.

use api::catalogue as wire;

use crate::settings::accent::Accent;
use crate::settings::{Kept, StatedSettings};

pub(in crate::service) fn store_settings(kept: Kept) -> wire::StoreSettings {
    let Kept { settings, revision } = kept;
    let tone = |tone: fn(&Accent) -> String| settings.accent.as_ref().map(tone).unwrap_or_default();
    wire::StoreSettings {
        accent: tone(|accent| accent.as_str().to_owned()),
        accent_light: tone(Accent::light),
        accent_dark: tone(Accent::dark),
        is_named: !settings.name.is_empty(),
        name: match settings.name {
            unset if unset.is_empty() => wire::DEFAULT_STORE_NAME.to_owned(),
            name => name,
        },
        tagline: settings.tagline,
        contact_email: settings.contact_email,
        legal_name: settings.legal_name,
        address: settings.address,
        tax_id: settings.tax_id,
        mail_sender: settings.mail_sender,
        logo_hash: settings.logo.map(|logo| logo.hash).unwrap_or_default(),
        revision,
    }
}

/// What is stated, which settings of it are meant, and whether only those that are unset.
pub(in crate::service) fn set_store_settings(
    request: wire::SetStoreSettingsRequest,
) -> (StatedSettings, Vec<String>, bool) {
    let wire::SetStoreSettingsRequest {
        fields,
        only_unset,
        name,
        tagline,
        accent,
        contact_email,
        legal_name,
        address,
        tax_id,
        mail_sender,
        logo,
    } = request;
    let stated = StatedSettings {
        name,
        tagline,
        accent,
        contact_email,
        legal_name,
        address,
        tax_id,
        mail_sender,
        logo,
    };
    (stated, fields, only_unset)
}
