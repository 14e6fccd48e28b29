//! Between the contract's messages and the domain: requests are parsed, answers written.

use api::catalogue as wire;
use store::{PageSize, PageToken};
use uuid::Uuid;

use crate::export::Filter;
use crate::fault::{Fault, Result};
use crate::import::{RefusedRow, Row, StatedOffer, Summary};
use crate::media::MediaObject;
use crate::offer::{Kind, Offer, StatedTerms};
use crate::search::{Facets, OfferKind, Position, Query, Sort};
use crate::title::{Facts, Identity, Localized, Title, person_id};

/// The most values of one filter.
const FILTER_VALUES: usize = 50;

/// None when the text is no id; whoever asks with one asks for something that is not there.
pub(super) fn id(text: &str) -> Option<Uuid> {
    // Only the form that we give out: one thing has one name.
    let id = Uuid::try_parse(text).ok()?;
    (id.to_string() == text).then_some(id)
}

// ── Titles ────────────────────────────────────────────────────────────────

pub(super) fn title(title: &Title) -> wire::Title {
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
        directors: facts.directors.into_iter().map(credit).collect(),
        cast: facts.cast.into_iter().map(credit).collect(),
        genres: facts.genres,
        synopses: localized_texts(facts.synopses),
        trailer_url: facts.trailer_url,
        image_url: facts.image_url,
        licence: facts.licence,
        source: title.identity.source.clone(),
        source_id: title.identity.source_id.clone(),
        popularity: facts.popularity,
        offers: title.offers.iter().map(offer).collect(),
        has_media: title.has_media,
        revision: title.revision,
    }
}

pub(super) fn summary(title: &Title) -> wire::TitleSummary {
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
    }
}

pub(super) fn suggestion(title: &Title) -> wire::Suggestion {
    wire::Suggestion {
        title_id: title.id.to_string(),
        name: title.facts.name.clone(),
        year: title.facts.year,
    }
}

fn credit(name: String) -> wire::Credit {
    wire::Credit {
        person_id: person_id(&name).to_string(),
        name,
    }
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

pub(super) fn offer_detail(of: &Offer, title: &Title) -> wire::OfferDetail {
    wire::OfferDetail {
        offer: Some(offer(of)),
        title_name: title.facts.name.clone(),
        runtime_minutes: title.facts.runtime_minutes,
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

// ── Searches ──────────────────────────────────────────────────────────────

/// The query, and what its page tokens are bound to.
pub(super) fn query(request: wire::SearchTitlesRequest) -> Result<(Query, wire::SearchTitlesRequest)> {
    let size = PageSize::parse(request.page_size).map_err(|error| Fault::invalid("page_size", error.to_string()))?;
    let filters = [
        ("genres", request.genres.len()),
        ("decades", request.decades.len()),
        ("countries", request.countries.len()),
        ("languages", request.languages.len()),
        ("offers", request.offers.len()),
    ];
    if let Some((field, _)) = filters.into_iter().find(|(_, values)| *values > FILTER_VALUES) {
        return Err(Fault::invalid(
            field,
            format!("A filter has at most {FILTER_VALUES} values."),
        ));
    }
    let bound = wire::SearchTitlesRequest {
        page_size: 0,
        page_token: String::new(),
        ..request.clone()
    };
    let after = match request.page_token.as_str() {
        "" => None,
        token => Some(PageToken::decode::<Position, _>(token, &bound).map_err(|_| Fault::PageTokenUnknown)?),
    };
    let offers = request.offers().filter_map(|offer| match offer {
        wire::OfferKind::Unspecified => None,
        wire::OfferKind::Rent => Some(OfferKind::Rent),
        wire::OfferKind::Buy => Some(OfferKind::Buy),
    });
    let offers = offers.collect();
    let sort = match request.sort() {
        wire::TitleSort::Unspecified | wire::TitleSort::Relevance => Sort::Relevance,
        wire::TitleSort::Popular => Sort::Popular,
        wire::TitleSort::Newest => Sort::Newest,
        wire::TitleSort::Year => Sort::Year,
        wire::TitleSort::Name => Sort::Name,
    };
    let query = Query {
        text: request.query,
        genres: request.genres,
        decades: request.decades,
        countries: request.countries,
        languages: request.languages,
        offers,
        sort,
        after,
        limit: size.rows(),
    };
    Ok((query, bound))
}

pub(super) fn facets(facets: Facets) -> wire::Facets {
    let counts = |counts: Vec<(String, usize)>| {
        let count = |(value, count)| wire::FacetCount {
            value,
            count: i64::try_from(count).unwrap_or(i64::MAX),
        };
        counts.into_iter().map(count).collect()
    };
    wire::Facets {
        genres: counts(facets.genres),
        decades: counts(facets.decades),
        countries: counts(facets.countries),
        languages: counts(facets.languages),
        offers: counts(facets.offers),
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
pub(super) fn export(request: wire::ExportTitlesRequest) -> Result<(usize, Filter, Uuid)> {
    let size = if request.batch_size == 0 {
        DEFAULT_BATCH
    } else {
        request.batch_size
    };
    if !BATCH.contains(&size) {
        return Err(Fault::invalid("batch_size", "A batch has 1 to 4096 titles."));
    }
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
    Ok((usize::try_from(size).unwrap_or(1), filter, after))
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

// ── Media ─────────────────────────────────────────────────────────────────

pub(super) fn media_object(object: wire::MediaObject) -> MediaObject {
    MediaObject {
        name: object.name,
        location: object.location,
        content_type: object.content_type,
        size_bytes: object.size_bytes,
    }
}

/// What an upload's first message says of its file; its place is a new one, so that nothing is overwritten.
pub(super) fn uploaded(first: &wire::UploadMediaRequest, title: Uuid, place: Uuid) -> MediaObject {
    MediaObject {
        location: format!("titles/{title}/{place}/{}", first.name),
        name: first.name.clone(),
        content_type: first.content_type.clone(),
        // Until it is there: something.
        size_bytes: 1,
    }
}

pub(super) fn media_asset(title: Uuid, objects: Vec<MediaObject>) -> wire::MediaAsset {
    let object = |object: MediaObject| wire::MediaObject {
        name: object.name,
        location: object.location,
        content_type: object.content_type,
        size_bytes: object.size_bytes,
    };
    wire::MediaAsset {
        title_id: title.to_string(),
        objects: objects.into_iter().map(object).collect(),
    }
}
