//! Does a work once over the connections of its cell, and returns what was answered.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use anyhow::{Result, anyhow, ensure};
use api::catalogue::{
    Catalogue, ExportTitlesRequest, GetTitleRequest, ImportTitlesRequest, SearchTitlesRequest, SearchTitlesResponse,
    TitleSort,
};
use futures::{StreamExt, stream};
use prost::Message;
use rpc::{Call, Fault};

use crate::cell::{Cell, Work};
use crate::connection_pool::ConnectionPool;
use crate::load::Calls;
use crate::players::Players;
use crate::titles::{IMPORTED, mixed, rows, search};

/// The number of titles whose pages are requested, in order.
const KNOWN: i32 = 96;
const PAGE: i32 = 24;

/// What the requests refer to; the same for every cell.
pub(crate) struct Known {
    pub(crate) ids: Vec<String>,
}

impl Known {
    pub(crate) async fn of(catalogue: &dyn Catalogue) -> Result<Self> {
        let request = SearchTitlesRequest {
            sort: TitleSort::Name.into(),
            page_size: KNOWN,
            ..SearchTitlesRequest::default()
        };
        let page = catalogue.search_titles(Call::by_service(request)).await;
        let titles = page.map_err(failed)?.titles;
        ensure!(!titles.is_empty(), "the catalogue is empty");
        Ok(Self {
            ids: titles.into_iter().map(|title| title.title_id).collect(),
        })
    }
}

/// Does one work repeatedly, as its cell describes.
pub(crate) struct Worker {
    pub(crate) cell: Cell,
    catalogue: ConnectionPool<dyn Catalogue>,
    known: Arc<Known>,
    players: Option<Players>,
    /// The messages of an import, made in advance, because making them is not part of sending them.
    imports: Vec<ImportTitlesRequest>,
    /// How many titles the messages contain.
    imported: u32,
}

/// The result of doing a work once.
pub(crate) struct Answer {
    /// A hash of the decoded answer; equal answers have equal hashes, whatever carried them. Computed only on request,
    /// because it takes time.
    pub(crate) fingerprint: Option<u64>,
    /// Titles or heartbeats that were sent or received.
    pub(crate) moved: u64,
}

impl Calls for Worker {
    async fn once(&self, number: u64) -> Result<u64> {
        Ok(self.answer(number, false).await?.moved)
    }
}

impl Worker {
    pub(crate) async fn new(
        cell: Cell,
        catalogue: ConnectionPool<dyn Catalogue>,
        players: Option<Players>,
        (known, titles): (Arc<Known>, u32),
    ) -> Result<Self> {
        let mut imports = Vec::new();
        let imported = IMPORTED.min(titles);
        if cell.work == Work::Import {
            ensure!(
                imported > 0,
                "nothing is imported into a catalogue that has other titles"
            );
            let mut messages = rows(imported, u32::try_from(cell.batch)?);
            while let Some(message) = messages.next().await {
                imports.push(message.map_err(failed)?);
            }
        }
        Ok(Self {
            cell,
            catalogue,
            known,
            players,
            imports,
            imported,
        })
    }

    /// Does the work once. The number selects the request: equal numbers make equal requests.
    pub(crate) async fn answer(&self, number: u64, look: bool) -> Result<Answer> {
        match self.cell.work {
            Work::Title => self.title(number, look).await,
            Work::Page => self.page(look).await,
            Work::Search => self.search(number, look).await,
            Work::Export | Work::ExportLarge => self.export(look).await,
            Work::Import => self.import(look).await,
            Work::Playback => self.playback(look).await,
        }
    }

    async fn title(&self, number: u64, look: bool) -> Result<Answer> {
        let chosen = usize::try_from(mixed(number) % u64::try_from(self.known.ids.len())?)?;
        let title_id = self.known.ids[chosen].clone();
        let lane = self.catalogue.take().await?;
        let title = lane.get_title(Call::by_service(GetTitleRequest { title_id })).await;
        Ok(Answer::of(&title.map_err(failed)?, 1, look))
    }

    async fn page(&self, look: bool) -> Result<Answer> {
        let request = SearchTitlesRequest {
            sort: TitleSort::Popular.into(),
            page_size: PAGE,
            ..SearchTitlesRequest::default()
        };
        let lane = self.catalogue.take().await?;
        found(lane.search_titles(Call::by_service(request)).await, look)
    }

    async fn search(&self, number: u64, look: bool) -> Result<Answer> {
        let request = SearchTitlesRequest {
            query: search(number),
            page_size: PAGE,
            ..SearchTitlesRequest::default()
        };
        let lane = self.catalogue.take().await?;
        found(lane.search_titles(Call::by_service(request)).await, look)
    }

    async fn export(&self, look: bool) -> Result<Answer> {
        let request = ExportTitlesRequest {
            batch_size: self.cell.batch,
            ..ExportTitlesRequest::default()
        };
        let lane = self.catalogue.take().await?;
        let batches = lane.export_titles(Call::by_service(request)).await;
        let mut batches = batches.map_err(failed)?;
        let (mut moved, mut all) = (0, 0_u64);
        while let Some(batch) = batches.next().await {
            let titles = batch.map_err(failed)?.titles;
            moved += u64::try_from(titles.len())?;
            if look {
                // Independent of how the titles are batched.
                all = titles
                    .iter()
                    .fold(all, |all, title| all.rotate_left(1) ^ fingerprint(title));
            }
        }
        ensure!(moved > 0, "the export was empty");
        Ok(Answer {
            fingerprint: look.then_some(all),
            moved,
        })
    }

    async fn import(&self, look: bool) -> Result<Answer> {
        let messages = stream::iter(self.imports.clone().into_iter().map(Ok));
        let lane = self.catalogue.take().await?;
        let summary = lane.import_titles(Call::by_service(Box::pin(messages))).await;
        let summary = summary.map_err(failed)?;
        ensure!(
            summary.unchanged == i64::from(self.imported),
            "titles that the catalogue has were not left as they are: {summary:?}"
        );
        Ok(Answer::of(&summary, u64::from(self.imported), look))
    }

    async fn playback(&self, look: bool) -> Result<Answer> {
        let Some(players) = &self.players else {
            return Err(anyhow!("this cell has no players"));
        };
        let (heard, beats) = players.play().await?;
        let mut hasher = DefaultHasher::new();
        heard.hash(&mut hasher);
        Ok(Answer {
            fingerprint: look.then(|| hasher.finish()),
            moved: beats,
        })
    }
}

impl Answer {
    fn of(message: &impl Message, moved: u64, look: bool) -> Self {
        Self {
            fingerprint: look.then(|| fingerprint(message)),
            moved,
        }
    }
}

fn found(answer: rpc::Result<SearchTitlesResponse>, look: bool) -> Result<Answer> {
    let page = answer.map_err(failed)?;
    let moved = u64::try_from(page.titles.len())?;
    Ok(Answer::of(&page, moved, look))
}

fn fingerprint(message: &impl Message) -> u64 {
    let mut hasher = DefaultHasher::new();
    message.encode_to_vec().hash(&mut hasher);
    hasher.finish()
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
pub(crate) fn failed(fault: Fault) -> anyhow::Error {
    anyhow!("{fault:?}")
}
