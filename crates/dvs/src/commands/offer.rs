//! `dvs offer set`: what a film costs, and when it is sold.

use anyhow::{Result, ensure};
use api::catalogue::{OfferKind as Kind, SetOfferRequest};
use rpc::Call;
use store::{Clock, SystemClock};

use crate::commands::{find, note, say, told};
use crate::config::{OfferKind, OfferSetOptions};
use crate::reach::{Missing, StoreConnection};
use crate::values::Bound;

pub(crate) async fn set(options: OfferSetOptions) -> Result<()> {
    ensure_no_windows_to_buy(&options)?;
    ensure_given(&options)?;
    let store = StoreConnection::open(&options.store, "dvs offer set", Missing::Refuse).await?;
    let set = async {
        let catalogue = store.catalogue().await?;
        let title = find(catalogue, &options.title).await?;
        let request = request(title.title_id.clone(), options);
        let answer = catalogue.set_offer(Call::by_service(request)).await;
        Ok::<_, anyhow::Error>((title, answer.map_err(|fault| told(&fault))?))
    };
    let set = set.await;
    store.close().await;
    let (title, offer) = set?;
    let (id, name, year) = (&offer.offer_id, title.name, title.year);
    say(format_args!("offer {id} of {name} ({year}) is set"))?;
    if offer.has_ended(SystemClock.now_us()) {
        note("Its end is past, so it cannot be ordered: --until sets another, --until none takes it away.")?;
    }
    Ok(())
}

fn ensure_given(options: &OfferSetOptions) -> Result<()> {
    let OfferSetOptions {
        title: _,
        kind: _,
        price,
        start_window,
        viewing_window,
        from,
        until,
        store: _,
    } = options;
    let is_given = price.is_some()
        || [start_window, viewing_window].into_iter().any(Option::is_some)
        || [from, until].into_iter().any(Option::is_some);
    ensure!(
        is_given,
        "nothing is given to set: a price such as BRL:1490, --start-window, --viewing-window, --from or --until"
    );
    Ok(())
}

/// Refuses windows for a purchase, which has no end.
fn ensure_no_windows_to_buy(options: &OfferSetOptions) -> Result<()> {
    let given = [
        ("--start-window", options.start_window.is_some()),
        ("--viewing-window", options.viewing_window.is_some()),
    ];
    for (option, is_given) in given {
        ensure!(
            !is_given || matches!(options.kind, OfferKind::Rent),
            "{option} is for a rental: a bought film stays with its buyer"
        );
    }
    Ok(())
}

/// The request to set the options that were given; the catalogue keeps the other terms.
fn request(title_id: String, options: OfferSetOptions) -> SetOfferRequest {
    let OfferSetOptions {
        title: _,
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
    // A request that names no field sets all of them, so the kind, which is always given, is named too.
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

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::config::{Cli, Command, OfferCommand};

    #[test]
    fn a_window_of_an_offer_to_buy_is_refused_by_the_name_of_its_option() {
        let outcome = |kind: &str, option: &str| {
            let cli = Cli::try_parse_from(["dvs", "offer", "set", "Limite", kind, option, "48h"]).unwrap();
            let Command::Offer(OfferCommand::Set(options)) = cli.command else {
                panic!("not offer set");
            };
            ensure_no_windows_to_buy(&options)
        };
        for option in ["--start-window", "--viewing-window"] {
            assert!(outcome("rent", option).is_ok());
            let refusal = outcome("buy", option).unwrap_err().to_string();
            assert!(refusal.starts_with(option), "{refusal}");
        }
    }
}
