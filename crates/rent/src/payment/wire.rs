//! Between the messages of the contract and the payment's types.

use ::store::PageToken;
use api::rent as wire;
use payments::sandbox::RecordedCharge;
use payments::{
    Currency, DeclineReason, EventRequest, Money, PaymentMethod, PaymentProvider, PaymentState, PaymentToken,
    Providers, RefundState,
};

use super::calls::RecordedCall;
use super::refund::{Refund, RefundReason};
use crate::fault::{Fault, Result};

/// The currency that a request names; none if it names none.
pub(crate) fn parse_currency(code: &str) -> Result<Option<Currency>> {
    if code.is_empty() {
        return Ok(None);
    }
    let currency = Currency::from_code(code);
    let unknown = || Fault::invalid("currency_code", "This is not the code of a currency, such as BRL.");
    currency.map(Some).ok_or_else(unknown)
}

pub(crate) fn event_request(request: &wire::ReceiveProviderEventRequest) -> EventRequest<'_> {
    EventRequest {
        headers: &request.headers,
        query: &request.query,
        body: &request.body,
    }
}

/// The methods by which an amount in a currency can be paid, or one in any currency.
pub(crate) fn payment_methods(providers: &Providers, currency: Option<Currency>) -> wire::ListPaymentMethodsResponse {
    let option = |(one, provider): (PaymentMethod, &dyn PaymentProvider)| wire::PaymentOption {
        method: method(one).into(),
        provider: provider.name().to_owned(),
        sandbox: provider.is_sandbox(),
        needs_token: provider.needs_token(one),
    };
    let methods = match currency {
        Some(currency) => providers.methods(currency),
        None => providers.methods_of_all_currencies(),
    };
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
        state: charge_state(charge).into(),
        refunded_minor: charge.refunded.minor(),
    }
}

fn charge_state(charge: &RecordedCharge) -> wire::SandboxChargeState {
    use wire::SandboxChargeState as State;
    match charge.state {
        PaymentState::Succeeded if charge.is_refunded() => State::Refunded,
        PaymentState::Succeeded => State::Charged,
        PaymentState::Declined(_) => State::Declined,
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

/// The fault of a payment whose provider charges a token that the browser has to send along.
pub(crate) fn token_missing() -> Fault {
    Fault::invalid("payment.token", "This payment method needs a payment token.")
}

pub(crate) fn decline_reason(reason: Option<DeclineReason>) -> wire::DeclineReason {
    match reason {
        None => wire::DeclineReason::Unspecified,
        Some(DeclineReason::Declined) => wire::DeclineReason::Declined,
        Some(DeclineReason::InsufficientFunds) => wire::DeclineReason::InsufficientFunds,
        Some(DeclineReason::InvalidToken) => wire::DeclineReason::InvalidToken,
        Some(DeclineReason::AmountNotAccepted) => wire::DeclineReason::AmountNotAccepted,
    }
}

pub(crate) fn provider_call(call: RecordedCall) -> wire::ProviderCall {
    let RecordedCall {
        method,
        path,
        status,
        error,
        elapsed_us,
        at_us,
    } = call;
    wire::ProviderCall {
        at_us,
        method,
        path,
        status: status.unwrap_or_default(),
        error: error.unwrap_or_default(),
        elapsed_us,
    }
}

pub(crate) fn refund(refund: &Refund) -> wire::Refund {
    let state = match refund.state {
        RefundState::Pending => wire::RefundState::Pending,
        RefundState::Succeeded => wire::RefundState::Succeeded,
        RefundState::Failed(_) => wire::RefundState::Failed,
    };
    wire::Refund {
        refund_id: refund.id.to_string(),
        amount: Some(money(refund.amount)),
        reason: refund_reason(refund.reason).into(),
        state: state.into(),
        decided_at_us: refund.decided_at_us,
        ends_access: refund.ends_access,
    }
}

fn refund_reason(reason: RefundReason) -> wire::RefundReason {
    match reason {
        RefundReason::AlreadyHeld => wire::RefundReason::AlreadyHeld,
        RefundReason::Withdrawal => wire::RefundReason::Withdrawal,
        RefundReason::Requested => wire::RefundReason::Requested,
        RefundReason::Duplicate => wire::RefundReason::Duplicate,
        RefundReason::TechnicalProblem => wire::RefundReason::TechnicalProblem,
        RefundReason::TitleWithdrawn => wire::RefundReason::TitleWithdrawn,
        RefundReason::Fraud => wire::RefundReason::Fraud,
        RefundReason::PaidTooLate => wire::RefundReason::PaidTooLate,
    }
}

/// The reason that staff give.
pub(crate) fn parse_refund_reason(reason: wire::RefundReason) -> Result<RefundReason> {
    match reason {
        wire::RefundReason::Requested => Ok(RefundReason::Requested),
        wire::RefundReason::Duplicate => Ok(RefundReason::Duplicate),
        wire::RefundReason::TechnicalProblem => Ok(RefundReason::TechnicalProblem),
        wire::RefundReason::TitleWithdrawn => Ok(RefundReason::TitleWithdrawn),
        wire::RefundReason::Fraud => Ok(RefundReason::Fraud),
        wire::RefundReason::AlreadyHeld
        | wire::RefundReason::Withdrawal
        | wire::RefundReason::PaidTooLate
        | wire::RefundReason::Unspecified => Err(Fault::invalid(
            "reason",
            "The reason is requested, duplicate, technical_problem, title_withdrawn or fraud.",
        )),
    }
}

pub(crate) fn money(money: Money) -> api::Money {
    api::Money {
        amount_minor: money.minor(),
        currency_code: money.currency_code().to_owned(),
    }
}
