//! The composition root: the services that this process runs, over their databases, and what works beside them.

mod background;
mod builder;
mod mail;
mod neighbours;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use api::catalogue::Catalogue;
use api::rent::Rent;
use lab::{Lab, Services};
use rent::RentService;
use rent::checkpoint::{Checkpoints, NoCheckpoints};
use rpc::revocations::Revocations;
use rpc::{AccessControl, Capacity, ClientOptions, Edge, Fault, Transport};
use store::{Clock, Db, Ids, OsRandomness, QuickRandomness, TimeOrderedIds};
use tokio_util::sync::CancellationToken;

use self::background::BackgroundTasks;
use self::builder::{Builder, Time};
use self::neighbours::Neighbours;
use crate::companions::Companions;
use crate::config::{MailOptions, PaymentOptions, RefundPeriods, Role, ServeOptions, Switch};
use crate::crash::CrashAt;
use crate::databases::Databases;
use crate::folder::{self, DataFolder};
use crate::identity::IdentityKeys;
use crate::media::MediaStore;
use crate::payment_accounts::PaymentAccounts;

/// How a store is put together.
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub(crate) struct NodeOptions {
    pub(crate) roles: Vec<Role>,
    databases: Databases,
    identity: IdentityKeys,
    neighbours: Neighbours,
    public_url: String,
    mail: MailOptions,
    accounts: PaymentAccounts,
    refund_periods: RefundPeriods,
    lab: bool,
    /// Whether wrong passwords, sign-ups and mails are limited.
    limits_attempts: bool,
    sells_without_film: bool,
    checkpoints: Arc<dyn Checkpoints>,
    /// Whether the store does its work beside the calls: following its feed, reconciling orders.
    is_open: bool,
    capacity: Capacity,
    draining: CancellationToken,
}

impl NodeOptions {
    /// For a store that is open until it is `draining`.
    pub(crate) fn for_store(options: &ServeOptions, public_url: &str, draining: CancellationToken) -> Result<Self> {
        let crash_at = options.crash_at.as_deref().map(CrashAt::parse).transpose()?;
        Ok(Self {
            roles: options.roles.clone(),
            databases: Databases::of(&options.roles, &options.databases)?,
            identity: IdentityKeys::read(&options.identity)?,
            neighbours: Neighbours {
                transport: options.transport,
                catalogue: options.catalogue.clone(),
                rent: options.rent.clone(),
                service_token: options.token.read()?,
            },
            public_url: public_url.to_owned(),
            mail: options.mail.clone(),
            accounts: PaymentAccounts::read(&options.payments)?,
            refund_periods: options.payments.refund_periods(),
            lab: options.lab,
            limits_attempts: options.rate_limit == Switch::On,
            sells_without_film: options.sell_without_film,
            checkpoints: crash_at.map_or_else(no_checkpoints, |crash_at| Arc::new(crash_at)),
            is_open: true,
            capacity: options.capacity.of_services(),
            draining,
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
            roles: vec![Role::Catalogue, Role::Rent],
            databases: Databases::default(),
            identity: IdentityKeys::default(),
            neighbours: Neighbours::default(),
            public_url: String::new(),
            mail: MailOptions::default(),
            accounts: PaymentAccounts::sandbox(),
            refund_periods: PaymentOptions::default().refund_periods(),
            lab: false,
            limits_attempts: true,
            sells_without_film: false,
            checkpoints: no_checkpoints(),
            is_open: false,
            capacity: Capacity::default(),
            draining: CancellationToken::new(),
        }
    }

    fn edge<S>(&self, service: Arc<S>, access: AccessControl) -> Edge<S> {
        Edge::new(service)
            .with_access(access)
            .with_capacity(self.capacity)
            .draining(self.draining.clone())
    }
}

fn no_checkpoints() -> Arc<dyn Checkpoints> {
    Arc::new(NoCheckpoints)
}

/// What this process runs of a store, put together.
pub(crate) struct Node {
    /// The process's own services; none where that role runs elsewhere.
    pub(crate) catalogue: Option<Arc<dyn Catalogue>>,
    pub(crate) rent: Option<Arc<dyn Rent>>,
    pub(crate) clock: Arc<dyn Clock>,
    /// For what is told apart and is no secret.
    pub(crate) request_ids: Arc<dyn Ids>,
    pub(crate) folder: DataFolder,
    /// Whether the catalogue is here in a file, and so begins with the demonstration.
    pub(crate) keeps_catalogue: bool,
    neighbours: Neighbours,
    rent_service: Option<Arc<RentService>>,
    databases: Vec<Db>,
    companions: Option<Companions>,
    background: BackgroundTasks,
}

impl Node {
    /// Opens this process's part of the store in this folder, or makes one there.
    pub(crate) async fn open(folder: DataFolder, media: MediaStore, options: NodeOptions) -> Result<Self> {
        let builder = Builder {
            options: &options,
            folder: &folder,
            randomness: Arc::new(OsRandomness),
            revocations: Revocations::default(),
            background: BackgroundTasks::default(),
        };
        let opening = options
            .databases
            .open(&options.roles, &folder, builder.randomness.as_ref());
        let opened = opening.await?;
        for (name, database) in opened.files() {
            let (database, path) = (database.clone(), folder.join(name));
            builder.background.start(|stop| async move {
                stop.run_until_cancelled(database.tend_journal(&path)).await;
            });
        }
        let databases = opened.all();
        let runs = |role| options.roles.contains(&role);
        let signer = if runs(Role::Rent) {
            Some(options.identity.signer(&folder, builder.randomness.as_ref())?)
        } else {
            None
        };
        let mut time = Time::of_the_machine();
        let mut catalogue: Option<Arc<dyn Catalogue>> = None;
        if let Some(database) = opened.catalogue {
            let verifier = match &signer {
                Some(signer) => signer.verifier(),
                None => options.identity.verifier()?,
            };
            let verifier = verifier.hearing_of(&builder.revocations);
            let service;
            (service, time) = builder.open_catalogue(database, verifier, media).await?;
            let access = service.access();
            catalogue = Some(Arc::new(options.edge(service, access)));
        }
        let mut rent_service = None;
        if let (Some(signer), Some(databases)) = (signer, opened.rent) {
            let neighbour = options
                .neighbours
                .catalogue(catalogue.as_ref(), folder.path(), "rent")?;
            let service;
            (service, time) = builder.open_rent(databases, signer, neighbour).await?;
            rent_service = Some(service);
        }
        let rent = rent_service.clone().map(|service| -> Arc<dyn Rent> {
            let access = service.access();
            Arc::new(options.edge(service, access))
        });
        let Builder { background, .. } = builder;
        let node = Self {
            catalogue,
            rent,
            request_ids: Arc::new(TimeOrderedIds::new(Arc::clone(&time.clock), Arc::new(QuickRandomness))),
            clock: time.clock,
            keeps_catalogue: runs(Role::Catalogue) && !options.databases.has_catalogue(),
            neighbours: options.neighbours,
            folder,
            rent_service,
            databases,
            companions: opened.companions,
            background,
        };
        if options.is_open {
            node.refresh_statistics();
        }
        Ok(node)
    }

    /// The services as the gateway talks to them.
    pub(crate) fn for_gateway(&self) -> Result<(Arc<dyn Catalogue>, Arc<dyn Rent>)> {
        let who = "the gateway";
        let folder = self.folder.path();
        Ok((
            self.neighbours.catalogue(self.catalogue.as_ref(), folder, who)?,
            self.neighbours.rent(self.rent.as_ref(), folder, who)?,
        ))
    }

    /// The lab of a gateway: the services over each way there is to them from here.
    pub(crate) fn lab(&self, comparison: PathBuf) -> Result<Lab> {
        let mut services = Vec::new();
        if let (Some(catalogue), Some(rent)) = (self.catalogue.clone(), self.rent.clone()) {
            services.push((Transport::Local, Services { catalogue, rent }));
        }
        let own = (self.catalogue.is_some(), self.rent.is_some());
        let neighbours = self.neighbours.clone();
        let folder = self.folder.path().to_owned();
        let connect = move |transport, options: &ClientOptions| neighbours.over(transport, options, own, &folder);
        for carrier in [Transport::Grpc, Transport::Rest] {
            services.push((carrier, connect(carrier, &ClientOptions::default())?));
        }
        let connect = move |transport, options: ClientOptions| {
            connect(transport, &options).map_err(|error| Fault::internal(format!("{error:#}")))
        };
        Ok(Lab::new(services, Arc::new(connect), comparison))
    }

    /// Where a service listens in the folder.
    pub(crate) fn socket(&self, service: &str) -> PathBuf {
        folder::socket(self.folder.path(), service)
    }

    /// Has the planner of each database know how large the tables are by now, once a day.
    fn refresh_statistics(&self) {
        for database in self.databases.clone() {
            self.background.start(|stop| async move {
                let daily = store::STATISTICS_VALIDITY;
                database.keep_statistics(daily, stop.cancelled()).await;
            });
        }
    }

    /// Ends what works beside the services, waits for what calls have left behind, and closes the databases. Nothing
    /// may be called after this.
    pub(crate) async fn close(self) {
        self.background.stop.cancel();
        self.background.tasks.close();
        self.background.tasks.wait().await;
        if let Some(rent) = self.rent_service {
            rent.drain().await;
        }
        if let Some(mut companions) = self.companions
            && let Err(error) = companions.closing().await
        {
            tracing::warn!(%error, "the databases could not be told that they are closed");
        }
        for database in self.databases {
            database.close().await;
        }
    }
}
