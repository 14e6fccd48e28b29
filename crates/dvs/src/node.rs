//! The composition root: both services of a store over the databases of its data folder, and what works beside them.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use api::catalogue::Catalogue;
use api::rent::Rent;
use catalogue::CatalogueService;
use object_store::ObjectStore;
use rent::checkpoint::{Checkpoints, NoCheckpoints};
use rent::sandbox::{self, Sandbox};
use rent::{FolderMailer, Limits, RentService};
use rpc::identity::Signer;
use rpc::{Address, ClientOptions, Edge, Transport};
use store::{
    Clock, Db, Ids, Migrations, OsRandomness, Randomness, ShiftedClock, SqliteOptions, SystemClock, TimeOrderedIds,
};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::ServeOptions;
use crate::crash::CrashAt;
use crate::folder::{self, DataFolder};
use crate::reach;

/// Who mails come from when nothing else is said.
const SENDER: &str = "Video Store <store@localhost>";

/// How a store is put together.
pub(crate) struct NodeOptions {
    /// How rent reaches the catalogue.
    transport: Transport,
    public_url: String,
    lab: bool,
    checkpoints: Arc<dyn Checkpoints>,
    /// Whether the store does its work beside the calls: following its feed, reconciling orders.
    is_open: bool,
}

impl NodeOptions {
    pub(crate) fn for_store(options: &ServeOptions, public_url: &str) -> Result<Self> {
        let crash_at = options.crash_at.as_deref().map(CrashAt::parse).transpose()?;
        Ok(Self {
            transport: options.transport,
            public_url: public_url.to_owned(),
            lab: options.lab,
            checkpoints: crash_at.map_or_else(no_checkpoints, |crash_at| Arc::new(crash_at)),
            is_open: true,
        })
    }

    /// For a store that is opened for a while, to be looked into.
    pub(crate) fn for_study() -> Self {
        Self {
            is_open: true,
            ..Self::for_tools()
        }
    }

    /// For a tool that works on a closed store.
    pub(crate) fn for_tools() -> Self {
        Self {
            transport: Transport::Local,
            public_url: String::new(),
            lab: false,
            checkpoints: no_checkpoints(),
            is_open: false,
        }
    }
}

fn no_checkpoints() -> Arc<dyn Checkpoints> {
    Arc::new(NoCheckpoints)
}

/// A store, put together.
pub(crate) struct Node {
    pub(crate) catalogue: Arc<dyn Catalogue>,
    pub(crate) rent: Arc<dyn Rent>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) folder: DataFolder,
    rent_service: Arc<RentService>,
    databases: [Db; 3],
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Node {
    /// Opens the store in this folder, or makes one there.
    pub(crate) async fn open(folder: DataFolder, blobs: Arc<dyn ObjectStore>, options: NodeOptions) -> Result<Self> {
        let beside = Beside::default();
        let randomness: Arc<dyn Randomness> = Arc::new(OsRandomness);
        let signer = Signer::from_secret(&folder.key("identity.key", || random_key(randomness.as_ref()))?);

        let catalogue_db = open_database(&folder, "catalogue.db", &catalogue::MIGRATIONS).await?;
        let time = Time::of(&catalogue_db, options.lab, &beside).await?;
        let catalogue_service = CatalogueService::open(catalogue::Options {
            db: catalogue_db.clone(),
            index_folder: folder.join("search"),
            blobs,
            ids: Arc::new(TimeOrderedIds::new(Arc::clone(&time.clock), Arc::clone(&randomness))),
            clock: time.clock,
            verifier: signer.verifier(),
            lab: time.lab,
        });
        let catalogue_service = catalogue_service.await?;
        let catalogue: Arc<dyn Catalogue> = Arc::new(Edge::new(Arc::clone(&catalogue_service)));

        let rent_db = open_database(&folder, "rent.db", &rent::MIGRATIONS).await?;
        let sandbox_db = open_database(&folder, "sandbox.db", &sandbox::MIGRATIONS).await?;
        let time = Time::of(&rent_db, options.lab, &beside).await?;
        let ids: Arc<dyn Ids> = Arc::new(TimeOrderedIds::new(Arc::clone(&time.clock), Arc::clone(&randomness)));
        let rent_service = RentService::open(rent::Options {
            db: rent_db.clone(),
            provider: Arc::new(Sandbox::open(sandbox_db.clone(), Arc::clone(&time.clock))),
            catalogue: match options.transport {
                Transport::Local => Arc::clone(&catalogue),
                carrier => Arc::new(neighbour(&folder, "catalogue", carrier)?),
            },
            clock: Arc::clone(&time.clock),
            ids: Arc::clone(&ids),
            randomness,
            signer,
            mailer: Arc::new(FolderMailer::open(folder.join("mail"), SENDER)?),
            public_url: options.public_url,
            is_sole_process: true,
            lab: time.lab,
            checkpoints: options.checkpoints,
            limits: Limits::default(),
        });
        if options.is_open {
            let (follower, reconciler) = (catalogue_service.follower(), rent_service.reconciler());
            let announcer = rent_service.announcer();
            beside.start(|stop| async move { follower.run(stop).await });
            beside.start(|stop| async move { reconciler.run(stop).await });
            beside.start(|stop| async move { announcer.run(stop).await });
        }
        Ok(Self {
            catalogue,
            rent: Arc::new(Edge::new(Arc::clone(&rent_service))),
            clock: time.clock,
            ids,
            folder,
            rent_service,
            databases: [catalogue_db, rent_db, sandbox_db],
            stop: beside.stop,
            tasks: beside.tasks,
        })
    }

    /// The services as the gateway talks to them.
    pub(crate) fn neighbours(&self, transport: Transport) -> Result<(Arc<dyn Catalogue>, Arc<dyn Rent>)> {
        if transport == Transport::Local {
            return Ok((Arc::clone(&self.catalogue), Arc::clone(&self.rent)));
        }
        Ok((
            Arc::new(neighbour(&self.folder, "catalogue", transport)?),
            Arc::new(neighbour(&self.folder, "rent", transport)?),
        ))
    }

    /// Where a service listens in the folder.
    pub(crate) fn socket(&self, service: &str) -> PathBuf {
        folder::socket(self.folder.path(), service)
    }

    /// Ends what works beside the services, waits for what calls have left behind, and closes the databases. Nothing
    /// may be called after this.
    pub(crate) async fn close(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        self.rent_service.drain().await;
        for database in self.databases {
            database.close().await;
        }
    }
}

/// What works beside the services.
#[derive(Default)]
struct Beside {
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Beside {
    fn start<Work: Future<Output = ()> + Send + 'static>(&self, work: impl FnOnce(CancellationToken) -> Work) {
        self.tasks.spawn(work(self.stop.clone()));
    }
}

/// The time of a service: the machine's, or the lab's, which its database moves.
struct Time {
    clock: Arc<dyn Clock>,
    lab: Option<Arc<ShiftedClock>>,
}

impl Time {
    async fn of(db: &Db, lab: bool, beside: &Beside) -> Result<Self> {
        if !lab {
            let clock = Arc::new(SystemClock);
            return Ok(Self { clock, lab: None });
        }
        let shifted = Arc::new(ShiftedClock::new(Arc::new(SystemClock)));
        shifted.read(db).await?;
        let (follower, db) = (Arc::clone(&shifted), db.clone());
        beside.start(|stop| async move {
            stop.run_until_cancelled(follower.follow(&db)).await;
        });
        Ok(Self {
            clock: Arc::clone(&shifted) as Arc<dyn Clock>,
            lab: Some(shifted),
        })
    }
}

async fn open_database(folder: &DataFolder, name: &str, migrations: &Migrations) -> Result<Db> {
    let path = folder.join(name);
    let opened = async {
        let db = Db::open_sqlite(&path, SqliteOptions::default()).await?;
        db.migrate(migrations).await?;
        Ok::<_, store::Error>(db)
    };
    opened
        .await
        .with_context(|| format!("cannot open the database {}", path.display()))
}

/// A service of the same process, over a carrier.
fn neighbour(folder: &DataFolder, service: &str, transport: Transport) -> Result<rpc::Client> {
    let address = Address::Unix(folder::socket(folder.path(), service));
    reach::client(&address, transport, &ClientOptions::default())
}

fn random_key(randomness: &dyn Randomness) -> [u8; 32] {
    let mut key = [0; 32];
    randomness.fill(&mut key);
    key
}
