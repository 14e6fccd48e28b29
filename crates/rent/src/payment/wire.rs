//! Between the messages of the contract and the payment's types.

use ::store::PageToken;
use api::rent as wire;
use payments::sandbox::RecordedCharge;
use payments::{DeclineReason, Money, PaymentMethod, PaymentProvider, PaymentState, PaymentToken, pix};

use crate::fault::{Fault, Result};

pub(crate) fn payment_methods(provider: &dyn PaymentProvider) -> wire::ListPaymentMethodsResponse {
    let option = |one: PaymentMethod| wire::PaymentOption {
        method: method(one).into(),
        provider: provider.name().to_owned(),
        sandbox: provider.is_sandbox(),
    };
    // The request names no currency. Every method of a provider is available in reais.
    let methods = provider.methods(pix::CURRENCY);
    wire::ListPaymentMethodsResponse {
        payment_methods: methods.into_iter().map(option).collect(),
    }
}

/// A page of charges; if it is full, the answer has a token for the next page.
pub(crate) fn charges(page: &[RecordedCharge], full: i64) -> wire::ListSandboxChargesResponse {
    let is_full = i64::try_from(page.len()).is_ok_and(|length| length >= full);
    let last = page.last().filter(|_| is_full);
    wire::ListSandboxChargesResponse {
        charges: page.iter().map(charge).collect(),
        next_page_token: last
            .map(|last| PageToken::encode(&last.number, "charges"))
            .unwrap_or_default(),
    }
}

fn charge(charge: &RecordedCharge) -> wire::SandboxCharge {
    wire::SandboxCharge {
        // The provider knows the payment of an order by the order's id.
        idempotency_key: charge.payment.to_string(),
        order_id: charge.payment.to_string(),
        amount_minor: charge.amount.minor(),
        currency_code: charge.amount.currency_code().to_owned(),
        state: charge_state(&charge.state).into(),
    }
}

fn charge_state(state: &PaymentState) -> wire::SandboxChargeState {
    use wire::SandboxChargeState as State;
    match state {
        PaymentState::Succeeded => State::Charged,
        PaymentState::Declined(_) => State::Declined,
        PaymentState::Refunded => State::Refunded,
        // Only decided charges are listed.
        PaymentState::Pending | PaymentState::NeedsAction(_) | PaymentState::Cancelled => State::Unspecified,
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

pub(crate) fn parse_token(token: &str) -> Result<PaymentToken> {
    PaymentToken::parse(token).ok_or_else(|| {
        let limit = PaymentToken::LIMIT_BYTES;
        Fault::invalid(
            "payment.token",
            format!("The payment token is 1 to {limit} visible ASCII characters."),
        )
    })
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
