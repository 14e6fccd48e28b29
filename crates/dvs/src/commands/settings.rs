//! `dvs settings show|set`: what the store says of itself.

use anyhow::{Context, Result};
use api::catalogue::{Catalogue, GetStoreSettingsRequest, SetStoreSettingsRequest, StoreSettings};
use rpc::Call;
use serde_json::{Map, Value};

use crate::commands::{say, told};
use crate::config::{LOGO, SETTINGS, SettingsSetOptions, SettingsShowOptions};
use crate::reach::{Missing, StoreConnection};

pub(crate) async fn show(options: SettingsShowOptions) -> Result<()> {
    let store = StoreConnection::open(&options.store, "dvs settings show", Missing::Refuse).await?;
    let asked = async {
        let call = Call::by_service(GetStoreSettingsRequest {});
        let asked = store.catalogue().await?.get_store_settings(call).await;
        asked.map_err(|fault| told(&fault))
    };
    let settings = asked.await;
    store.close().await;
    let settings = settings?;
    if options.json {
        let values = SETTINGS.map(|key| (key.to_owned(), value(&settings, key).into()));
        return say(Value::Object(Map::from_iter(values)));
    }
    for key in SETTINGS {
        say(format_args!("{key:<14} {}", shown(&settings, key)))?;
    }
    Ok(())
}

/// What a setting is; empty where it was not set.
fn value<'a>(settings: &'a StoreSettings, key: &str) -> &'a str {
    match key {
        "name" => &settings.name,
        "tagline" => &settings.tagline,
        "accent" => &settings.accent,
        "contact_email" => &settings.contact_email,
        "legal_name" => &settings.legal_name,
        "address" => &settings.address,
        "tax_id" => &settings.tax_id,
        "mail_sender" => &settings.mail_sender,
        LOGO => &settings.logo_hash,
        _ => "",
    }
}

fn shown(settings: &StoreSettings, key: &str) -> String {
    match (key, value(settings, key)) {
        ("name", name) if !settings.is_named => format!("{name} (not set)"),
        (_, "") => "(not set)".to_owned(),
        (LOGO, hash) => format!("/logo/{hash}"),
        (_, value) => value.to_owned(),
    }
}

pub(crate) async fn set(options: SettingsSetOptions) -> Result<()> {
    let request = request(&options.key, &options.value).await?;
    let store = StoreConnection::open(&options.store, "dvs settings set", Missing::Refuse).await?;
    let change = async {
        let change = store.catalogue().await?.set_store_settings(Call::by_service(request));
        change.await.map_err(|fault| told(&fault))
    };
    let settings = change.await;
    store.close().await;
    let settings = settings?;
    say(format_args!("{} is {}", options.key, shown(&settings, &options.key)))
}

/// The change of one setting.
async fn request(key: &str, value: &str) -> Result<SetStoreSettingsRequest> {
    let mut request = SetStoreSettingsRequest {
        fields: vec![key.to_owned()],
        ..SetStoreSettingsRequest::default()
    };
    let value = value.to_owned();
    match key {
        "name" => request.name = value,
        "tagline" => request.tagline = value,
        "accent" => request.accent = value,
        "contact_email" => request.contact_email = value,
        "legal_name" => request.legal_name = value,
        "address" => request.address = value,
        "tax_id" => request.tax_id = value,
        "mail_sender" => request.mail_sender = value,
        _ if value.is_empty() => {}
        _ => {
            let read = tokio::fs::read(&value).await;
            request.logo = read.with_context(|| format!("cannot read {value}"))?;
        }
    }
    Ok(request)
}

/// Gives a store its name that has none yet.
pub(crate) async fn give_name(catalogue: &dyn Catalogue, name: &str) -> Result<()> {
    let request = SetStoreSettingsRequest {
        only_unset: true,
        ..request("name", name).await?
    };
    let given = catalogue.set_store_settings(Call::by_service(request)).await;
    given.map_err(|fault| told(&fault).context("the store cannot have the name of --store-name"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_key_sets_what_it_names_and_shows_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("logo.png").display().to_string();
        std::fs::write(&file, "a picture").unwrap();
        for key in SETTINGS {
            let stated = request(key, if key == LOGO { &file } else { "a value" }).await.unwrap();
            assert_eq!(stated.fields, [key]);
            let settings = StoreSettings {
                name: stated.name,
                is_named: true,
                tagline: stated.tagline,
                accent: stated.accent,
                contact_email: stated.contact_email,
                legal_name: stated.legal_name,
                address: stated.address,
                tax_id: stated.tax_id,
                mail_sender: stated.mail_sender,
                logo_hash: String::from_utf8(stated.logo).unwrap(),
                ..StoreSettings::default()
            };
            for other in SETTINGS {
                assert_eq!(value(&settings, other).is_empty(), other != key, "{key} {other}");
            }
            assert!(shown(&settings, key).contains("a "), "{key}");
        }
    }

    #[tokio::test]
    async fn a_logo_that_is_no_file_is_refused_by_its_name() {
        let refused = request(LOGO, "nowhere.png").await.unwrap_err();
        assert!(refused.to_string().contains("nowhere.png"), "{refused}");
    }
}
