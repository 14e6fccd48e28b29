//! Collections.

use api::catalogue as wire;
use store::{PageSize, PageToken};

use super::{id, localized, localized_texts};
use crate::collection::{Collection, CollectionFacts};
use crate::fault::{Fault, Result};

/// What the page tokens of the list are bound to.
const LIST: &str = "collections";
/// The position before every collection.
const START: (i32, String) = (-1, String::new());

pub(in crate::service) fn collection(collection: Collection) -> wire::Collection {
    let Collection { id, position, facts } = collection;
    wire::Collection {
        collection_id: id,
        names: localized_texts(facts.names),
        descriptions: localized_texts(facts.descriptions),
        title_ids: facts.titles.iter().map(ToString::to_string).collect(),
        position,
    }
}

pub(in crate::service) fn put_collection(request: wire::PutCollectionRequest) -> Result<Collection> {
    let titles = request.title_ids.iter().enumerate().map(|(place, title_id)| {
        let unknown = || Fault::invalid(format!("title_ids[{place}]"), "There is no such title.");
        id(title_id).ok_or_else(unknown)
    });
    let collection = Collection {
        id: request.collection_id,
        position: request.position,
        facts: CollectionFacts {
            titles: titles.collect::<Result<_>>()?,
            names: localized(request.names),
            descriptions: localized(request.descriptions),
        },
    };
    Ok(collection.check()?)
}

/// How many collections are asked for, and the position after which they begin.
pub(in crate::service) fn collection_page(request: &wire::ListCollectionsRequest) -> Result<(PageSize, (i32, String))> {
    let size = PageSize::parse(request.page_size).map_err(|error| Fault::invalid("page_size", error.to_string()))?;
    let after = match request.page_token.as_str() {
        "" => START,
        token => PageToken::decode(token, LIST).map_err(|_| Fault::PageTokenUnknown)?,
    };
    Ok((size, after))
}

pub(in crate::service) fn listed(size: PageSize, found: Vec<Collection>) -> wire::ListCollectionsResponse {
    let (page, more) = size.cut(found);
    let last = page.last().filter(|_| more);
    let next = last.map(|last| PageToken::encode(&(last.position, &last.id), LIST));
    wire::ListCollectionsResponse {
        collections: page.into_iter().map(collection).collect(),
        next_page_token: next.unwrap_or_default(),
    }
}
