//! Between the messages of the contract and the order's types.

use api::rent as wire;
use payments::{Money, NextAction, PaymentToken, sandbox};

use super::changes::OrdersChanged;
use super::refund_order::StaffRefund;
use super::{IdempotencyKey, Order, OrderItem, OrderLine, OrderRequest, OrderState};
use crate::fault::{Fault, Result};
use crate::id::{CustomerId, OfferId};
use crate::library::wire::{entitlement, kind};
use crate::limits::Limits;
use crate::payment::wire::{decline_reason, method, money, parse_method, parse_refund_reason, parse_token, refund};

pub(crate) fn order_request(customer: CustomerId, request: wire::PlaceOrderRequest) -> Result<OrderRequest> {
    let payment = request.payment.unwrap_or_default();
    let method = parse_method(payment.method())?;
    Ok(OrderRequest {
        customer,
        key: IdempotencyKey::parse(&request.idempotency_key)?,
        items: request.items.into_iter().map(order_item).collect::<Result<_>>()?,
        method,
        token: match payment.token.as_str() {
            "" => PaymentToken::default(),
            token => parse_token(token)?,
        },
    })
}

fn order_item(item: wire::OrderItem) -> Result<OrderItem> {
    let price = item
        .price
        .and_then(|price| Money::parse(price.amount_minor, &price.currency_code));
    Ok(OrderItem {
        offer: OfferId::parse(&item.offer_id).ok_or(Fault::OfferNotFound { offer: None })?,
        price: price.ok_or_else(|| {
            Fault::invalid(
                "items.price",
                "A price is an amount in minor units and a currency such as BRL.",
            )
        })?,
    })
}

/// An order, with the state of its entitlements at a moment.
pub(crate) fn order(order: &Order, at_us: i64, limits: &Limits) -> wire::Order {
    wire::Order {
        order_id: order.id.to_string(),
        state: order_state(order.state).into(),
        lines: order.lines.iter().map(order_line).collect(),
        subtotal: Some(money(order.bill.subtotal)),
        discount: Some(money(order.bill.discount)),
        tax: Some(money(order.bill.tax)),
        total: Some(money(order.bill.total)),
        payment_method: method(order.payment.method).into(),
        decline_reason: decline_reason(order.payment.decline_reason()).into(),
        created_at_us: order.created_at_us,
        entitlements: order.entitlements.iter().map(|one| entitlement(one, at_us)).collect(),
        next_action: next_action(order),
        refunds: order.refunds.iter().map(refund).collect(),
        refundable_until_us: order
            .withdraw_until_us(limits)
            .ok()
            .filter(|until_us| at_us < *until_us)
            .unwrap_or_default(),
    }
}

pub(crate) fn staff_refund(request: &wire::RefundOrderRequest) -> Result<StaffRefund> {
    let amount = request.amount.as_ref().map(|amount| {
        let parsed = Money::parse(amount.amount_minor, &amount.currency_code);
        parsed.ok_or_else(|| Fault::invalid("amount", "An amount is in minor units of a currency such as BRL."))
    });
    Ok(StaffRefund {
        key: IdempotencyKey::parse(&request.idempotency_key)?,
        amount: amount.transpose()?,
        reason: parse_refund_reason(request.reason())?,
        ends_access: !request.keep_access,
    })
}

/// What an open order waits for.
fn next_action(order: &Order) -> Option<wire::NextAction> {
    use wire::next_action::{Action, Redirect, ShowCode, Wait};
    let action = match order.action_to_take() {
        Some(NextAction::Redirect { url, expires_at_us }) => Action::Redirect(Redirect {
            url: url.clone(),
            expires_at_us: *expires_at_us,
        }),
        Some(NextAction::ShowCode { code, expires_at_us }) => Action::ShowCode(ShowCode {
            code: code.clone(),
            expires_at_us: *expires_at_us,
            sandbox: sandbox::is_own_code(code),
        }),
        None if order.state.is_open() => Action::Wait(Wait {}),
        None => return None,
    };
    Some(wire::NextAction { action: Some(action) })
}

fn order_state(state: OrderState) -> wire::OrderState {
    match state {
        OrderState::Pending => wire::OrderState::Pending,
        OrderState::Paid => wire::OrderState::Paid,
        OrderState::Fulfilled => wire::OrderState::Fulfilled,
        OrderState::Declined => wire::OrderState::Declined,
        OrderState::Cancelled => wire::OrderState::Cancelled,
        OrderState::Refunded => wire::OrderState::Refunded,
    }
}

fn order_line(line: &OrderLine) -> wire::OrderLine {
    wire::OrderLine {
        offer_id: line.offer.to_string(),
        title_id: line.title.to_string(),
        title_name: line.title_name.clone(),
        kind: kind(line.holding.kind()).into(),
        price: Some(money(line.price)),
        start_window_hours: line.holding.start_window_hours(),
        viewing_window_hours: line.holding.viewing_window_hours(),
    }
}

pub(crate) fn orders_changed(changed: &OrdersChanged, at_us: i64, limits: &Limits) -> wire::OrdersChanged {
    wire::OrdersChanged {
        orders: changed.orders.iter().map(|one| order(one, at_us, limits)).collect(),
        entitlements: changed.entitlements.iter().map(|one| entitlement(one, at_us)).collect(),
        revision: changed.revision,
    }
}
