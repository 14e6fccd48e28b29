//! Searches, and what is found by them.

use std::collections::HashMap;

use api::catalogue as wire;
use store::{PageSize, PageToken};
use uuid::Uuid;

use super::{id, summary};
use crate::fault::{Fault, Result};
use crate::feed::follow::Changes;
use crate::media::SalePolicy;
use crate::search::related::Relation;
use crate::search::{Facets, Kind, OfferKind, Position, PriceBand, Query, Sort};
use crate::title::Title;

/// The most values of one filter.
const FILTER_VALUES: usize = 50;
/// How many days ahead a search may ask for ending offers.
const ENDS_WITHIN_LIMIT_DAYS: u16 = 366;

/// The query, and the request that its page tokens are bound to.
pub(in crate::service) fn query(request: wire::SearchTitlesRequest) -> Result<(Query, wire::SearchTitlesRequest)> {
    let size = PageSize::parse(request.page_size).map_err(|error| Fault::invalid("page_size", error.to_string()))?;
    let filters = [
        ("genres", request.genres.len()),
        ("decades", request.decades.len()),
        ("countries", request.countries.len()),
        ("languages", request.languages.len()),
        ("offers", request.offers.len()),
        ("prices", request.prices.len()),
        ("years", request.years.len()),
        ("kinds", request.kinds.len()),
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
    let prices = request.prices.iter().map(|band| {
        let unknown = "This is no price band, such as BRL:1000-2000.";
        PriceBand::parse(band).ok_or_else(|| Fault::invalid("prices", unknown))
    });
    let prices = prices.collect::<Result<_>>()?;
    let kinds = request.kinds().filter_map(|kind| match kind {
        wire::TitleKind::Unspecified => None,
        wire::TitleKind::Feature => Some(Kind::Feature),
        wire::TitleKind::Short => Some(Kind::Short),
        wire::TitleKind::Documentary => Some(Kind::Documentary),
        wire::TitleKind::Animation => Some(Kind::Animation),
        wire::TitleKind::Silent => Some(Kind::Silent),
    });
    let kinds = kinds.collect();
    let ends_within_days = u16::try_from(request.ends_within_days)
        .ok()
        .filter(|days| *days <= ENDS_WITHIN_LIMIT_DAYS)
        .ok_or_else(|| Fault::invalid("ends_within_days", "These are 1 to 366 days."))?;
    let sort = match request.sort() {
        wire::TitleSort::Unspecified | wire::TitleSort::Relevance => Sort::Relevance,
        wire::TitleSort::Popular => Sort::Popular,
        wire::TitleSort::Newest => Sort::Newest,
        wire::TitleSort::Year => Sort::Year,
        wire::TitleSort::Name => Sort::Name,
        wire::TitleSort::EndsSoon => Sort::EndsSoon,
    };
    let query = Query {
        text: request.query,
        genres: request.genres,
        decades: request.decades,
        years: request.years,
        kinds,
        countries: request.countries,
        languages: request.languages,
        offers,
        prices,
        ends_within_days,
        sort,
        after,
        limit: size.rows(),
    };
    Ok((query, bound))
}

pub(in crate::service) fn facets(facets: Facets) -> wire::Facets {
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
        prices: counts(facets.prices),
        kinds: counts(facets.kinds),
        years: counts(facets.years),
    }
}

/// The most titles whose numbers of orders one call may set.
const ORDERED: usize = 1_000;

/// How often titles were ordered. Ids that are not valid are skipped, as those of deleted titles are.
pub(in crate::service) fn title_orders(request: &wire::SetTitleOrdersRequest) -> Result<HashMap<Uuid, i32>> {
    if request.titles.len() > ORDERED {
        return Err(Fault::invalid("titles", format!("These are at most {ORDERED} titles.")));
    }
    if request.titles.iter().any(|title| title.orders < 1) {
        return Err(Fault::invalid("titles", "A title is named with 1 order or more."));
    }
    let titles = request.titles.iter();
    Ok(titles
        .filter_map(|title| Some((id(&title.title_id)?, title.orders)))
        .collect())
}

/// The most ids of one page.
const IDS: i32 = 10_000;

/// The title after which a page of ids begins, and how many ids it has at most.
pub(in crate::service) fn title_ids(request: &wire::ListTitleIdsRequest) -> Result<(Uuid, i64)> {
    let size = if request.page_size == 0 { IDS } else { request.page_size };
    if !(1..=IDS).contains(&size) {
        return Err(Fault::invalid("page_size", format!("A page has 1 to {IDS} ids.")));
    }
    let after = match request.after.as_str() {
        "" => Uuid::nil(),
        after => id(after).ok_or_else(|| Fault::invalid("after", "This is no title's id."))?,
    };
    Ok((after, size.into()))
}

pub(in crate::service) fn title_entries(found: Vec<(Uuid, i64)>) -> wire::ListTitleIdsResponse {
    let entry = |(id, created_at_us): (Uuid, i64)| wire::TitleEntry {
        title_id: id.to_string(),
        created_at_us,
    };
    wire::ListTitleIdsResponse {
        titles: found.into_iter().map(entry).collect(),
    }
}

pub(in crate::service) fn changed(changes: Changes, sale: SalePolicy) -> wire::TitlesChanged {
    let listed = changes.titles.iter().filter(|title| title.is_listed());
    wire::TitlesChanged {
        titles: listed.map(|title| summary(title, sale)).collect(),
        revision: changes.revision,
        collection_ids: changes.collections,
    }
}

pub(in crate::service) fn related(
    title: &Title,
    relation: Relation,
    name: String,
    sale: SalePolicy,
) -> wire::RelatedTitle {
    let relation = match relation {
        Relation::Director => wire::Relation::Director,
        Relation::Cast => wire::Relation::Cast,
        Relation::GenreAndDecade => wire::Relation::GenreAndDecade,
        Relation::Genre => wire::Relation::Genre,
        Relation::Country => wire::Relation::Country,
    };
    wire::RelatedTitle {
        title: Some(summary(title, sale)),
        relation: relation.into(),
        name,
    }
}
