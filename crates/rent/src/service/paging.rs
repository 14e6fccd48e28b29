//! Pages of the lists of what a customer has.

use store::{PageSize, PageToken};
use uuid::Uuid;

use crate::fault::{Fault, Result};
use crate::id::CustomerId;

/// A position in a list: the time of the last row of a page, and its id.
pub(crate) type Place = (i64, Uuid);

pub(crate) fn page(
    list: &'static str,
    customer: CustomerId,
    size: i32,
    token: &str,
) -> Result<(PageSize, Option<Place>)> {
    let size = PageSize::parse(size).map_err(|error| Fault::invalid("page_size", error.to_string()))?;
    if token.is_empty() {
        return Ok((size, None));
    }
    let after = PageToken::decode(token, &(list, customer.uuid())).map_err(|_| Fault::PageTokenUnknown)?;
    Ok((size, Some(after)))
}

pub(crate) fn next_page_token(list: &'static str, customer: CustomerId, end: Option<Place>, more: bool) -> String {
    match end {
        Some(end) if more => PageToken::encode(&end, &(list, customer.uuid())),
        _ => String::new(),
    }
}
