//! Accounts, orders, entitlements and playback: `dvs.rent.v1`, and all services of the role rent.

use std::sync::Arc;

pub use crate::contracts::dvs::rent::v1::*;
use crate::jobs::{JobService, job_service};
use crate::lab::{ClockService, clock_service};

/// Every service of the role rent, all at one address.
pub trait Rent:
    AccountService
    + OrderService
    + PaymentService
    + LedgerService
    + LibraryService
    + PlaybackService
    + SandboxService
    + JobService
    + ClockService
{
}

impl<T> Rent for T where
    T: AccountService
        + OrderService
        + PaymentService
        + LedgerService
        + LibraryService
        + PlaybackService
        + SandboxService
        + JobService
        + ClockService
        + ?Sized
{
}

/// The routes of every service of the role, over gRPC and REST.
pub fn routes(rent: &Arc<dyn Rent>) -> rpc::Routes {
    let accounts: Arc<dyn AccountService> = rent.clone();
    let orders: Arc<dyn OrderService> = rent.clone();
    let payments: Arc<dyn PaymentService> = rent.clone();
    let ledger: Arc<dyn LedgerService> = rent.clone();
    let library: Arc<dyn LibraryService> = rent.clone();
    let playback: Arc<dyn PlaybackService> = rent.clone();
    let sandbox: Arc<dyn SandboxService> = rent.clone();
    let jobs: Arc<dyn JobService> = rent.clone();
    let clock: Arc<dyn ClockService> = rent.clone();
    account_service::routes(&accounts)
        .merge(order_service::routes(&orders))
        .merge(payment_service::routes(&payments))
        .merge(ledger_service::routes(&ledger))
        .merge(library_service::routes(&library))
        .merge(playback_service::routes(&playback))
        .merge(sandbox_service::routes(&sandbox))
        .merge(job_service::routes(&jobs))
        .merge(clock_service::routes(&clock))
}
