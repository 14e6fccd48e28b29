//! Putting the service together, and closing it.

use std::sync::Arc;

use api::catalogue::Catalogue;
use payments::Providers;
use payments::sandbox::Sandbox;
use rpc::identity::Signer;
use rpc::revocations::Revocations;
use store::jobs::{Jobs, Worker};
use store::{Clock, Db, Ids, Randomness, ShiftedClock};
use tokio_util::task::TaskTracker;

use super::RentService;
use crate::account::Accounts;
use crate::account::attempts::Attempts;
use crate::account::mails::AccountMails;
use crate::account::password::PasswordHashing;
use crate::account::revoke::RevocationFeed;
use crate::catalogue::Offers;
use crate::ledger::check::Books;
use crate::ledger::nightly::NightlyCheck;
use crate::library::changes::Changes;
use crate::library::entitlement_cache::EntitlementCache;
use crate::limits::Limits;
use crate::mail::delivery::Mailer;
use crate::mail::letterhead::Letterheads;
use crate::mail::outbox::Outbox;
use crate::order::checkpoint::Checkpoints;
use crate::order::most_rented::MostRented;
use crate::order::orders::{Orders, Turns};
use crate::order::popularity::Popularity;
use crate::order::reconcile::Reconciler;
use crate::playback::lease_poller::LeasePoller;
use crate::playback::player::Player;
use crate::playback::signing_keys::SigningKeys;

/// The most orders of which it is remembered when they were looked up for their customers.
const LOOKED_FOR_CUSTOMERS: u64 = 10_000;

/// What a [`RentService`] stands on.
pub struct Options {
    /// Rent's database, whose [schema](crate::MIGRATIONS) is there.
    pub db: Db,
    pub providers: Providers,
    /// The sandbox, where it is one of them: what it charged can be listed, and what waits there be paid.
    pub sandbox: Option<Arc<Sandbox>>,
    pub catalogue: Arc<dyn Catalogue>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    pub randomness: Arc<dyn Randomness>,
    /// Signs identities; every service has its public half.
    pub signer: Signer,
    /// Where sessions are noted that have ended; another service of this process goes by the same.
    pub revocations: Revocations,
    pub mailer: Arc<dyn Mailer>,
    /// Where the links in mails lead, such as `https://films.example`.
    pub public_url: String,
    /// Whether this is the only process on the database, as it is on `SQLite`: then the orders that an earlier one
    /// left open are taken up at once. Where others work beside it, they are given their time.
    pub is_sole_process: bool,
    /// The clock that the lab may move; none outside it.
    pub lab: Option<Arc<ShiftedClock>>,
    pub checkpoints: Arc<dyn Checkpoints>,
    pub limits: Limits,
}

impl RentService {
    pub fn open(options: Options) -> Arc<Self> {
        let tasks = TaskTracker::new();
        let changes = Changes::new(options.db.clone());
        let signer = Arc::new(options.signer);
        let verifier = signer.verifier().hearing_of(&options.revocations);
        let revocation_feed = RevocationFeed {
            db: options.db.clone(),
            clock: Arc::clone(&options.clock),
            revocations: options.revocations.clone(),
        };
        let outbox = Outbox {
            db: options.db.clone(),
            clock: Arc::clone(&options.clock),
            mailer: options.mailer,
            signer: Arc::clone(&signer),
            letterheads: Letterheads::new(Offers::new(Arc::clone(&options.catalogue)), &options.public_url),
        };
        let jobs = Jobs::new(options.db.clone(), Arc::clone(&options.clock), Arc::clone(&options.ids));
        let accounts = Arc::new(Accounts {
            db: options.db.clone(),
            clock: Arc::clone(&options.clock),
            ids: Arc::clone(&options.ids),
            randomness: Arc::clone(&options.randomness),
            hashing: PasswordHashing::new(&options.limits),
            signer,
            revocations: options.revocations.clone(),
            attempts: Attempts::new(
                options.db.clone(),
                Arc::clone(&options.clock),
                options.limits.attempts.clone(),
            ),
            jobs: jobs.clone(),
            limits: options.limits.clone(),
            tasks: tasks.clone(),
        });
        let mut handlers = outbox.clone().handlers();
        handlers.push(Arc::new(AccountMails {
            accounts: Arc::clone(&accounts),
            outbox,
        }));
        handlers.push(Arc::new(NightlyCheck(Books {
            db: options.db.clone(),
            providers: options.providers.clone(),
            clock: Arc::clone(&options.clock),
        })));
        let worker = Worker::new(jobs.clone(), handlers, options.limits.jobs.clone());
        let abandoned_before_us = options.is_sole_process.then(|| options.clock.now_us());
        let orders = Orders {
            db: options.db.clone(),
            jobs: jobs.clone(),
            changes: changes.clone(),
            providers: options.providers,
            sandbox: options.sandbox,
            catalogue: Offers::new(Arc::clone(&options.catalogue)),
            public_url: options.public_url.trim_end_matches('/').to_owned(),
            clock: Arc::clone(&options.clock),
            ids: Arc::clone(&options.ids),
            checkpoints: options.checkpoints,
            limits: options.limits.clone(),
            abandoned_before_us,
            turns: Turns::default(),
            looked_for_customers: moka::sync::Cache::new(LOOKED_FOR_CUSTOMERS),
            tasks: tasks.clone(),
        };
        let (clock, db) = (Arc::clone(&options.clock), options.db.clone());
        let player = Player {
            keys: SigningKeys::new(db.clone(), Arc::clone(&clock), options.randomness, &options.limits),
            revocations: options.revocations,
            lease_poller: LeasePoller::new(db.clone(), Arc::clone(&clock), tasks.clone()),
            db: options.db,
            jobs: jobs.clone(),
            changes: changes.clone(),
            catalogue: Offers::new(Arc::clone(&options.catalogue)),
            clock: options.clock,
            ids: options.ids,
            limits: options.limits.clone(),
        };
        Arc::new(Self {
            accounts,
            orders: Arc::new(orders),
            player: Arc::new(player),
            jobs,
            worker: Arc::new(worker),
            changes,
            revocation_feed,
            tasks,
            catalogue: Offers::new(options.catalogue),
            most_rented: MostRented::new(db.clone(), Arc::clone(&clock)),
            held: EntitlementCache::new(db.clone()),
            db,
            clock,
            verifier,
            lab: options.lab,
            limits: options.limits,
        })
    }

    /// What ends the orders that were left half done; it [runs](Reconciler::run) beside the service.
    pub fn reconciler(&self) -> Reconciler {
        Reconciler::new(Arc::clone(&self.orders))
    }

    /// What sends the mails that are due; it [runs](Worker::run) beside the service.
    pub fn worker(&self) -> Arc<Worker> {
        Arc::clone(&self.worker)
    }

    /// What tells the catalogue how often titles are ordered; it [runs](Popularity::run) beside the service.
    pub fn popularity(&self) -> Popularity {
        Popularity::new(self.db.clone(), Arc::clone(&self.clock), self.catalogue.clone())
    }

    /// What tells watchers of changes; it [runs](Changes::run) beside the service.
    pub fn changes(&self) -> Changes {
        self.changes.clone()
    }

    /// What reads of sessions that other processes ended; it [runs](RevocationFeed::run) beside the service.
    pub fn revocation_feed(&self) -> RevocationFeed {
        self.revocation_feed.clone()
    }

    /// Waits until what calls have begun and left is done: orders that are being paid, mails on their way.
    /// Nothing may be called after this.
    pub async fn drain(&self) {
        self.orders.tasks.close();
        self.orders.tasks.wait().await;
    }
}
