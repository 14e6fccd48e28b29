//! The manifest of the installed app, with the store's name and colour.

use axum::response::Response;
use http::request::Parts;
use serde_json::Value;

use super::Pages;
use super::files::{self, File};
use crate::request;
use crate::store_profile::StoreProfile;

pub(super) const NAME: &str = "manifest.webmanifest";
/// The manifest of a build without the web app. The app's build adds the texts of each language.
const MANIFEST: &str = include_str!("../../../../web/public/manifest.webmanifest");
const ASK_AGAIN: &str = "no-cache";

pub(super) async fn answer(pages: &Pages, asked: &Parts) -> Response {
    let profile = pages.gateway.profile.get(&request::context(&asked.extensions)).await;
    File::made(NAME, write(&profile), ASK_AGAIN, "accept-encoding").answer(&asked.headers)
}

fn write(profile: &StoreProfile) -> String {
    let mut manifest: Value = serde_json::from_str(files::find(NAME).map_or(MANIFEST, File::text)).unwrap_or_default();
    manifest["name"] = profile.name.as_str().into();
    manifest["short_name"] = profile.name.as_str().into();
    if let Some(tagline) = &profile.tagline {
        manifest["description"] = tagline.as_str().into();
    }
    if let Some(accent) = &profile.accent {
        manifest["theme_color"] = accent.as_str().into();
    }
    manifest.to_string()
}
