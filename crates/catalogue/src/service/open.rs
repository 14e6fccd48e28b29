//! Opening the service.

use std::path::PathBuf;
use std::sync::Arc;

use object_store::ObjectStore;
use rpc::identity::Verifier;
use store::{Clock, Db, Feed, Ids, ShiftedClock};

use super::CatalogueService;
use super::answered::AnsweredTitles;
use crate::feed::follow::{Follower, Follows};
use crate::feed::titles::Titles;
use crate::media::SalePolicy;
use crate::media::store::files;
use crate::media::sweep::Sweeper;
use crate::search::related::RelatedTitles;
use crate::title::store::credits;

/// What a [`CatalogueService`] needs.
pub struct Options {
    /// The catalogue's database, whose [schema](crate::MIGRATIONS) is there.
    pub db: Db,
    /// The folder of the search index, this process's own. It can be deleted while the service is closed.
    pub index_folder: PathBuf,
    /// Where film files are kept.
    pub blobs: Arc<dyn ObjectStore>,
    /// The blob store's folder, if it is a folder.
    pub blobs_folder: Option<PathBuf>,
    /// Whether no other process serves this catalogue.
    pub is_sole_process: bool,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    /// Rent's public key, which verifies the identities of callers.
    pub verifier: Verifier,
    /// The clock that the lab may move; `None` without the lab.
    pub lab: Option<Arc<ShiftedClock>>,
    /// Whether titles without a film can be ordered: for tests and measurements.
    pub sells_without_film: bool,
}

/// Why a catalogue cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("the catalogue cannot be opened: {0}")]
pub struct OpenError(String);

impl CatalogueService {
    /// Opens the service, with a search index that has everything in the database. Gives up uploads that an earlier
    /// process did not end, before the first new one can begin.
    pub async fn open(options: Options) -> Result<Arc<Self>, OpenError> {
        let feed = Feed::new(options.db.clone());
        let named = credits::follow_names(&options.db).await;
        named.map_err(|error| OpenError(store::causes(&error)))?;
        if options.is_sole_process {
            let given_up = files::give_up_all(&options.db).await;
            given_up.map_err(|error| OpenError(store::causes(&error)))?;
        }
        let sale = if options.sells_without_film {
            SalePolicy::WithoutFilm
        } else {
            SalePolicy::WithFilm
        };
        let follows = Follows {
            keeps_records: options.lab.is_some(),
            sale,
        };
        let index = Follower::open(options.db.clone(), feed.clone(), options.index_folder, follows).await;
        let follower = index.map_err(|fault| OpenError(fault.to_operator()))?;
        let titles = Titles::new(options.db.clone(), Arc::clone(follower.index()));
        let answered = AnsweredTitles::new(Arc::clone(follower.index()));
        Ok(Arc::new(Self {
            db: options.db,
            feed,
            blobs_folder: options.blobs_folder,
            blobs: options.blobs,
            clock: options.clock,
            ids: options.ids,
            verifier: options.verifier,
            lab: options.lab,
            sale,
            follower,
            titles,
            answered,
            related: RelatedTitles::new(),
        }))
    }

    /// The worker that removes files that nothing plays; it [runs](Sweeper::run) next to the service.
    pub fn sweeper(&self) -> Sweeper {
        Sweeper {
            db: self.db.clone(),
            blobs: Arc::clone(&self.blobs),
            clock: Arc::clone(&self.clock),
            folder: self.blobs_folder.clone(),
        }
    }

    /// The worker that takes in the changes of all processes; it [runs](Follower::run) next to the service.
    pub fn follower(&self) -> Follower {
        self.follower.clone()
    }
}
