//! The sandbox: a payment provider without real money, which keeps a durable record of its own, as a real provider
//! does.
//!
//! Its answer depends on the payment token: `tok_visa` is approved, `tok_declined` and `tok_insufficient_funds` are
//! declined, `tok_timeout` is charged but answered too late, `tok_error_once` fails once and is approved at the second
//! attempt. Any other token is declined as invalid. A Pix payment waits until a test or a tool [pays](Sandbox::pay) it.

mod store;

use std::sync::Arc;
use std::time::Duration;

use ::store::{Clock, Db, Tx, write_tx};
use async_trait::async_trait;
use iso_currency::Currency;

pub use self::store::MIGRATIONS;
use self::store::Record;
use crate::money::Money;
use crate::movement::Movement;
use crate::payment::{
    DeclineReason, NextAction, PaymentMethod, PaymentRef, PaymentReport, PaymentRequest, PaymentState,
};
use crate::pix::{self, Merchant};
use crate::provider::{PaymentProvider, ProviderError, Result};
use crate::refund::{RefundRequest, RefundState};

/// How late `tok_timeout` is answered: later than the store waits for a provider.
const LATE: Duration = Duration::from_mins(1);

/// The address at which a bank would look up the payment. The domain `invalid` never exists (RFC 2606).
const PIX_LOCATION: &str = "pix.sandbox.invalid/v2";
const MERCHANT: Merchant = Merchant {
    name: "SANDBOX",
    city: "SANDBOX",
};

/// The sandbox provider.
pub struct Sandbox {
    db: Db,
    clock: Arc<dyn Clock>,
}

/// A charge in the sandbox's own record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedCharge {
    /// Its position in the list.
    pub number: i64,
    pub payment: PaymentRef,
    pub amount: Money,
    pub state: PaymentState,
    /// The sum of its refunds.
    pub refunded: Money,
}

impl RecordedCharge {
    /// Whether all of the money went back.
    pub fn is_refunded(&self) -> bool {
        self.state == PaymentState::Succeeded && self.refunded == self.amount
    }
}

impl Sandbox {
    /// Opens the sandbox on a database of its own, which already has the [schema](MIGRATIONS).
    pub fn open(db: Db, clock: Arc<dyn Clock>) -> Self {
        Self { db, clock }
    }

    /// Pays a waiting Pix payment, as the customer does in their bank's app; a decided payment stays as it is. An
    /// expired code can still be paid until the payment is cancelled, because the money may have been on its way.
    pub async fn pay(&self, payment: &PaymentRef) -> Result<PaymentState> {
        self.record(payment, |before| match before {
            PaymentState::NeedsAction(_) => PaymentState::Succeeded,
            other => other,
        })
        .await
    }

    /// Payments that were charged or declined, oldest first, after the position at which an earlier page
    /// ended.
    pub async fn list(&self, after: i64, limit: i64) -> Result<Vec<RecordedCharge>> {
        store::list(&self.db, after, limit)
            .await
            .map_err(|error| failed(&error))
    }

    /// Changes a payment's state by `change`, and returns the new state.
    async fn record(
        &self,
        payment: &PaymentRef,
        change: impl Fn(PaymentState) -> PaymentState + Sync,
    ) -> Result<PaymentState> {
        let outcome = write_tx!(self.db, read committed, |tx| -> std::result::Result<PaymentState, ::store::Error> {
            let now_us = self.clock.now_us();
            let before = state_of(store::lock(tx, payment, None, now_us).await?);
            let after = change(before.clone());
            if after != before {
                store::write(tx, payment, &Record::Decided(after.clone()), now_us).await?;
            }
            Ok(after)
        });
        outcome.map_err(|error| failed(&error))
    }
}

#[async_trait]
impl PaymentProvider for Sandbox {
    fn name(&self) -> &'static str {
        "sandbox"
    }

    fn is_sandbox(&self) -> bool {
        true
    }

    fn methods(&self, currency: Currency) -> Vec<PaymentMethod> {
        if currency == pix::CURRENCY {
            vec![PaymentMethod::Card, PaymentMethod::Pix]
        } else {
            vec![PaymentMethod::Card]
        }
    }

    fn needs_token(&self, method: PaymentMethod) -> bool {
        method == PaymentMethod::Card
    }

    async fn start(&self, request: &PaymentRequest) -> Result<PaymentReport> {
        let now_us = self.clock.now_us();
        let record = write_tx!(self.db, read committed, |tx| -> std::result::Result<Record, ::store::Error> {
            decide(tx, request, now_us).await
        });
        let record = record.map_err(|error| failed(&error))?;
        if request.token.as_str() == "tok_timeout" {
            tokio::time::sleep(LATE).await;
        }
        match record {
            Record::Failed => Err(ProviderError::Failed("the sandbox was asked to fail once".to_owned())),
            Record::Decided(state) => Ok(state.into()),
        }
    }

    async fn look_up(&self, payment: &PaymentRef) -> Result<PaymentReport> {
        let record = store::find(&self.db, payment).await.map_err(|error| failed(&error))?;
        Ok(state_of(record).into())
    }

    async fn cancel(&self, payment: &PaymentRef) -> Result<PaymentReport> {
        let cancelled = self.record(payment, |before| match before {
            PaymentState::Pending | PaymentState::NeedsAction(_) => PaymentState::Cancelled,
            decided => decided,
        });
        Ok(cancelled.await?.into())
    }

    async fn refund(&self, payment: &PaymentRef, refund: &RefundRequest) -> Result<RefundState> {
        let now_us = self.clock.now_us();
        let outcome = write_tx!(self.db, read committed, |tx| -> std::result::Result<RefundState, ::store::Error> {
            let charge = state_of(store::lock(tx, payment, None, now_us).await?);
            if charge != PaymentState::Succeeded {
                return Ok(RefundState::Failed("no money was taken".to_owned()));
            }
            if let Some(earlier) = store::refunded(&mut *tx, refund.id).await? {
                let is_same = earlier == (payment.id(), refund.amount);
                return Ok(if is_same {
                    RefundState::Succeeded
                } else {
                    RefundState::Failed("another refund has this id".to_owned())
                });
            }
            if store::insert_refund(tx, payment, refund, now_us).await? {
                return Ok(RefundState::Succeeded);
            }
            Ok(RefundState::Failed("it is more than what is left of the payment".to_owned()))
        });
        outcome.map_err(|error| failed(&error))
    }

    async fn movements(&self, from_us: i64, until_us: i64) -> Result<Vec<Movement>> {
        let moved = store::movements(&self.db, from_us, until_us).await;
        moved.map_err(|error| failed(&error))
    }
}

/// Decides a payment once; an earlier decision stays.
async fn decide(tx: &mut Tx, request: &PaymentRequest, now_us: i64) -> std::result::Result<Record, ::store::Error> {
    let before = store::lock(tx, &request.payment, Some(request.amount), now_us).await?;
    if let Some(decided @ Record::Decided(_)) = before {
        return Ok(decided);
    }
    let record = match request.method {
        PaymentMethod::Card => decide_card(request.token.as_str(), before.is_some()),
        PaymentMethod::Pix => match pix_action(&request.payment, request.amount, request.pay_by_us) {
            Some(action) => Record::Decided(PaymentState::NeedsAction(action)),
            None => Record::Decided(PaymentState::Declined(DeclineReason::Declined)),
        },
    };
    store::write(tx, &request.payment, &record, now_us).await?;
    Ok(record)
}

fn decide_card(token: &str, failed_before: bool) -> Record {
    match (token, failed_before) {
        ("tok_error_once", false) => Record::Failed,
        ("tok_visa" | "tok_timeout" | "tok_error_once", _) => Record::Decided(PaymentState::Succeeded),
        ("tok_declined", _) => Record::Decided(PaymentState::Declined(DeclineReason::Declined)),
        ("tok_insufficient_funds", _) => Record::Decided(PaymentState::Declined(DeclineReason::InsufficientFunds)),
        _ => Record::Decided(PaymentState::Declined(DeclineReason::InvalidToken)),
    }
}

/// The Pix code of a payment.
fn pix_action(payment: &PaymentRef, amount: Money, expires_at_us: i64) -> Option<NextAction> {
    let code = pix::code(&format!("{PIX_LOCATION}/{payment}"), amount, &MERCHANT)?;
    Some(NextAction::ShowCode { code, expires_at_us })
}

/// Whether a code is the sandbox's, which no bank could pay.
pub fn is_own_code(code: &str) -> bool {
    code.contains(PIX_LOCATION)
}

fn state_of(record: Option<Record>) -> PaymentState {
    match record {
        None | Some(Record::Failed) => PaymentState::Pending,
        Some(Record::Decided(state)) => state,
    }
}

fn failed(error: &::store::Error) -> ProviderError {
    ProviderError::Failed(error.to_string())
}
