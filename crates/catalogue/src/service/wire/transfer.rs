//! The messages of imports and exports.

use api::catalogue as wire;
use store::Db;
use uuid::Uuid;

use super::{localized, localized_texts, offer, stated_offer};
use crate::fault::{Fault, Result};
use crate::import::{ChangedTitle, FieldChange, Mode, RefusedRow, Row, Summary};
use crate::named::Named;
use crate::offer::Offer;
use crate::title::export::{Export, Filter};
use crate::title::{Facts, Identity, State, Title};

pub(in crate::service) fn mode(request: &wire::ImportTitlesRequest) -> Mode {
    Mode {
        is_dry_run: request.is_dry_run,
        allows_renames: request.allows_renames,
    }
}

// No `..` below: when the contract gets a new field, this does not compile until the field is handled.

pub(in crate::service) fn row(row: wire::ImportRow) -> Row {
    let wire::TitleInput {
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
        fields,
        is_hidden,
    } = row.title.unwrap_or_default();
    Row {
        number: row.row,
        identity: Identity { source, source_id },
        facts: Facts {
            name,
            original_name,
            localized_names: localized(localized_names),
            year,
            runtime_minutes,
            countries,
            languages,
            subtitle_languages,
            age_rating,
            directors,
            cast,
            genres,
            synopses: localized(synopses),
            trailer_url,
            image_url,
            licence,
            popularity,
        },
        is_hidden,
        offers: offers.into_iter().map(stated_offer).collect(),
        named: Named::new(fields),
        id: title_id,
        created_at_us,
    }
}

/// The allowed sizes of an export's batch, and the size if the caller states none.
const BATCH: std::ops::RangeInclusive<i32> = 1..=4096;
const DEFAULT_BATCH: i32 = 500;

/// The export that a request describes.
pub(in crate::service) fn export(request: wire::ExportTitlesRequest, db: Db) -> Result<Export> {
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

pub(in crate::service) fn batch(titles: Vec<Title>, after: Uuid) -> wire::TitleBatch {
    wire::TitleBatch {
        titles: titles.into_iter().map(exported).collect(),
        cursor: after.to_string(),
    }
}

fn exported(title: Title) -> wire::TitleInput {
    let is_hidden = title.state == State::Hidden;
    let Facts {
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
    } = title.facts;
    wire::TitleInput {
        source: title.identity.source,
        source_id: title.identity.source_id,
        name,
        original_name,
        localized_names: localized_texts(localized_names),
        year,
        runtime_minutes,
        countries,
        languages,
        subtitle_languages,
        age_rating,
        directors,
        cast,
        genres,
        synopses: localized_texts(synopses),
        trailer_url,
        image_url,
        licence,
        popularity,
        offers: title.offers.iter().map(exported_offer).collect(),
        title_id: title.id.to_string(),
        created_at_us: title.created_at_us,
        fields: Vec::new(),
        is_hidden,
    }
}

fn exported_offer(of: &Offer) -> wire::OfferInput {
    let wire::Offer {
        offer_id,
        title_id: _,
        kind,
        price,
        start_window_hours,
        viewing_window_hours,
        available_from_us,
        available_until_us,
    } = offer(of);
    wire::OfferInput {
        kind,
        price,
        start_window_hours,
        viewing_window_hours,
        available_from_us,
        available_until_us,
        offer_id,
        fields: Vec::new(),
    }
}

pub(in crate::service) fn import_summary(summary: Summary) -> wire::ImportSummary {
    let refused = |row: RefusedRow| wire::RefusedRow {
        row: row.number,
        name: row.name,
        field: row.refusal.field,
        reason: row.refusal.reason,
    };
    let change = |FieldChange { field, before, after }| wire::FieldChange { field, before, after };
    let changed = |title: ChangedTitle| wire::ChangedTitle {
        row: title.number,
        name: title.name,
        title_id: title.id.map(|id| id.to_string()).unwrap_or_default(),
        changes: title.changes.into_iter().map(change).collect(),
    };
    wire::ImportSummary {
        created: summary.created,
        updated: summary.updated,
        unchanged: summary.unchanged,
        refused: summary.refused.into_iter().map(refused).collect(),
        changed: summary.changed.into_iter().map(changed).collect(),
    }
}
