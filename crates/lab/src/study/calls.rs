//! The calls, one of each kind. What they need is prepared before, so that a recording contains nothing but the call.

use std::sync::Arc;

use api::catalogue::{
    Catalogue, ExportTitlesRequest, GetTitleRequest, ImportRow, ImportSummary, ImportTitlesRequest,
    SearchTitlesRequest, Title, TitleInput, TitleSummary,
};
use api::rent::play_event::Event;
use api::rent::play_request::{Message, Open, Position};
use api::rent::{PlayEvent, PlayRequest, Rent};
use futures::channel::mpsc;
use futures::{SinkExt, StreamExt, stream};
use rpc::{Call, Code, Context, Fault, Result};

use super::marks::Marks;

/// Seconds between the positions of a player that seeks.
const STEP_SECONDS: i32 = 120;

/// Unary: looks up one title.
pub async fn get_title(catalogue: &dyn Catalogue, call: Call<GetTitleRequest>, marks: &Marks) -> Result<Title> {
    marks.there(&call.message);
    let title = catalogue.get_title(call).await?;
    marks.back(&title);
    Ok(title.into_inner())
}

/// Unary: asks for a page of titles; returns how many there were.
pub async fn search(catalogue: &dyn Catalogue, call: Call<SearchTitlesRequest>, marks: &Marks) -> Result<usize> {
    marks.there(&call.message);
    let found = catalogue.search_titles(call).await?;
    marks.back(&found);
    Ok(found.titles.len())
}

/// The result of an export.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Exported {
    pub titles: usize,
    pub batches: usize,
    /// Whether the export was complete; if not, the reader ended it.
    pub is_whole: bool,
}

/// Server streaming: reads titles in batches until there are enough, or no more.
pub async fn export(
    catalogue: &dyn Catalogue,
    call: Call<ExportTitlesRequest>,
    enough: usize,
    marks: &Marks,
) -> Result<Exported> {
    marks.there(&call.message);
    let mut batches = catalogue.export_titles(call).await?;
    let mut exported = Exported::default();
    while exported.titles < enough && !exported.is_whole {
        match batches.next().await.transpose()? {
            None => exported.is_whole = true,
            Some(batch) => {
                marks.back(&batch);
                exported.titles += batch.titles.len();
                exported.batches += 1;
            }
        }
    }
    Ok(exported)
}

/// Client streaming: sends titles in batches; the summary is the answer.
pub async fn import(
    catalogue: &dyn Catalogue,
    titles: Vec<TitleInput>,
    batch: usize,
    context: Context,
    marks: &Arc<Marks>,
) -> Result<ImportSummary> {
    let rows = (1..).zip(titles).map(|(row, title)| ImportRow {
        row,
        title: Some(title),
    });
    let rows: Vec<_> = rows.collect();
    let batches: Vec<_> = rows.chunks(batch.max(1)).map(<[_]>::to_vec).collect();
    let sent = Arc::clone(marks);
    let messages = stream::iter(batches).map(move |rows| {
        let message = ImportTitlesRequest {
            rows,
            ..ImportTitlesRequest::default()
        };
        sent.there(&message);
        Ok(message)
    });
    let summary = catalogue.import_titles(Call::new(Box::pin(messages), context)).await?;
    marks.back(&summary);
    Ok(summary)
}

/// A player: for which customer, of what, and how long.
#[derive(Debug, Clone)]
pub struct Player {
    /// Carries the customer's identity.
    pub context: Context,
    pub entitlement_id: String,
    /// How often the player seeks.
    pub seeks: usize,
}

/// Bidirectional: a player opens a film, reports its position once, seeks, and stops; the store grants the session,
/// renews it at each message and ends it. Returns how many messages were sent, and how many came back.
pub async fn play(rent: &dyn Rent, player: Player, marks: &Arc<Marks>) -> Result<(usize, usize)> {
    let (mut says, messages) = mpsc::channel(0);
    let opening = Call::new(Box::pin(messages) as rpc::Stream<PlayRequest>, player.context.clone());
    let mut events = rent.play(opening).await?;
    let (mut said, mut heard) = (0, 0);
    for request in requests(&player) {
        marks.there(&request);
        // The store records a beat without an answer.
        let is_answered = !matches!(request.message, Some(Message::Beat(_)));
        // If the message cannot be sent, the next event says why.
        let _ = says.send(Ok(request)).await;
        said += 1;
        if is_answered {
            let event = next(&mut events).await?;
            marks.back(&event);
            heard += 1;
        }
    }
    drop(says);
    while events.next().await.transpose()?.is_some() {}
    Ok((said, heard))
}

fn requests(player: &Player) -> Vec<PlayRequest> {
    let at = |seconds| Position { seconds };
    let open = Open {
        entitlement_id: player.entitlement_id.clone(),
        confirm_start: true,
        ..Open::default()
    };
    let seeks = i32::try_from(player.seeks).unwrap_or(i32::MAX / STEP_SECONDS - 1);
    let mut messages = vec![Message::Open(open), Message::Beat(at(10))];
    messages.extend((1..=seeks).map(|step| Message::Seek(at(step * STEP_SECONDS))));
    messages.push(Message::Stop(at(seeks * STEP_SECONDS + 5)));
    let request = |message| PlayRequest { message: Some(message) };
    messages.into_iter().map(request).collect()
}

async fn next(events: &mut rpc::Stream<PlayEvent>) -> Result<PlayEvent> {
    let ended = || {
        Fault::new(
            Code::Aborted,
            "CONVERSATION_ENDED",
            "The service ended the conversation.",
        )
    };
    let event = events.next().await.transpose()?.ok_or_else(ended)?;
    if let Some(Event::Asked(question)) = &event.event {
        let message = format!("The store asks the customer: {:?}.", question.question);
        return Err(Fault::new(Code::FailedPrecondition, "ASKED", message));
    }
    Ok(event)
}

/// Any title of the store; none in an empty store.
pub async fn some_title(catalogue: &dyn Catalogue, context: Context) -> Result<Option<TitleSummary>> {
    let request = SearchTitlesRequest {
        page_size: 1,
        ..SearchTitlesRequest::default()
    };
    let found = catalogue.search_titles(Call::new(request, context)).await?;
    Ok(found.titles.into_iter().next())
}

/// Up to this many of the store's titles, in the form of an import.
pub async fn some_titles(catalogue: &dyn Catalogue, most: usize, context: Context) -> Result<Vec<TitleInput>> {
    let request = ExportTitlesRequest {
        batch_size: i32::try_from(most).unwrap_or(i32::MAX),
        ..ExportTitlesRequest::default()
    };
    let mut batches = catalogue.export_titles(Call::new(request, context)).await?;
    let first = batches.next().await.transpose()?;
    Ok(first.map(|batch| batch.titles).unwrap_or_default())
}
