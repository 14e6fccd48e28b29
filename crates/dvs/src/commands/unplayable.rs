//! The offers that cannot be ordered, because their titles have no film that plays: what `dvs doctor` says of them.

use anyhow::Result;
use api::catalogue::{Catalogue, ListUnplayableTitlesRequest, OfferKind};
use rpc::Call;

use crate::commands::{counted, say, told};

/// The most offers that are listed; a store that has imported a catalogue may have very many.
const LISTED: usize = 1000;

/// Lists the offers that cannot be ordered.
pub(crate) async fn tell(catalogue: &dyn Catalogue) -> Result<()> {
    let mut request = ListUnplayableTitlesRequest::default();
    let mut offers = 0_usize;
    loop {
        let answer = catalogue
            .list_unplayable_titles(Call::by_service(request.clone()))
            .await;
        let titles = answer.map_err(|fault| told(&fault))?.titles;
        let Some(last) = titles.last() else { break };
        request.after.clone_from(&last.title_id);
        for title in &titles {
            for offer in &title.offers {
                offers += 1;
                if offers > LISTED {
                    continue;
                }
                let kind = if offer.kind() == OfferKind::Buy { "buy" } else { "rent" };
                say(format_args!(
                    "note  offer {} ({kind}) of {} ({}), title {}, cannot be ordered: {}",
                    offer.offer_id, title.name, title.year, title.title_id, title.reason
                ))?;
            }
        }
    }
    let all = counted(offers, "offer", "offers");
    match offers {
        0 => Ok(()),
        1..=LISTED => say(format_args!("note  {all} cannot be ordered")),
        _ => say(format_args!(
            "note  {all} cannot be ordered; the first {LISTED} are listed"
        )),
    }
}
