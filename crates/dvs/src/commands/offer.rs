//! `dvs offer set`: what a film costs.

use anyhow::Result;
use api::catalogue::{OfferKind as Kind, SetOfferRequest};
use rpc::Call;

use crate::commands::{say, told};
use crate::config::{OfferKind, OfferSetOptions};
use crate::reach::{Missing, Reached};

pub(crate) async fn set(options: OfferSetOptions) -> Result<()> {
    let store = Reached::open(&options.store, "dvs offer set", Missing::Refuse).await?;
    let kind = match options.kind {
        OfferKind::Rent => Kind::Rent,
        OfferKind::Buy => Kind::Buy,
    };
    let request = SetOfferRequest {
        title_id: options.title_id,
        kind: kind.into(),
        price: Some(options.price.0),
        start_window_hours: options.start_window,
        viewing_window_hours: options.viewing_window,
        ..SetOfferRequest::default()
    };
    let answer = store.catalogue.set_offer(Call::by_service(request)).await;
    store.close().await;
    let offer = answer.map_err(|fault| told(&fault))?;
    say(format_args!("offer {} is set", offer.offer_id))
}
