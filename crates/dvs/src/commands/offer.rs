//! `dvs offer set`: what a film costs, and when it is sold.

use anyhow::Result;
use api::catalogue::{OfferKind as Kind, SetOfferRequest};
use rpc::Call;

use crate::commands::{say, told};
use crate::config::{OfferKind, OfferSetOptions};
use crate::reach::{Missing, StoreConnection};
use crate::values::Bound;

pub(crate) async fn set(options: OfferSetOptions) -> Result<()> {
    let store = StoreConnection::open(&options.store, "dvs offer set", Missing::Refuse).await?;
    let answer = store.catalogue.set_offer(Call::by_service(request(options))).await;
    store.close().await;
    let offer = answer.map_err(|fault| told(&fault))?;
    say(format_args!("offer {} is set", offer.offer_id))
}

/// What the options give, and the names of what they give: the catalogue keeps the rest.
fn request(options: OfferSetOptions) -> SetOfferRequest {
    let OfferSetOptions {
        title_id,
        kind,
        price,
        start_window,
        viewing_window,
        from,
        until,
        store: _,
    } = options;
    let kind = match kind {
        OfferKind::Rent => Kind::Rent,
        OfferKind::Buy => Kind::Buy,
    };
    let given = [
        ("price", price.is_some()),
        ("start_window_hours", start_window.is_some()),
        ("viewing_window_hours", viewing_window.is_some()),
        ("available_from_us", from.is_some()),
        ("available_until_us", until.is_some()),
    ];
    let given = given.into_iter().filter(|(_, is_given)| *is_given);
    // Without any name all would be set: the kind is always given.
    let fields = given.map(|(field, _)| field).chain(["kind"]).map(ToOwned::to_owned);
    SetOfferRequest {
        title_id,
        kind: kind.into(),
        price: price.map(|price| price.0),
        start_window_hours: start_window.map(|window| window.hours).unwrap_or_default(),
        viewing_window_hours: viewing_window.map(|window| window.hours).unwrap_or_default(),
        available_from_us: from.map(Bound::begins_us).unwrap_or_default(),
        available_until_us: until.map(Bound::ends_us).unwrap_or_default(),
        fields: fields.collect(),
    }
}
