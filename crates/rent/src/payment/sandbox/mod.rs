//! The sandbox: a payment provider without money, with a durable record of its own, as a real provider has.
//!
//! What it does depends on the payment token: `tok_visa` is approved, `tok_declined` and `tok_insufficient_funds` are
//! declined, `tok_timeout` is charged but answered too late, `tok_error_once` fails once and is approved when it is
//! tried again. Any other token is declined as invalid. A Pix waits until somebody [pays](Sandbox::pay) it.

mod store;

use std::sync::Arc;
use std::time::Duration;

use ::store::{Clock, Db, Tx, write_tx};
use async_trait::async_trait;

pub use self::store::MIGRATIONS;
use self::store::Record;
use crate::id::OrderId;
use crate::payment::money::Money;
use crate::payment::pix::{self, Merchant, PixCode};
use crate::payment::{
    Charge, ChargeState, DeclineReason, ListedCharge, PaymentMethod, PaymentProvider, ProviderError, ProviderResult,
};

/// How late `tok_timeout` is answered: later than anybody waits.
const LATE: Duration = Duration::from_mins(1);

/// Where a bank would look for what is to be paid; there is nobody at this address, nor ever will be.
const PIX_LOCATION: &str = "pix.sandbox.invalid/v2";
const MERCHANT: Merchant = Merchant {
    name: "DISTRIBUTED VIDEO STORE",
    city: "SANDBOX",
};

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

    /// Pays what waits for a Pix, as the customer does in their bank's app; what was decided stays. A code that has
    /// expired is paid too until the charge is cancelled: the money may have been on its way.
    pub(crate) async fn pay(&self, order: OrderId) -> ProviderResult<ChargeState> {
        self.record(order, |before| match before {
            ChargeState::Awaiting(_) => ChargeState::Charged,
            other => other,
        })
        .await
    }

    /// Changes a charge's record from what it was to what `change` makes of it, and answers what it has become.
    async fn record(
        &self,
        order: OrderId,
        change: impl Fn(ChargeState) -> ChargeState + Sync,
    ) -> ProviderResult<ChargeState> {
        let outcome = write_tx!(self.db, read committed, |tx| -> Result<ChargeState, ::store::Error> {
            let before = standing(store::lock(tx, order, None, self.clock.now_us()).await?);
            let after = change(before.clone());
            if after != before {
                store::write(tx, order, &Record::Decided(after.clone())).await?;
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
        let record = write_tx!(self.db, read committed, |tx| -> Result<Record, ::store::Error> {
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
        let record = store::find(&self.db, order).await.map_err(|error| failed(&error))?;
        Ok(standing(record))
    }

    async fn cancel(&self, order: OrderId) -> ProviderResult<ChargeState> {
        self.record(order, |before| match before {
            ChargeState::Unknown | ChargeState::Awaiting(_) => ChargeState::Cancelled,
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
        store::list(&self.db, after, limit)
            .await
            .map_err(|error| failed(&error))
    }

    fn name(&self) -> &'static str {
        "sandbox"
    }

    fn sandbox(&self) -> Option<&Sandbox> {
        Some(self)
    }
}

/// Decides a charge once; whatever was decided before stays.
async fn decide(tx: &mut Tx, charge: &Charge, now_us: i64) -> Result<Record, ::store::Error> {
    let before = store::lock(tx, charge.order, Some(charge.amount), now_us).await?;
    if let Some(decided @ Record::Decided(_)) = before {
        return Ok(decided);
    }
    let record = match charge.method {
        PaymentMethod::Card => decide_card(charge.token.as_str(), before.is_some()),
        PaymentMethod::Pix => match pix_code(charge.order, charge.amount, charge.pay_by_us) {
            Some(code) => Record::Decided(ChargeState::Awaiting(code)),
            None => Record::Decided(ChargeState::Declined(DeclineReason::Declined)),
        },
    };
    store::write(tx, charge.order, &record).await?;
    Ok(record)
}

fn decide_card(token: &str, failed_before: bool) -> Record {
    match (token, failed_before) {
        ("tok_error_once", false) => Record::Failed,
        ("tok_visa" | "tok_timeout" | "tok_error_once", _) => Record::Decided(ChargeState::Charged),
        ("tok_declined", _) => Record::Decided(ChargeState::Declined(DeclineReason::Declined)),
        ("tok_insufficient_funds", _) => Record::Decided(ChargeState::Declined(DeclineReason::InsufficientFunds)),
        _ => Record::Decided(ChargeState::Declined(DeclineReason::InvalidToken)),
    }
}

/// What the charge of an order is paid by Pix with.
pub(crate) fn pix_code(order: OrderId, amount: Money, expires_at_us: i64) -> Option<PixCode> {
    let text = pix::code(&format!("{PIX_LOCATION}/{order}"), amount, &MERCHANT)?;
    Some(PixCode { text, expires_at_us })
}

/// Whether a code is the sandbox's: it leads where there is no bank.
pub(crate) fn made(code: &PixCode) -> bool {
    code.text.contains(PIX_LOCATION)
}

fn standing(record: Option<Record>) -> ChargeState {
    match record {
        None | Some(Record::Failed) => ChargeState::Unknown,
        Some(Record::Decided(state)) => state,
    }
}

fn failed(error: &::store::Error) -> ProviderError {
    ProviderError::Failed(error.to_string())
}
