//! The sandbox: a payment provider without money, with a durable record of its own, as a real provider has.
//!
//! What it does depends on the payment token: `tok_visa` is approved, `tok_declined` and `tok_insufficient_funds` are
//! declined, `tok_timeout` is charged but answered too late, `tok_error_once` fails once and is approved when it is
//! tried again. Any other token is declined as invalid.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use store::{Clock, Db, Tx, write_tx};

use crate::id::OrderId;
use crate::payment::{
    Charge, ChargeState, DeclineReason, ListedCharge, PaymentProvider, ProviderError, ProviderResult,
};
pub use crate::store::sandbox::MIGRATIONS;
use crate::store::sandbox::{self, Record};

/// How late `tok_timeout` is answered: later than anybody waits.
const LATE: Duration = Duration::from_mins(1);

/// The sandbox provider.
pub struct Sandbox {
    db: Db,
    clock: Arc<dyn Clock>,
}

impl Sandbox {
    /// Opens the sandbox over a database of its own, whose [schema](MIGRATIONS) is there.
    pub fn open(db: Db, clock: Arc<dyn Clock>) -> Self {
        Self { db, clock }
    }

    /// Changes a charge's record from what it was to what `change` makes of it, and answers what it has become.
    async fn record(
        &self,
        order: OrderId,
        change: impl Fn(ChargeState) -> ChargeState + Sync,
    ) -> ProviderResult<ChargeState> {
        let outcome = write_tx!(self.db, |tx| -> Result<ChargeState, store::Error> {
            let before = standing(sandbox::find(&mut *tx, order).await?);
            let after = change(before);
            if after != before {
                sandbox::write(tx, order, None, Record::Decided(after), self.clock.now_us()).await?;
            }
            Ok(after)
        });
        outcome.map_err(|error| failed(&error))
    }
}

#[async_trait]
impl PaymentProvider for Sandbox {
    async fn charge(&self, charge: &Charge) -> ProviderResult<ChargeState> {
        let now_us = self.clock.now_us();
        let record = write_tx!(self.db, |tx| -> Result<Record, store::Error> {
            decide(tx, charge, now_us).await
        });
        let record = record.map_err(|error| failed(&error))?;
        if charge.token.as_str() == "tok_timeout" {
            tokio::time::sleep(LATE).await;
        }
        match record {
            Record::Failed => Err(ProviderError::Failed("the sandbox was asked to fail once".to_owned())),
            Record::Decided(state) => Ok(state),
        }
    }

    async fn look_up(&self, order: OrderId) -> ProviderResult<ChargeState> {
        let record = sandbox::find(&self.db, order).await.map_err(|error| failed(&error))?;
        Ok(standing(record))
    }

    async fn cancel(&self, order: OrderId) -> ProviderResult<ChargeState> {
        self.record(order, |before| match before {
            ChargeState::Unknown => ChargeState::Cancelled,
            decided => decided,
        })
        .await
    }

    async fn refund(&self, order: OrderId) -> ProviderResult<ChargeState> {
        self.record(order, |before| match before {
            ChargeState::Charged => ChargeState::Refunded,
            other => other,
        })
        .await
    }

    async fn list(&self, after: i64, limit: i64) -> ProviderResult<Vec<ListedCharge>> {
        sandbox::list(&self.db, after, limit)
            .await
            .map_err(|error| failed(&error))
    }
}

/// Decides a charge once; whatever was decided before stays.
async fn decide(tx: &mut Tx, charge: &Charge, now_us: i64) -> Result<Record, store::Error> {
    let before = sandbox::find(&mut *tx, charge.order).await?;
    if let Some(decided @ Record::Decided(_)) = before {
        return Ok(decided);
    }
    let record = match (charge.token.as_str(), before) {
        ("tok_error_once", None) => Record::Failed,
        ("tok_visa" | "tok_timeout" | "tok_error_once", _) => Record::Decided(ChargeState::Charged),
        ("tok_declined", _) => Record::Decided(ChargeState::Declined(DeclineReason::Declined)),
        ("tok_insufficient_funds", _) => Record::Decided(ChargeState::Declined(DeclineReason::InsufficientFunds)),
        _ => Record::Decided(ChargeState::Declined(DeclineReason::InvalidToken)),
    };
    sandbox::write(tx, charge.order, Some(charge.amount), record, now_us).await?;
    Ok(record)
}

fn standing(record: Option<Record>) -> ChargeState {
    match record {
        None | Some(Record::Failed) => ChargeState::Unknown,
        Some(Record::Decided(state)) => state,
    }
}

fn failed(error: &store::Error) -> ProviderError {
    ProviderError::Failed(error.to_string())
}
