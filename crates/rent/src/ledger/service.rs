//! The check of the ledger, as its contract has it.

use std::sync::Arc;

use api::rent::{self as messages, LedgerService};
use async_trait::async_trait;
use futures::stream;
use rpc::Call;

use super::check::Books;
use super::wire;
use crate::service::{RentService, WATCHER_PATIENCE};

#[async_trait]
impl LedgerService for RentService {
    async fn check_ledger(
        &self,
        call: Call<messages::CheckLedgerRequest>,
    ) -> rpc::Result<rpc::Stream<messages::CheckLedgerResponse>> {
        let messages::CheckLedgerRequest { from_us, until_us } = call.message;
        let told = |at_us| (at_us != 0).then_some(at_us);
        let check = self.books().check(told(from_us), told(until_us)).await?;
        let messages = stream::try_unfold(check, |mut check| async move {
            let told = check.next().await?;
            Ok::<_, rpc::Fault>(told.map(|told| (wire::response(told), check)))
        });
        Ok(rpc::patient(Box::pin(messages), WATCHER_PATIENCE))
    }
}

impl RentService {
    fn books(&self) -> Books {
        Books {
            db: self.db.clone(),
            providers: self.orders.providers.clone(),
            clock: Arc::clone(&self.clock),
        }
    }
}
