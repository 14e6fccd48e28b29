//! Answers about titles, cached because they rarely change and clients often ask for the same ones.

use std::sync::Arc;

use api::Shared;
use api::catalogue as wire;
use moka::sync::Cache;
use prost::Message;
use uuid::Uuid;

use crate::search::Index;

/// About how much memory the cached answers may take.
const KEPT_BYTES: u64 = 8 * 1024 * 1024;
/// About what a cached answer takes for each byte of its Protobuf form: that byte, and three in the struct.
const BYTES_A_BYTE: usize = 4;

pub(super) struct AnsweredTitles {
    /// It follows the feed, so it knows which revision of a title is the latest.
    index: Arc<Index>,
    kept: Cache<Uuid, Shared<wire::Title>>,
}

impl AnsweredTitles {
    pub(super) fn new(index: Arc<Index>) -> Self {
        let weigh = |_: &Uuid, answer: &Shared<wire::Title>| {
            u32::try_from(BYTES_A_BYTE * answer.encoded_len()).unwrap_or(u32::MAX)
        };
        Self {
            index,
            kept: Cache::builder().max_capacity(KEPT_BYTES).weigher(weigh).build(),
        }
    }

    /// The cached answer about a title, if it is the latest.
    pub(super) fn get(&self, id: Uuid) -> Option<Shared<wire::Title>> {
        let latest = self.index.revision(id);
        let title = self.kept.get(&id)?;
        latest.is_none_or(|latest| title.revision >= latest).then_some(title)
    }

    pub(super) fn keep(&self, id: Uuid, answer: &Shared<wire::Title>) {
        self.kept.insert(id, answer.clone());
    }
}
