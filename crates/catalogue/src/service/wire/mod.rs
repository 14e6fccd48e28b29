//! Between the contract's messages and the domain: requests are parsed, answers written.

mod collections;
mod media;
mod search;

use api::catalogue as wire;
use store::Db;
use uuid::Uuid;

pub(super) use self::collections::{collection, collection_page, listed, put_collection};
pub(super) use self::media::{
    described, media_asset, media_object, media_status, subtitle_track, unplayable, unplayable_page, uploaded,
};
pub(super) use self::search::{changed, facets, query, related, title_entries, title_ids, title_orders};

use crate::export::{Export, Filter};
use crate::fault::{Fault, Result};
use crate::import::{RefusedRow, Row, StatedOffer, Summary};
use crate::media::SalePolicy;
use crate::offer::{Kind, Offer, StatedTerms};
use crate::title::{Facts, Identity, Localized, Title};

/// None when the text is no id; whoever asks with one asks for something that is not there.
pub(super) fn id(text: &str) -> Option<Uuid> {
    // Only the form that we give out: one thing has one name.
    let id = Uuid::try_parse(text).ok()?;
    let mut form = Uuid::encode_buffer();
    (id.hyphenated().encode_lower(&mut form) == text).then_some(id)
}

// ── Titles ────────────────────────────────────────────────────────────────

pub(super) fn title(title: &Title, sale: SalePolicy) -> wire::Title {
    let facts = title.facts.clone();
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
        offers: title.offers.iter().map(offer).collect(),
        has_media: title.media.has_film,
        revision: title.revision,
        subtitle_tracks: title.media.subtitles.iter().map(subtitle_track).collect(),
        has_chapters: title.media.has_chapters,
        playable: sale.sells(&title.media),
    }
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
        offers: title.offers.iter().map(offer).collect(),
        playable: sale.sells(&title.media),
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

pub(super) fn offer_detail(of: &Offer, title: &Title, playable: bool) -> wire::OfferDetail {
    wire::OfferDetail {
        offer: Some(offer(of)),
        title_name: title.facts.name.clone(),
        runtime_minutes: title.facts.runtime_minutes,
        playable,
    }
}

pub(super) fn set_offer(request: wire::SetOfferRequest) -> StatedTerms {
    let kind = kind(request.kind());
    let price = request.price.unwrap_or_default();
    StatedTerms {
        kind,
        amount_minor: price.amount_minor,
        currency_code: price.currency_code,
        start_window_hours: request.start_window_hours,
        viewing_window_hours: request.viewing_window_hours,
        available_from_us: request.available_from_us,
        available_until_us: request.available_until_us,
    }
}

fn stated_offer(offer: wire::OfferInput) -> StatedOffer {
    let kind = kind(offer.kind());
    let price = offer.price.unwrap_or_default();
    let terms = StatedTerms {
        kind,
        amount_minor: price.amount_minor,
        currency_code: price.currency_code,
        start_window_hours: offer.start_window_hours,
        viewing_window_hours: offer.viewing_window_hours,
        available_from_us: offer.available_from_us,
        available_until_us: offer.available_until_us,
    };
    StatedOffer {
        id: offer.offer_id,
        terms,
    }
}

fn kind(kind: wire::OfferKind) -> Option<Kind> {
    match kind {
        wire::OfferKind::Unspecified => None,
        wire::OfferKind::Rent => Some(Kind::Rent),
        wire::OfferKind::Buy => Some(Kind::Buy),
    }
}

// ── Imports ───────────────────────────────────────────────────────────────

pub(super) fn row(row: wire::ImportRow) -> Row {
    let title = row.title.unwrap_or_default();
    Row {
        number: row.row,
        identity: Identity {
            source: title.source,
            source_id: title.source_id,
        },
        facts: Facts {
            name: title.name,
            original_name: title.original_name,
            localized_names: localized(title.localized_names),
            year: title.year,
            runtime_minutes: title.runtime_minutes,
            countries: title.countries,
            languages: title.languages,
            subtitle_languages: title.subtitle_languages,
            age_rating: title.age_rating,
            directors: title.directors,
            cast: title.cast,
            genres: title.genres,
            synopses: localized(title.synopses),
            trailer_url: title.trailer_url,
            image_url: title.image_url,
            licence: title.licence,
            popularity: title.popularity,
        },
        offers: title.offers.into_iter().map(stated_offer).collect(),
        id: title.title_id,
        created_at_us: title.created_at_us,
    }
}

// ── Exports ───────────────────────────────────────────────────────────────

/// The titles wanted of a batch when its caller does not say, and at most.
const BATCH: std::ops::RangeInclusive<i32> = 1..=4096;
const DEFAULT_BATCH: i32 = 500;

/// How many titles a batch has, which are wanted, and after which one they begin.
pub(super) fn export(request: wire::ExportTitlesRequest, db: Db) -> Result<Export> {
    let size = if request.batch_size == 0 {
        DEFAULT_BATCH
    } else {
        request.batch_size
    };
    if !BATCH.contains(&size) {
        return Err(Fault::invalid("batch_size", "A batch has 1 to 4096 titles."));
    }
    let most = usize::try_from(request.most_titles);
    let most = most.map_err(|_| Fault::invalid("most_titles", "There cannot be fewer titles than none."))?;
    let after = match request.cursor.as_str() {
        "" => Uuid::nil(),
        cursor => Uuid::try_parse(cursor).map_err(|_| Fault::invalid("cursor", "This is no cursor of an export."))?,
    };
    let filter = Filter {
        genres: request.genres,
        decades: request.decades,
        countries: request.countries,
        languages: request.languages,
    };
    let batch_size = usize::try_from(size).unwrap_or(1);
    let left = if most == 0 { usize::MAX } else { most };
    Ok(Export::new(db, filter, batch_size, left, after))
}

pub(super) fn batch(titles: Vec<Title>, after: Uuid) -> wire::TitleBatch {
    wire::TitleBatch {
        titles: titles.into_iter().map(exported).collect(),
        cursor: after.to_string(),
    }
}

fn exported(title: Title) -> wire::TitleInput {
    let facts = title.facts;
    wire::TitleInput {
        source: title.identity.source,
        source_id: title.identity.source_id,
        name: facts.name,
        original_name: facts.original_name,
        localized_names: localized_texts(facts.localized_names),
        year: facts.year,
        runtime_minutes: facts.runtime_minutes,
        countries: facts.countries,
        languages: facts.languages,
        subtitle_languages: facts.subtitle_languages,
        age_rating: facts.age_rating,
        directors: facts.directors,
        cast: facts.cast,
        genres: facts.genres,
        synopses: localized_texts(facts.synopses),
        trailer_url: facts.trailer_url,
        image_url: facts.image_url,
        licence: facts.licence,
        popularity: facts.popularity,
        offers: title.offers.iter().map(exported_offer).collect(),
        title_id: title.id.to_string(),
        created_at_us: title.created_at_us,
    }
}

fn exported_offer(of: &Offer) -> wire::OfferInput {
    let wire::Offer {
        offer_id,
        kind,
        price,
        start_window_hours,
        viewing_window_hours,
        available_from_us,
        available_until_us,
        ..
    } = offer(of);
    wire::OfferInput {
        kind,
        price,
        start_window_hours,
        viewing_window_hours,
        available_from_us,
        available_until_us,
        offer_id,
    }
}

pub(super) fn import_summary(summary: Summary) -> wire::ImportSummary {
    let refused = |row: RefusedRow| wire::RefusedRow {
        row: row.number,
        name: row.name,
        field: row.refusal.field,
        reason: row.refusal.reason,
    };
    wire::ImportSummary {
        created: summary.created,
        updated: summary.updated,
        unchanged: summary.unchanged,
        refused: summary.refused.into_iter().map(refused).collect(),
    }
}
