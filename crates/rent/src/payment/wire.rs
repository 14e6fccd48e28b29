//! Between the messages of the contract and the payment's types.

use ::store::PageToken;
use api::rent as wire;

use super::money::Money;
use super::{ChargeState, DeclineReason, ListedCharge, PaymentMethod, PaymentProvider};
use crate::fault::{Fault, Result};

pub(crate) fn payment_methods(provider: &dyn PaymentProvider) -> wire::ListPaymentMethodsResponse {
    let option = |one: PaymentMethod| wire::PaymentOption {
        method: method(one).into(),
        provider: provider.name().to_owned(),
        sandbox: provider.sandbox().is_some(),
    };
    wire::ListPaymentMethodsResponse {
        payment_methods: PaymentMethod::ALL.map(option).into(),
    }
}

/// A page of charges; a full one is followed by another.
pub(crate) fn charges(page: &[ListedCharge], full: i64) -> wire::ListSandboxChargesResponse {
    let is_full = i64::try_from(page.len()).is_ok_and(|length| length >= full);
    let last = page.last().filter(|_| is_full);
    wire::ListSandboxChargesResponse {
        charges: page.iter().map(charge).collect(),
        next_page_token: last
            .map(|last| PageToken::encode(&last.number, "charges"))
            .unwrap_or_default(),
    }
}

fn charge(charge: &ListedCharge) -> wire::SandboxCharge {
    wire::SandboxCharge {
        // The provider's key for a charge is the order's id.
        idempotency_key: charge.order.to_string(),
        order_id: charge.order.to_string(),
        amount_minor: charge.amount.minor(),
        currency_code: charge.amount.currency_code().to_owned(),
        state: charge_state(&charge.state).into(),
    }
}

fn charge_state(state: &ChargeState) -> wire::SandboxChargeState {
    use wire::SandboxChargeState as State;
    match state {
        ChargeState::Charged => State::Charged,
        ChargeState::Declined(_) => State::Declined,
        ChargeState::Refunded => State::Refunded,
        // Only what was decided with money in it is listed.
        ChargeState::Unknown | ChargeState::Awaiting(_) | ChargeState::Cancelled => State::Unspecified,
    }
}

pub(crate) fn method(method: PaymentMethod) -> wire::PaymentMethod {
    match method {
        PaymentMethod::Card => wire::PaymentMethod::Card,
        PaymentMethod::Pix => wire::PaymentMethod::Pix,
    }
}

pub(crate) fn parse_method(method: wire::PaymentMethod) -> Result<PaymentMethod> {
    match method {
        wire::PaymentMethod::Card => Ok(PaymentMethod::Card),
        wire::PaymentMethod::Pix => Ok(PaymentMethod::Pix),
        wire::PaymentMethod::Unspecified => Err(Fault::invalid("payment.method", "The payment method is card or pix.")),
    }
}

pub(crate) fn decline_reason(reason: Option<DeclineReason>) -> wire::DeclineReason {
    match reason {
        None => wire::DeclineReason::Unspecified,
        Some(DeclineReason::Declined) => wire::DeclineReason::Declined,
        Some(DeclineReason::InsufficientFunds) => wire::DeclineReason::InsufficientFunds,
        Some(DeclineReason::InvalidToken) => wire::DeclineReason::InvalidToken,
    }
}

pub(crate) fn money(money: Money) -> api::Money {
    api::Money {
        amount_minor: money.minor(),
        currency_code: money.currency_code().to_owned(),
    }
}
