//! The calls of a study, one of each kind.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use api::catalogue::{
    ExportTitlesRequest, GetTitleRequest, ImportSummary, ImportTitlesRequest, Title, TitleBatch, TitleInput,
};
use api::rent::{PlayEvent, PlayRequest};
use lab::inspector::{self, Event};
use lab::study::{self, Marks};
use prost::Message;
use rpc::{Call, Direction, Transport};
use serde::Serialize;

use super::studied::{Studied, by};
use crate::commands::{counted, told};
use crate::config::{CallKind, StudyOptions};

const TITLES_PER_BATCH: i32 = 24;
/// A whole export may be long: this many titles are enough for the study.
const ENOUGH_TITLES: usize = 96;
/// How many of the store's titles the import sends again.
const TITLES_AGAIN: usize = 3;
/// A call begins before its caller sees it and ends after that, so the tap records a little longer.
const AFTERMATH: Duration = Duration::from_millis(50);

/// A call that was made, and everything that was recorded.
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

/// How the payloads of gRPC messages are decoded, for each direction.
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

    /// The fields of a message as JSON; a text message is returned as it is.
    pub(super) fn read(&self, transport: Transport, direction: Direction, payload: &[u8]) -> Option<String> {
        match (transport, direction) {
            (Transport::Rest, _) => std::str::from_utf8(payload).ok().map(str::to_owned),
            (_, Direction::There) => (self.there)(payload),
            (_, Direction::Back) => (self.back)(payload),
        }
    }
}

fn in_words<T: Message + Default + Serialize>(payload: &[u8]) -> Option<String> {
    serde_json::to_string(&T::decode(payload).ok()?).ok()
}

impl Observed {
    /// Makes the call and records it.
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
            events: inspector::read(&store.tap.take()),
            reads,
        })
    }
}

type Made = (&'static str, String, &'static str, Reads);

async fn unary(store: &Studied) -> Result<Made> {
    let title_id = store.some_title().await?.title_id;
    let call = Call::by_service(GetTitleRequest { title_id });
    let title = study::get_title(&store.catalogue, call, &Marks::default()).await;
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
    let call = Call::by_service(request);
    let exported = study::export(&store.catalogue, call, ENOUGH_TITLES, &Marks::default()).await;
    let study::Exported {
        titles,
        batches,
        is_whole,
    } = exported.map_err(|fault| told(&fault))?;
    let end = if is_whole {
        "to the end of the catalogue"
    } else {
        "then the reader left, and the service was told"
    };
    Ok((
        "CatalogueService.ExportTitles",
        format!(
            "One request, a stream of answers: {} in {}, {end}.",
            counted(titles, "title", "titles"),
            counted(batches, "batch", "batches")
        ),
        "Use it when an answer is long or has no end: an export, a feed of changes. The first of it comes at once, \
         neither side holds all of it, and a slow reader slows the writer down. Put many small records into a message, and \
         a cursor into each, so that a stream that is cut can be resumed there.",
        Reads::of::<ExportTitlesRequest, TitleBatch>(),
    ))
}

async fn client_stream(store: &Studied) -> Result<Made> {
    let titles = study::some_titles(store.catalogue_beside(), TITLES_AGAIN, rpc::Context::by_service()).await;
    let mut titles = titles.map_err(|fault| told(&fault))?;
    ensure!(!titles.is_empty(), "this store has no titles");
    titles.push(TitleInput {
        source: "study".to_owned(),
        source_id: "nameless".to_owned(),
        ..TitleInput::default()
    });
    let context = rpc::Context::by_service();
    let summary = study::import(&store.catalogue, titles, 1, context, &Arc::default()).await;
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

async fn bidi(store: &Studied) -> Result<Made> {
    let watcher = store.watcher().await?;
    let player = study::Player {
        context: by(&watcher.identity),
        entitlement_id: watcher.entitlement_id,
        seeks: 1,
    };
    let conversation = study::play(&store.rent, player, &Arc::default()).await;
    conversation.map_err(|fault| told(&fault))?;
    Ok((
        "PlaybackService.Play",
        "A stream each direction: a player opened a film, said twice where it is, and stopped; the store granted, renewed and \
         ended the session."
            .to_owned(),
        "Use it for a conversation, where either side speaks when it has something to say: a player's beats, and the \
         store's word that another device took over. It is the hardest to balance, retry and take over, since its \
         state lives in the call; keep what must not be lost elsewhere, as the store does with its leases.",
        Reads::of::<PlayRequest, PlayEvent>(),
    ))
}
