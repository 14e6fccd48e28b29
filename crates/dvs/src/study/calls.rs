//! The calls that are studied, one of each kind.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use api::catalogue::{
    Catalogue, ExportTitlesRequest, GetTitleRequest, ImportRow, ImportSummary, ImportTitlesRequest, Title, TitleBatch,
    TitleInput,
};
use api::rent::{PlayAction, PlayEvent, PlayEventKind, PlayRequest, Rent};
use futures::channel::mpsc;
use futures::{SinkExt, StreamExt, stream};
use prost::Message;
use rpc::xray::{self, Event};
use rpc::{Call, Transport, Way};
use serde::Serialize;

use super::studied::{Studied, by};
use crate::commands::told;
use crate::config::{CallKind, StudyOptions};

/// An export may be long: so many batches are enough to see what it is.
const BATCHES: usize = 4;
const TITLES_PER_BATCH: i32 = 24;
/// How many titles the import sends again.
const TITLES_AGAIN: i32 = 3;
/// A call begins and ends on the line a moment before and after its caller sees it.
const AFTERMATH: Duration = Duration::from_millis(50);

/// A call that was made, and all that went by.
pub(crate) struct Observed {
    pub(super) method: &'static str,
    /// What it did, in a sentence.
    pub(super) did: String,
    /// When such a call is the right one.
    pub(super) when: &'static str,
    pub(super) transport: Transport,
    pub(super) events: Vec<Event>,
    pub(super) reads: Reads,
}

/// How the payloads of gRPC messages are read, each way.
pub(super) struct Reads {
    there: fn(&[u8]) -> Option<String>,
    back: fn(&[u8]) -> Option<String>,
}

impl Reads {
    fn of<Q: Message + Default + Serialize, A: Message + Default + Serialize>() -> Self {
        Self {
            there: in_words::<Q>,
            back: in_words::<A>,
        }
    }

    /// The fields of a message, as JSON; a text message is taken as it is.
    pub(super) fn read(&self, transport: Transport, way: Way, payload: &[u8]) -> Option<String> {
        match (transport, way) {
            (Transport::Rest, _) => std::str::from_utf8(payload).ok().map(str::to_owned),
            (_, Way::There) => (self.there)(payload),
            (_, Way::Back) => (self.back)(payload),
        }
    }
}

fn in_words<T: Message + Default + Serialize>(payload: &[u8]) -> Option<String> {
    serde_json::to_string(&T::decode(payload).ok()?).ok()
}

impl Observed {
    /// Makes the call and watches.
    pub(crate) async fn of(store: &Studied, options: &StudyOptions) -> Result<Self> {
        let (method, did, when, reads) = match options.kind {
            CallKind::Unary => unary(store).await?,
            CallKind::ServerStream => server_stream(store).await?,
            CallKind::ClientStream => client_stream(store).await?,
            CallKind::Bidi => bidi(store).await?,
        };
        tokio::time::sleep(AFTERMATH).await;
        Ok(Self {
            method,
            did,
            when,
            transport: store.transport,
            events: xray::read(&store.tap.take()),
            reads,
        })
    }
}

type Made = (&'static str, String, &'static str, Reads);

async fn unary(store: &Studied) -> Result<Made> {
    let title_id = store.some_title().await?.title_id;
    let title = store
        .catalogue
        .get_title(Call::by_service(GetTitleRequest { title_id }))
        .await;
    let title = title.map_err(|fault| told(&fault))?;
    Ok((
        "CatalogueService.GetTitle",
        format!(
            "One request, one answer: {} ({}) was looked up.",
            title.name, title.year
        ),
        "Use it for everything that is asked and answered at once: look-ups, orders, changes. It is the simplest to \
         retry, cache, limit and trace, so begin with it, and leave it only for a reason.",
        Reads::of::<GetTitleRequest, Title>(),
    ))
}

async fn server_stream(store: &Studied) -> Result<Made> {
    let request = ExportTitlesRequest {
        batch_size: TITLES_PER_BATCH,
        ..ExportTitlesRequest::default()
    };
    let batches = store.catalogue.export_titles(Call::by_service(request)).await;
    let mut batches = batches.map_err(|fault| told(&fault))?;
    let (mut titles, mut seen, mut is_whole) = (0, 0, false);
    while seen < BATCHES && !is_whole {
        match batches.next().await {
            None => is_whole = true,
            Some(batch) => {
                titles += batch.map_err(|fault| told(&fault))?.titles.len();
                seen += 1;
            }
        }
    }
    let end = if is_whole {
        "to the end of the catalogue"
    } else {
        "then the reader left, and the service was told"
    };
    Ok((
        "CatalogueService.ExportTitles",
        format!("One request, a stream of answers: {titles} titles in {seen} batches, {end}."),
        "Use it when an answer is long or goes on: an export, a feed of changes. The first of it comes at once, neither \
         side holds all of it, and a slow reader slows the writer down. Put many small records into a message, and a \
         cursor into each, so that a stream that is cut goes on where it was.",
        Reads::of::<ExportTitlesRequest, TitleBatch>(),
    ))
}

async fn client_stream(store: &Studied) -> Result<Made> {
    let mut rows = titles_again(store).await?;
    rows.push(TitleInput {
        source: "study".to_owned(),
        source_id: "nameless".to_owned(),
        ..TitleInput::default()
    });
    let requests = (1..).zip(rows).map(|(row, title)| {
        Ok(ImportTitlesRequest {
            rows: vec![ImportRow {
                row,
                title: Some(title),
            }],
        })
    });
    let messages = Box::pin(stream::iter(requests.collect::<Vec<_>>()));
    let summary = store.catalogue.import_titles(Call::by_service(messages)).await;
    let summary = summary.map_err(|fault| told(&fault))?;
    Ok((
        "CatalogueService.ImportTitles",
        format!(
            "A stream of requests, one answer: titles that the store has were sent again, and one without a name. {} \
             new, {} changed, {} unchanged, {} refused.",
            summary.created,
            summary.updated,
            summary.unchanged,
            summary.refused.len()
        ),
        "Use it when there is much to send and one thing to say about all of it: an import, an upload. The sender goes \
         as fast as the service takes, and hears once what became of it. A caller that breaks off is told apart from \
         one that is done.",
        Reads::of::<ImportTitlesRequest, ImportSummary>(),
    ))
}

/// Some of the store's titles as an import gives them: it has them already, so nothing changes.
async fn titles_again(store: &Studied) -> Result<Vec<TitleInput>> {
    let request = ExportTitlesRequest {
        batch_size: TITLES_AGAIN,
        ..ExportTitlesRequest::default()
    };
    let batches = store.catalogue_beside().export_titles(Call::by_service(request)).await;
    let first = batches.map_err(|fault| told(&fault))?.next().await;
    let first = first.context("this store has no titles")?;
    Ok(first.map_err(|fault| told(&fault))?.titles)
}

async fn bidi(store: &Studied) -> Result<Made> {
    let watcher = store.watcher().await?;
    let (mut says, messages) = mpsc::channel(0);
    let call = Call::new(Box::pin(messages) as rpc::Stream<PlayRequest>, by(&watcher.identity));
    let events = store.rent.play(call).await;
    let mut events = events.map_err(|fault| told(&fault))?;
    let said = [
        (PlayAction::Open, 0),
        (PlayAction::Beat, 10),
        (PlayAction::Seek, 120),
        (PlayAction::Stop, 125),
    ];
    for (action, position_seconds) in said {
        let opens = action == PlayAction::Open;
        let request = PlayRequest {
            action: action.into(),
            position_seconds,
            entitlement_id: if opens {
                watcher.entitlement_id.clone()
            } else {
                String::new()
            },
            confirm_start: opens,
            ..PlayRequest::default()
        };
        // What is wrong when nothing is taken any more, the service says.
        let _ = says.send(Ok(request)).await;
        if action == PlayAction::Beat {
            continue;
        }
        let event: PlayEvent = match events.next().await {
            Some(event) => event.map_err(|fault| told(&fault))?,
            None => bail!("the service ended the conversation"),
        };
        if event.kind() == PlayEventKind::Asked {
            bail!("the store asks the customer: {}", event.question);
        }
    }
    drop(says);
    while events.next().await.is_some() {}
    drop(events);
    Ok((
        "RentService.Play",
        "A stream each way: a player opened a film, said twice where it is, and stopped; the store granted, renewed and \
         ended the session."
            .to_owned(),
        "Use it for a conversation, where either side speaks when it has something to say: a player's beats, and the \
         store's word that another device took over. It is the hardest to balance, retry and take over, since its \
         state lives in the call; keep what must not be lost elsewhere, as the store does with its leases.",
        Reads::of::<PlayRequest, PlayEvent>(),
    ))
}
