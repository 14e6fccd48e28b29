//! Doing a work once, and what its answer was.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, ensure};
use api::catalogue::{
    Catalogue, ExportTitlesRequest, GetTitleRequest, SearchTitlesRequest, SearchTitlesResponse, TitleSort,
};
use futures::StreamExt;
use prost::Message;
use rpc::{Call, Fault};

use crate::cell::{Cell, Work};
use crate::titles::{mixed, rows, word};

/// Titles whose pages are asked for, one after another.
const KNOWN: i32 = 96;
const PAGE: i32 = 24;
/// Titles of one import.
const IMPORTED: u32 = 2_000;

/// What the works ask about; the same for every cell.
pub(crate) struct Known {
    ids: Vec<String>,
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

/// Somebody who does one work again and again, over one client.
pub(crate) struct Worker {
    pub(crate) cell: Cell,
    pub(crate) catalogue: Arc<dyn Catalogue>,
    pub(crate) known: Arc<Known>,
}

/// What came of doing a work once.
pub(crate) struct Answer {
    /// Of all that was answered, decoded; equal answers have equal ones, however they were carried.
    pub(crate) fingerprint: u64,
    /// Titles that went over the line.
    pub(crate) titles: u64,
}

impl Worker {
    /// Does it once. The number says what is asked: equal numbers ask the same.
    pub(crate) async fn once(&self, number: u64) -> Result<Answer> {
        match self.cell.work {
            Work::Title => self.title(number).await,
            Work::Page => self.page().await,
            Work::Search => self.search(number).await,
            Work::Export => self.export().await,
            Work::Import => self.import().await,
        }
    }

    async fn title(&self, number: u64) -> Result<Answer> {
        let chosen = usize::try_from(mixed(number))? % self.known.ids.len();
        let title_id = self.known.ids[chosen].clone();
        let title = self
            .catalogue
            .get_title(Call::by_service(GetTitleRequest { title_id }))
            .await;
        Ok(Answer {
            fingerprint: fingerprint(&title.map_err(failed)?),
            titles: 1,
        })
    }

    async fn page(&self) -> Result<Answer> {
        let request = SearchTitlesRequest {
            sort: TitleSort::Popular.into(),
            page_size: PAGE,
            ..SearchTitlesRequest::default()
        };
        found(self.catalogue.search_titles(Call::by_service(request)).await)
    }

    async fn search(&self, number: u64) -> Result<Answer> {
        let request = SearchTitlesRequest {
            query: format!("{} {}", word(number), word(number + 1_000_003)),
            page_size: PAGE,
            ..SearchTitlesRequest::default()
        };
        found(self.catalogue.search_titles(Call::by_service(request)).await)
    }

    async fn export(&self) -> Result<Answer> {
        let request = ExportTitlesRequest {
            batch_size: self.cell.batch,
            ..ExportTitlesRequest::default()
        };
        let batches = self.catalogue.export_titles(Call::by_service(request)).await;
        let mut batches = batches.map_err(failed)?;
        let (mut titles, mut all) = (0, 0_u64);
        while let Some(batch) = batches.next().await {
            for title in batch.map_err(failed)?.titles {
                titles += 1;
                // In whichever batch it came.
                all = all.rotate_left(1) ^ fingerprint(&title);
            }
        }
        Ok(Answer {
            fingerprint: all,
            titles,
        })
    }

    async fn import(&self) -> Result<Answer> {
        let batch = u32::try_from(self.cell.batch).context("a batch is not negative")?;
        let summary = self
            .catalogue
            .import_titles(Call::by_service(rows(IMPORTED, batch)))
            .await;
        let summary = summary.map_err(failed)?;
        Ok(Answer {
            fingerprint: fingerprint(&summary),
            titles: u64::from(IMPORTED),
        })
    }
}

fn found(answer: rpc::Result<SearchTitlesResponse>) -> Result<Answer> {
    let page = answer.map_err(failed)?;
    Ok(Answer {
        fingerprint: fingerprint(&page),
        titles: u64::try_from(page.titles.len())?,
    })
}

fn fingerprint(message: &impl Message) -> u64 {
    let mut hasher = DefaultHasher::new();
    message.encode_to_vec().hash(&mut hasher);
    hasher.finish()
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn failed(fault: Fault) -> anyhow::Error {
    anyhow!("{fault:?}")
}
