//! Putting the service together.

use std::path::PathBuf;
use std::sync::Arc;

use object_store::ObjectStore;
use rpc::identity::Verifier;
use store::{Clock, Db, Feed, Ids, ShiftedClock};

use super::CatalogueService;
use super::answered::AnsweredTitles;
use crate::follow::Follower;
use crate::related::RelatedTitles;
use crate::titles::Titles;

/// What a [`CatalogueService`] stands on.
pub struct Options {
    /// The catalogue's database, whose [schema](crate::MIGRATIONS) is there.
    pub db: Db,
    /// The folder of the search index, this process's own. It can be deleted while the service is closed.
    pub index_folder: PathBuf,
    /// Where film files are kept.
    pub blobs: Arc<dyn ObjectStore>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    /// Rent's public key: who is calling.
    pub verifier: Verifier,
    /// The clock that the lab may move; none outside it.
    pub lab: Option<Arc<ShiftedClock>>,
}

/// Why a catalogue cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("the catalogue cannot be opened: {0}")]
pub struct OpenError(String);

impl CatalogueService {
    /// Opens the service with a search index that holds all there is in the database.
    pub async fn open(options: Options) -> Result<Arc<Self>, OpenError> {
        let feed = Feed::new(options.db.clone());
        let is_lab = options.lab.is_some();
        let opened = Follower::open(options.db.clone(), feed.clone(), options.index_folder, is_lab).await;
        let follower = opened.map_err(|fault| OpenError(format!("{fault:?}")))?;
        let titles = Titles::new(options.db.clone(), Arc::clone(follower.index()));
        let answered = AnsweredTitles::new(Arc::clone(follower.index()));
        Ok(Arc::new(Self {
            db: options.db,
            feed,
            blobs: options.blobs,
            clock: options.clock,
            ids: options.ids,
            verifier: options.verifier,
            lab: options.lab,
            follower,
            titles,
            answered,
            related: RelatedTitles::new(),
        }))
    }

    /// What takes in the changes of other processes; it [runs](Follower::run) beside the service.
    pub fn follower(&self) -> Follower {
        self.follower.clone()
    }
}
