//! The SQL of payments, refunds and the events of providers.

pub(crate) mod calls;
pub(crate) mod events;

use payments::{DeclineReason, NextAction, PaymentMethod, PaymentState, RefundState};
use sqlx::FromRow;
use store::{Dialects, Error, List, Source, Tx, exactly_one, execute, fetch_all, fetch_optional};
use uuid::Uuid;

use crate::id::{CustomerId, OrderId, RefundId};
use crate::payment::Payment;
use crate::payment::refund::{DecidedBy, Refund, RefundReason};
use crate::store::{corrupt, money};

/// The columns of a payment, for statements that join it to its order.
#[derive(FromRow)]
pub(crate) struct PaymentColumns {
    provider: String,
    method: String,
    payment_state: String,
    amount_minor: i64,
    provider_reference: Option<String>,
    decline_reason: Option<String>,
    action: Option<String>,
    action_value: Option<String>,
    action_expires_at_us: Option<i64>,
}

const NEEDS_ACTION: &str = "needs_action";
const REDIRECT: &str = "redirect";
const SHOW_CODE: &str = "show_code";

fn state_name(state: &PaymentState) -> &'static str {
    match state {
        PaymentState::Pending => "pending",
        PaymentState::NeedsAction(_) => NEEDS_ACTION,
        PaymentState::Succeeded => "succeeded",
        PaymentState::Declined(_) => "declined",
        PaymentState::Cancelled => "cancelled",
    }
}

impl PaymentColumns {
    pub(crate) fn read(self, currency_code: &str) -> Result<Payment, Error> {
        let method = PaymentMethod::from_name(&self.method);
        Ok(Payment {
            method: method.ok_or_else(|| corrupt("a payment method", &self.method))?,
            amount: money(self.amount_minor, currency_code)?,
            state: self.state()?,
            provider: self.provider,
            reference: self.provider_reference,
        })
    }

    fn state(&self) -> Result<PaymentState, Error> {
        let unknown = || {
            corrupt(
                "a payment's state",
                &(&self.payment_state, &self.decline_reason, &self.action),
            )
        };
        Ok(match self.payment_state.as_str() {
            "pending" => PaymentState::Pending,
            "succeeded" => PaymentState::Succeeded,
            "cancelled" => PaymentState::Cancelled,
            "declined" => {
                let reason = self.decline_reason.as_deref().and_then(DeclineReason::from_name);
                PaymentState::Declined(reason.ok_or_else(unknown)?)
            }
            NEEDS_ACTION => {
                let action = self.action_value.clone().zip(self.action_expires_at_us);
                let (value, expires_at_us) = action.ok_or_else(unknown)?;
                PaymentState::NeedsAction(match self.action.as_deref() {
                    Some(REDIRECT) => NextAction::Redirect {
                        url: value,
                        expires_at_us,
                    },
                    Some(SHOW_CODE) => NextAction::ShowCode {
                        code: value,
                        expires_at_us,
                    },
                    _ => return Err(unknown()),
                })
            }
            _ => return Err(unknown()),
        })
    }
}

pub(crate) async fn insert(
    tx: &mut Tx,
    customer: CustomerId,
    order: OrderId,
    payment: &Payment,
    now_us: i64,
) -> Result<(), Error> {
    const INSERT: &str = "INSERT INTO payments (customer_id, payment_id, order_id, provider, method, state, \
                          amount_minor, currency_code, created_at_us) \
                          VALUES ($1, $2, $2, $3, $4, $5, $6, $7, $8)";
    exactly_one(execute!(
        tx,
        INSERT,
        customer.uuid(),
        order.uuid(),
        &payment.provider,
        payment.method.name(),
        state_name(&payment.state),
        payment.amount.minor(),
        payment.amount.currency_code(),
        now_us,
    )?)
}

/// Writes what the provider last reported of a payment.
pub(crate) async fn write(tx: &mut Tx, customer: CustomerId, order: OrderId, payment: &Payment) -> Result<(), Error> {
    const WRITE: &str = "UPDATE payments SET state = $3, provider_reference = $4, decline_reason = $5, action = $6, \
                         action_value = $7, action_expires_at_us = $8 WHERE customer_id = $1 AND payment_id = $2";
    let next_action = payment.next_action();
    let (action, value) = match next_action {
        Some(NextAction::Redirect { url, .. }) => (Some(REDIRECT), Some(url.as_str())),
        Some(NextAction::ShowCode { code, .. }) => (Some(SHOW_CODE), Some(code.as_str())),
        None => (None, None),
    };
    exactly_one(execute!(
        tx,
        WRITE,
        customer.uuid(),
        order.uuid(),
        state_name(&payment.state),
        payment.reference.as_deref(),
        payment.decline_reason().map(DeclineReason::name),
        action,
        value,
        next_action.map(NextAction::expires_at_us),
    )?)
}

#[derive(FromRow)]
struct RefundRow {
    order_id: Uuid,
    refund_id: Uuid,
    amount_minor: i64,
    currency_code: String,
    reason: String,
    decided_by: String,
    ends_access: bool,
    state: String,
    failure: Option<String>,
    decided_at_us: i64,
}

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT order_id, refund_id, amount_minor, currency_code, reason, decided_by, ends_access, state, failure, \
             decided_at_us FROM refunds ",
            $tail
        )
    };
}

fn refund_state(state: &RefundState) -> (&'static str, Option<&str>) {
    match state {
        RefundState::Pending => ("pending", None),
        RefundState::Succeeded => ("succeeded", None),
        RefundState::Failed(why) => ("failed", Some(why)),
    }
}

impl RefundRow {
    fn read(self) -> Result<(OrderId, Refund), Error> {
        let state = match (self.state.as_str(), self.failure) {
            ("pending", _) => RefundState::Pending,
            ("succeeded", _) => RefundState::Succeeded,
            ("failed", Some(why)) => RefundState::Failed(why),
            _ => return Err(corrupt("a refund's state", &self.state)),
        };
        let refund = Refund {
            id: RefundId::new(self.refund_id),
            amount: money(self.amount_minor, &self.currency_code)?,
            reason: RefundReason::from_name(&self.reason).ok_or_else(|| corrupt("a refund's reason", &self.reason))?,
            decided_by: DecidedBy::from_name(&self.decided_by)
                .ok_or_else(|| corrupt("who decided a refund", &self.decided_by))?,
            ends_access: self.ends_access,
            state,
            decided_at_us: self.decided_at_us,
        };
        Ok((OrderId::new(self.order_id), refund))
    }
}

/// The refunds of some of a customer's orders, in the order in which they were decided.
pub(crate) async fn refunds_of(
    on: &mut impl Source,
    customer: CustomerId,
    orders: &[Uuid],
) -> Result<Vec<(OrderId, Refund)>, Error> {
    const OF_ORDERS: Dialects = Dialects {
        sqlite: select!(
            "WHERE customer_id = $1 AND order_id IN (SELECT unhex(value) FROM json_each($2)) \
             ORDER BY decided_at_us, refund_id"
        ),
        postgres: select!("WHERE customer_id = $1 AND order_id = ANY($2) ORDER BY decided_at_us, refund_id"),
    };
    let rows = fetch_all!(on, RefundRow, OF_ORDERS, customer.uuid(), List(orders))?;
    rows.into_iter().map(RefundRow::read).collect()
}

pub(crate) async fn find_refund(
    mut on: impl Source,
    customer: CustomerId,
    refund: RefundId,
) -> Result<Option<(OrderId, Refund)>, Error> {
    const BY_ID: &str = select!("WHERE customer_id = $1 AND refund_id = $2");
    let row = fetch_optional!(on, RefundRow, BY_ID, customer.uuid(), refund.uuid())?;
    row.map(RefundRow::read).transpose()
}

/// The refund of this order that was decided under this key.
pub(crate) async fn refund_by_key(
    mut on: impl Source,
    customer: CustomerId,
    order: OrderId,
    key: &str,
) -> Result<Option<RefundId>, Error> {
    const BY_KEY: &str =
        "SELECT refund_id FROM refunds WHERE customer_id = $1 AND order_id = $2 AND idempotency_key = $3";
    let row = fetch_optional!(on, (Uuid,), BY_KEY, customer.uuid(), order.uuid(), key)?;
    Ok(row.map(|(refund,)| RefundId::new(refund)))
}

pub(crate) async fn insert_refund(
    tx: &mut Tx,
    customer: CustomerId,
    order: OrderId,
    key: &str,
    refund: &Refund,
) -> Result<(), Error> {
    const INSERT: &str = "INSERT INTO refunds (customer_id, refund_id, order_id, idempotency_key, amount_minor, \
         currency_code, reason, decided_by, ends_access, state, failure, decided_at_us) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let (state, failure) = refund_state(&refund.state);
    exactly_one(execute!(
        tx,
        INSERT,
        customer.uuid(),
        refund.id.uuid(),
        order.uuid(),
        key,
        refund.amount.minor(),
        refund.amount.currency_code(),
        refund.reason.name(),
        refund.decided_by.name(),
        refund.ends_access,
        state,
        failure,
        refund.decided_at_us,
    )?)
}

/// Writes what became of a refund. One that has succeeded stays so, whatever a late worker has heard.
pub(crate) async fn write_refund_state(
    tx: &mut Tx,
    customer: CustomerId,
    refund: RefundId,
    state: &RefundState,
) -> Result<(), Error> {
    const WRITE: &str = "UPDATE refunds SET state = $3, failure = $4 \
                         WHERE customer_id = $1 AND refund_id = $2 AND state <> 'succeeded'";
    let (name, failure) = refund_state(state);
    execute!(tx, WRITE, customer.uuid(), refund.uuid(), name, failure)?;
    Ok(())
}
