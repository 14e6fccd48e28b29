//! Between the contract's messages and the domain: requests are parsed, answers written.

mod collections;
mod media;
mod search;
mod settings;
mod transfer;

use api::catalogue as wire;
use uuid::Uuid;

pub(super) use self::collections::{collection, collection_page, listed, put_collection};
pub(super) use self::media::{
    described, media_asset, media_object, media_status, subtitle_track, unplayable, unplayable_page, uploaded,
};
pub(super) use self::search::{changed, facets, query, related, title_entries, title_ids, title_orders};
pub(super) use self::settings::{set_store_settings, store_settings};
pub(super) use self::transfer::{batch, export, import_summary, mode, row};

use crate::import::StatedOffer;
use crate::media::SalePolicy;
use crate::named::Named;
use crate::offer::{Kind, Offer, StatedTerms};
use crate::title::{Localized, Title};

/// `None` if the text is not an id; callers then answer that there is no such object.
pub(super) fn id(text: &str) -> Option<Uuid> {
    // Only the form that the service writes itself, so that each object has one name.
    let id = Uuid::try_parse(text).ok()?;
    let mut form = Uuid::encode_buffer();
    (id.hyphenated().encode_lower(&mut form) == text).then_some(id)
}

// ── Titles ────────────────────────────────────────────────────────────────

pub(super) fn title(title: &Title, sale: SalePolicy) -> wire::Title {
    let facts = title.facts.clone();
    let is_hidden = !title.is_listed();
    wire::Title {
        title_id: title.id.to_string(),
        name: facts.name,
        original_name: facts.original_name,
        localized_names: localized_texts(facts.localized_names),
        year: facts.year,
        runtime_minutes: facts.runtime_minutes,
        countries: facts.countries,
        languages: facts.languages,
        subtitle_languages: facts.subtitle_languages,
        age_rating: facts.age_rating,
        directors: credits(facts.directors, title.director_ids()),
        cast: credits(facts.cast, title.cast_ids()),
        genres: facts.genres,
        synopses: localized_texts(facts.synopses),
        trailer_url: facts.trailer_url,
        image_url: facts.image_url,
        licence: facts.licence,
        source: title.identity.source.clone(),
        source_id: title.identity.source_id.clone(),
        popularity: facts.popularity,
        offers: on_sale(title),
        has_media: title.media.has_film,
        revision: title.revision,
        subtitle_tracks: title.media.subtitles.iter().map(subtitle_track).collect(),
        has_chapters: title.media.has_chapters,
        playable: sale.sells(&title.media),
        is_hidden,
    }
}

/// A hidden title has no offers.
fn on_sale(title: &Title) -> Vec<wire::Offer> {
    let offers = title.offers.iter().filter(|_| title.is_listed());
    offers.map(offer).collect()
}

pub(super) fn summary(title: &Title, sale: SalePolicy) -> wire::TitleSummary {
    let facts = &title.facts;
    wire::TitleSummary {
        title_id: title.id.to_string(),
        name: facts.name.clone(),
        localized_names: localized_texts(facts.localized_names.clone()),
        year: facts.year,
        runtime_minutes: facts.runtime_minutes,
        genres: facts.genres.clone(),
        director: facts.directors.first().cloned().unwrap_or_default(),
        image_url: facts.image_url.clone(),
        age_rating: facts.age_rating.clone(),
        offers: on_sale(title),
        playable: sale.sells(&title.media),
        is_hidden: !title.is_listed(),
    }
}

pub(super) fn suggestion(title: &Title) -> wire::Suggestion {
    wire::Suggestion {
        title_id: title.id.to_string(),
        name: title.facts.name.clone(),
        year: title.facts.year,
        localized_names: localized_texts(title.facts.localized_names.clone()),
        image_url: title.facts.image_url.clone(),
    }
}

fn credits(names: Vec<String>, ids: &[Uuid]) -> Vec<wire::Credit> {
    let credits = names.into_iter().zip(ids).map(|(name, id)| wire::Credit {
        person_id: id.to_string(),
        name,
    });
    credits.collect()
}

fn localized_texts(texts: Vec<Localized>) -> Vec<wire::LocalizedText> {
    let text = |Localized { language, text }| wire::LocalizedText { language, text };
    texts.into_iter().map(text).collect()
}

fn localized(texts: Vec<wire::LocalizedText>) -> Vec<Localized> {
    let text = |wire::LocalizedText { language, text }| Localized { language, text };
    texts.into_iter().map(text).collect()
}

// ── Offers ────────────────────────────────────────────────────────────────

pub(super) fn offer(offer: &Offer) -> wire::Offer {
    let terms = &offer.terms;
    wire::Offer {
        offer_id: offer.id.to_string(),
        title_id: offer.title.to_string(),
        kind: match terms.kind {
            Kind::Rent => wire::OfferKind::Rent.into(),
            Kind::Buy => wire::OfferKind::Buy.into(),
        },
        price: Some(api::Money {
            amount_minor: terms.price.minor(),
            currency_code: terms.price.currency_code().to_owned(),
        }),
        start_window_hours: terms.start_window_hours,
        viewing_window_hours: terms.viewing_window_hours,
        available_from_us: terms.available_from_us,
        available_until_us: terms.available_until_us,
    }
}

pub(super) fn offer_detail(of: &Offer, title: &Title, playable: bool, title_is_ordered: bool) -> wire::OfferDetail {
    wire::OfferDetail {
        title_is_ordered,
        offer: Some(offer(of)),
        title_name: title.facts.name.clone(),
        runtime_minutes: title.facts.runtime_minutes,
        playable,
    }
}

/// The terms that are set, and which of their attributes.
pub(super) fn set_offer(request: wire::SetOfferRequest) -> (StatedTerms, Named) {
    let kind = kind(request.kind());
    let wire::SetOfferRequest {
        title_id: _,
        kind: _,
        price,
        start_window_hours,
        viewing_window_hours,
        available_from_us,
        available_until_us,
        fields,
    } = request;
    let price = price.unwrap_or_default();
    let terms = StatedTerms {
        kind,
        amount_minor: price.amount_minor,
        currency_code: price.currency_code,
        start_window_hours,
        viewing_window_hours,
        available_from_us,
        available_until_us,
    };
    (terms, Named::new(fields))
}

fn stated_offer(offer: wire::OfferInput) -> StatedOffer {
    let kind = kind(offer.kind());
    let wire::OfferInput {
        kind: _,
        price,
        start_window_hours,
        viewing_window_hours,
        available_from_us,
        available_until_us,
        offer_id,
        fields,
    } = offer;
    let price = price.unwrap_or_default();
    let terms = StatedTerms {
        kind,
        amount_minor: price.amount_minor,
        currency_code: price.currency_code,
        start_window_hours,
        viewing_window_hours,
        available_from_us,
        available_until_us,
    };
    StatedOffer {
        id: offer_id,
        terms,
        named: Named::new(fields),
    }
}

fn kind(kind: wire::OfferKind) -> Option<Kind> {
    match kind {
        wire::OfferKind::Unspecified => None,
        wire::OfferKind::Rent => Some(Kind::Rent),
        wire::OfferKind::Buy => Some(Kind::Buy),
    }
}
