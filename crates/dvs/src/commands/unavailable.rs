//! The offers that cannot be ordered, because their titles have no playable film or because they have ended, and the media
//! files that the catalogue does not know: a part of the report of `dvs doctor`.

use anyhow::Result;
use api::catalogue::{Catalogue, GetUnknownFilesRequest, ListUnplayableTitlesRequest, OfferKind};
use jiff::Timestamp;
use rpc::Call;
use store::{Clock, SystemClock};

use crate::commands::{counted, say, told};
use crate::titles;

/// The most offers that are listed; a store that has imported a catalogue may have very many.
const LISTED: usize = 1000;

/// Lists the offers that cannot be ordered, and counts the unknown files.
pub(crate) async fn tell(catalogue: &dyn Catalogue) -> Result<()> {
    tell_unplayable(catalogue).await?;
    tell_ended(catalogue).await?;
    tell_unknown(catalogue).await
}

/// Counts the media files that the catalogue does not know, and says until when they are kept.
async fn tell_unknown(catalogue: &dyn Catalogue) -> Result<()> {
    let call = Call::by_service(GetUnknownFilesRequest {});
    let unknown = catalogue.get_unknown_files(call).await.map_err(|fault| told(&fault))?;
    if unknown.file_count == 0 {
        return Ok(());
    }
    say(format_args!(
        "note  the catalogue does not know {}, and removes them after {:.0}, the last ones after {:.0}: if another catalogue \
         knows them, restore it before",
        counted(unknown.file_count, "media file", "media files"),
        Timestamp::from_microsecond(unknown.first_removed_at_us)?,
        Timestamp::from_microsecond(unknown.last_removed_at_us)?
    ))
}

/// Lists the offers that have ended. Offers that have not begun yet are left out.
async fn tell_ended(catalogue: &dyn Catalogue) -> Result<()> {
    let now_us = SystemClock.now_us();
    let mut offers = 0_usize;
    titles::each(catalogue, |title| {
        let ended = title
            .offers
            .iter()
            .filter(|offer| (1..=now_us).contains(&offer.available_until_us));
        for offer in ended.filter(|_| !title.is_hidden) {
            offers += 1;
            if offers > LISTED {
                continue;
            }
            let (kind, at) = (
                kind(offer.kind()),
                Timestamp::from_microsecond(offer.available_until_us)?,
            );
            say(format_args!(
                "note  the offer ({kind}) of {} ({}), title {}, cannot be ordered: it ended at {at:.0}",
                title.name, title.year, title.title_id
            ))?;
        }
        Ok(())
    })
    .await?;
    let all = counted(offers, "offer has", "offers have");
    match offers {
        0 => Ok(()),
        1..=LISTED => say(format_args!("note  {all} ended")),
        _ => say(format_args!("note  {all} ended; the first {LISTED} are listed")),
    }
}

fn kind(kind: OfferKind) -> &'static str {
    if kind == OfferKind::Buy { "buy" } else { "rent" }
}

async fn tell_unplayable(catalogue: &dyn Catalogue) -> Result<()> {
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
                let kind = kind(offer.kind());
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
