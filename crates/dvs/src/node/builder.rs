//! Opens the services of this process over their databases.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use api::catalogue::Catalogue;
use catalogue::CatalogueService;
use payments::CallRecorder;
use payments::pix::Pix;
use payments::sandbox::Sandbox;
use rent::{AttemptLimits, Limits, ProviderCalls, RentService};
use rpc::identity::{Signer, Verifier};
use rpc::revocations::Revocations;
use store::{Clock, Db, Ids, Randomness, ShiftedClock, SystemClock, TimeOrderedIds};

use super::background::BackgroundTasks;
use super::{NodeOptions, mail};
use crate::databases::ForRent;
use crate::folder::{self, DataFolder};
use crate::media::MediaStore;
use crate::payment_accounts::Connected;

/// How long after a failure the bank is told again where it sends its events.
const BANK_PAUSE: Duration = Duration::from_mins(1);

/// What services are built over.
pub(super) struct Builder<'a> {
    pub(super) options: &'a NodeOptions,
    pub(super) folder: &'a DataFolder,
    pub(super) randomness: Arc<dyn Randomness>,
    /// Ended sessions, as rent knows them where it runs here; a catalogue alone takes none but fresh identities.
    pub(super) revocations: Revocations,
    pub(super) background: BackgroundTasks,
}

impl Builder<'_> {
    pub(super) async fn open_catalogue(
        &self,
        db: Db,
        verifier: Verifier,
        media: MediaStore,
    ) -> Result<(Arc<CatalogueService>, Time)> {
        let time = self.time(&db).await?;
        let is_sole_process = matches!(db, Db::Sqlite(_));
        let service = CatalogueService::open(catalogue::Options {
            db,
            index_folder: self.folder.join(folder::INDEX),
            blobs: media.blobs,
            blobs_folder: Some(media.folder),
            is_sole_process,
            ids: self.ids(&time),
            clock: Arc::clone(&time.clock),
            verifier,
            lab: time.lab.clone(),
            sells_without_film: self.options.sells_without_film,
        });
        let service = service.await?;
        if self.options.is_open {
            let (follower, sweeper) = (service.follower(), service.sweeper());
            self.background.start(|stop| async move { follower.run(stop).await });
            self.background.start(|stop| async move { sweeper.run(stop).await });
        }
        Ok((service, time))
    }

    pub(super) async fn open_rent(
        &self,
        ForRent { rent, sandbox }: ForRent,
        signer: Signer,
        catalogue: Arc<dyn Catalogue>,
    ) -> Result<(Arc<RentService>, Time)> {
        let time = self.time(&rent).await?;
        let mailer = mail::open(&self.options.mail, self.folder)?;
        let sandbox = Arc::new(Sandbox::open(sandbox, Arc::clone(&time.clock)));
        let accounts = &self.options.accounts;
        let calls = Arc::new(ProviderCalls::new(
            rent.clone(),
            Arc::clone(&time.clock),
            self.ids(&time),
        ));
        let recorder = Arc::clone(&calls) as Arc<dyn CallRecorder>;
        let Connected { providers, bank } = accounts.connect(&sandbox, &time.clock, &recorder)?;
        let service = RentService::open(rent::Options {
            is_sole_process: matches!(rent, Db::Sqlite(_)),
            db: rent,
            providers,
            sandbox: accounts.offers_sandbox().then_some(sandbox),
            catalogue,
            clock: Arc::clone(&time.clock),
            ids: self.ids(&time),
            randomness: Arc::clone(&self.randomness),
            signer,
            revocations: self.revocations.clone(),
            mailer,
            public_url: self.options.public_url.clone(),
            lab: time.lab.clone(),
            checkpoints: Arc::clone(&self.options.checkpoints),
            limits: Limits {
                attempts: self.options.limits_attempts.then(AttemptLimits::default),
                withdraw_rental: self.options.refund_periods.rentals,
                withdraw_purchase: self.options.refund_periods.purchases,
                ..Limits::default()
            },
        });
        if self.options.is_open {
            let (reconciler, changes, worker) = (service.reconciler(), service.changes(), service.worker());
            let popularity = service.popularity();
            self.background.start(|stop| async move { calls.run(stop).await });
            self.tell_bank(bank);
            self.background.start(|stop| async move { popularity.run(stop).await });
            self.background.start(|stop| async move { reconciler.run(stop).await });
            self.background.start(|stop| async move { changes.run(stop).await });
            self.background.start(|stop| async move { worker.run(stop).await });
            let revocations = service.revocation_feed();
            self.background.start(|stop| async move { revocations.run(stop).await });
        }
        Ok((service, time))
    }

    /// Tells the bank where it sends its events, until it knows: a store starts while its bank cannot be reached. A store
    /// without a public address gets no events, and asks at intervals.
    fn tell_bank(&self, bank: Option<Arc<Pix>>) {
        let url = format!("{}/webhooks/pix", self.options.public_url.trim_end_matches('/'));
        let Some(bank) = bank.filter(|_| url.starts_with("https://")) else {
            return;
        };
        self.background.start(|stop| async move {
            let tell = async {
                while let Err(error) = bank.register_webhook(&url).await {
                    tracing::warn!(%error, "the bank could not be told where to send its events");
                    tokio::time::sleep(BANK_PAUSE).await;
                }
            };
            stop.run_until_cancelled(tell).await;
        });
    }

    fn ids(&self, time: &Time) -> Arc<dyn Ids> {
        Arc::new(TimeOrderedIds::new(
            Arc::clone(&time.clock),
            Arc::clone(&self.randomness),
        ))
    }

    /// The time of a service: the machine's, or the lab's, which its database moves.
    async fn time(&self, db: &Db) -> Result<Time> {
        if !self.options.lab {
            return Ok(Time::of_the_machine());
        }
        let shifted = Arc::new(ShiftedClock::new(Arc::new(SystemClock)));
        shifted.read(db).await?;
        let (follower, db) = (Arc::clone(&shifted), db.clone());
        self.background.start(|stop| async move {
            stop.run_until_cancelled(follower.follow(&db)).await;
        });
        Ok(Time {
            clock: Arc::clone(&shifted) as Arc<dyn Clock>,
            lab: Some(shifted),
        })
    }
}

/// The clock of a service.
pub(super) struct Time {
    pub(super) clock: Arc<dyn Clock>,
    lab: Option<Arc<ShiftedClock>>,
}

impl Time {
    pub(super) fn of_the_machine() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            lab: None,
        }
    }
}
