//! `dvs order`: shows any customer's order, and gives its money back.

use std::sync::Arc;

use anyhow::Result;
use api::Money;
use api::rent::{CustomersOrder, LookUpOrderRequest, Order, RefundOrderRequest, RefundReason as Reason};
use jiff::Timestamp;
use rpc::Call;
use store::{Ids as _, OsRandomness, SystemClock, TimeOrderedIds};

use crate::commands::{say, told, word};
use crate::config::{OrderRefundOptions, OrderShowOptions, RefundReason};
use crate::reach::{Missing, StoreConnection};

pub(crate) async fn show(options: OrderShowOptions) -> Result<()> {
    let store = StoreConnection::open(&options.store, "dvs order show", Missing::Refuse).await?;
    let request = LookUpOrderRequest {
        order_id: options.order_id,
    };
    let found = store.rent().await?.look_up_order(Call::by_service(request)).await;
    store.close().await;
    print(&found.map_err(|fault| told(&fault))?)
}

/// Gives money back once: a call whose answer was lost is repeated with the same key by the connection, not by a second
/// command.
pub(crate) async fn refund(options: OrderRefundOptions) -> Result<()> {
    let store = StoreConnection::open(&options.store, "dvs order refund", Missing::Refuse).await?;
    let request = RefundOrderRequest {
        order_id: options.order_id,
        idempotency_key: key(),
        amount: options.amount.map(|price| price.0),
        reason: reason(options.reason).into(),
        keep_access: options.keep_access,
    };
    let refunded = store.rent().await?.refund_order(Call::by_service(request)).await;
    store.close().await;
    print(&refunded.map_err(|fault| told(&fault))?)
}

/// The name of this refund: one that nothing else has.
fn key() -> String {
    let ids = TimeOrderedIds::new(Arc::new(SystemClock), Arc::new(OsRandomness));
    ids.next().to_string()
}

fn reason(reason: RefundReason) -> Reason {
    match reason {
        RefundReason::Requested => Reason::Requested,
        RefundReason::Duplicate => Reason::Duplicate,
        RefundReason::TechnicalProblem => Reason::TechnicalProblem,
        RefundReason::TitleWithdrawn => Reason::TitleWithdrawn,
        RefundReason::Fraud => Reason::Fraud,
    }
}

fn print(found: &CustomersOrder) -> Result<()> {
    let order = found.order.clone().unwrap_or_default();
    say(format_args!("order     {}", order.order_id))?;
    say(format_args!(
        "placed    {:.0}",
        Timestamp::from_microsecond(order.created_at_us)?
    ))?;
    say(format_args!(
        "state     {}",
        word(order.state().as_str_name(), "ORDER_STATE_")
    ))?;
    let email = if found.email.is_empty() {
        "the account was deleted"
    } else {
        &found.email
    };
    say(format_args!("customer  {} ({email})", found.customer_id))?;
    for line in &order.lines {
        let kind = word(line.kind().as_str_name(), "OFFER_KIND_");
        say(format_args!(
            "{kind:<10}{}, title {}, {}",
            line.title_name,
            line.title_id,
            amount(line.price.as_ref())
        ))?;
    }
    say(format_args!("total     {}", amount(order.total.as_ref())))?;
    let method = word(order.payment_method().as_str_name(), "PAYMENT_METHOD_");
    let reference = match found.provider_reference.as_str() {
        "" => String::new(),
        reference => format!(", {reference}"),
    };
    say(format_args!("paid by   {method}, {}{reference}", found.provider))?;
    refunds(&order)?;
    provider_calls(found)
}

fn provider_calls(found: &CustomersOrder) -> Result<()> {
    for call in &found.provider_calls {
        let at = Timestamp::from_microsecond(call.at_us)?;
        let answer = match (call.status, call.error.as_str()) {
            (0, error) => error.to_owned(),
            (status, "") => status.to_string(),
            (status, error) => format!("{status}, {error}"),
        };
        let (method, path, elapsed_ms) = (&call.method, &call.path, call.elapsed_us / 1_000);
        say(format_args!(
            "asked     {at:.0} {method} {path}: {answer} ({elapsed_ms} ms)"
        ))?;
    }
    Ok(())
}

fn refunds(order: &Order) -> Result<()> {
    for refund in &order.refunds {
        let reason = word(refund.reason().as_str_name(), "REFUND_REASON_");
        let state = word(refund.state().as_str_name(), "REFUND_STATE_");
        let access = if refund.ends_access {
            "access ended"
        } else {
            "access kept"
        };
        let at = Timestamp::from_microsecond(refund.decided_at_us)?;
        let amount = amount(refund.amount.as_ref());
        say(format_args!(
            "refund    {amount}, {reason}, {access}, {state}, decided {at:.0}"
        ))?;
    }
    Ok(())
}

/// An amount as the command line takes it: BRL:1490.
fn amount(money: Option<&Money>) -> String {
    let money = money.cloned().unwrap_or_default();
    format!("{}:{}", money.currency_code, money.amount_minor)
}
