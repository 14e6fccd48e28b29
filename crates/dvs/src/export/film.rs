//! A film as a JSON object in the form that imports read. Unknown values are left out.

use std::collections::BTreeMap;

use api::Money;
use api::catalogue::{LocalizedText, OfferInput, OfferKind, TitleInput};
use jiff::Timestamp;
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct Film<'a> {
    id: &'a str,
    source: &'a str,
    source_id: &'a str,
    name: &'a str,
    original_name: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    localized_names: BTreeMap<&'a str, &'a str>,
    year: i32,
    #[serde(skip_serializing_if = "is_zero")]
    runtime_minutes: i32,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    countries: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    languages: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    subtitle_languages: &'a [String],
    #[serde(skip_serializing_if = "str::is_empty")]
    age_rating: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    directors: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    cast: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    genres: &'a [String],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    synopsis: BTreeMap<&'a str, &'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    trailer_url: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    image_url: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    licence: &'a str,
    #[serde(skip_serializing_if = "is_zero")]
    popularity: i32,
    created_at: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    hidden: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    offers: Vec<Offer<'a>>,
}

#[derive(Serialize)]
struct Offer<'a> {
    id: &'a str,
    kind: &'static str,
    price: Option<Price<'a>>,
    #[serde(skip_serializing_if = "is_zero")]
    start_window_hours: i32,
    #[serde(skip_serializing_if = "is_zero")]
    viewing_window_hours: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    available_from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    available_until: Option<String>,
}

#[derive(Serialize)]
struct Price<'a> {
    amount_minor: i64,
    currency_code: &'a str,
}

// No `..` in the patterns below: when the contract gets a new field, this does not compile until the field is written.

impl<'a> From<&'a TitleInput> for Film<'a> {
    fn from(title: &'a TitleInput) -> Self {
        let TitleInput {
            source,
            source_id,
            name,
            original_name,
            localized_names,
            year,
            runtime_minutes,
            countries,
            languages,
            subtitle_languages,
            age_rating,
            directors,
            cast,
            genres,
            synopses,
            trailer_url,
            image_url,
            licence,
            popularity,
            offers,
            title_id,
            created_at_us,
            fields: _,
            is_hidden,
        } = title;
        Self {
            id: title_id,
            source,
            source_id,
            name,
            original_name,
            localized_names: by_language(localized_names),
            year: *year,
            runtime_minutes: *runtime_minutes,
            countries,
            languages,
            subtitle_languages,
            age_rating,
            directors,
            cast,
            genres,
            synopsis: by_language(synopses),
            trailer_url,
            image_url,
            licence,
            popularity: *popularity,
            created_at: moment(*created_at_us),
            hidden: *is_hidden,
            offers: offers.iter().map(Offer::from).collect(),
        }
    }
}

impl<'a> From<&'a OfferInput> for Offer<'a> {
    fn from(offer: &'a OfferInput) -> Self {
        let price = |money: &'a Money| Price {
            amount_minor: money.amount_minor,
            currency_code: &money.currency_code,
        };
        let OfferInput {
            kind: _,
            price: money,
            start_window_hours,
            viewing_window_hours,
            available_from_us,
            available_until_us,
            offer_id,
            fields: _,
        } = offer;
        Self {
            id: offer_id,
            kind: kind(offer),
            price: money.as_ref().map(price),
            start_window_hours: *start_window_hours,
            viewing_window_hours: *viewing_window_hours,
            available_from: moment(*available_from_us),
            available_until: moment(*available_until_us),
        }
    }
}

pub(super) fn kind(offer: &OfferInput) -> &'static str {
    match offer.kind() {
        OfferKind::Buy => "buy",
        OfferKind::Rent | OfferKind::Unspecified => "rent",
    }
}

fn by_language(texts: &[LocalizedText]) -> BTreeMap<&str, &str> {
    texts
        .iter()
        .map(|text| (text.language.as_str(), text.text.as_str()))
        .collect()
}

/// RFC 3339, to the microsecond; `None` for 0.
pub(super) fn moment(at_us: i64) -> Option<String> {
    let at = Timestamp::from_microsecond(at_us).ok().filter(|_| at_us != 0);
    at.map(|at| at.to_string())
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(number: &i32) -> bool {
    *number == 0
}
