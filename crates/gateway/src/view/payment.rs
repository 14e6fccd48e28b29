//! How an order is paid, and the outcomes.

use api::rent;
use api::rent::next_action::Action;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Money, Time};

/// How an order is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PaymentMethod {
    Card,
    Pix,
}

impl From<rent::PaymentMethod> for PaymentMethod {
    fn from(method: rent::PaymentMethod) -> Self {
        match method {
            rent::PaymentMethod::Pix => Self::Pix,
            rent::PaymentMethod::Card | rent::PaymentMethod::Unspecified => Self::Card,
        }
    }
}

impl From<PaymentMethod> for rent::PaymentMethod {
    fn from(method: PaymentMethod) -> Self {
        match method {
            PaymentMethod::Card => Self::Card,
            PaymentMethod::Pix => Self::Pix,
        }
    }
}

/// Why the payment provider refused the payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeclineReason {
    Declined,
    InsufficientFunds,
    InvalidToken,
    /// The provider takes no payment of this amount.
    AmountNotAccepted,
    Other,
}

impl DeclineReason {
    pub(crate) fn of(order: &rent::Order) -> Self {
        match order.decline_reason() {
            rent::DeclineReason::Declined => Self::Declined,
            rent::DeclineReason::InsufficientFunds => Self::InsufficientFunds,
            rent::DeclineReason::InvalidToken => Self::InvalidToken,
            rent::DeclineReason::AmountNotAccepted => Self::AmountNotAccepted,
            // During an upgrade, rent may know more reasons than this gateway.
            rent::DeclineReason::Unspecified => Self::Other,
        }
    }
}

/// What a pending order waits for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum NextAction {
    /// The payment provider has not answered; ask for the order again.
    Wait,
    /// The customer pays on a page of the payment provider, which then leads back to the page of the order.
    Redirect { url: String, expires_at: Time },
    /// The customer pays by Pix, with this code.
    ShowCode {
        /// The BR Code: the text to copy, which the QR code shows.
        code: String,
        expires_at: Time,
        /// Whether `POST /api/v1/sandbox/orders/{order_id}/payment` pays it.
        sandbox: bool,
    },
}

impl NextAction {
    /// The action that an order waits for; `None` once it has ended.
    pub(crate) fn of(action: rent::NextAction) -> Self {
        match action.action {
            Some(Action::ShowCode(shown)) => Self::ShowCode {
                code: shown.code,
                expires_at: Time::new(shown.expires_at_us),
                sandbox: shown.sandbox,
            },
            Some(Action::Redirect(page)) => Self::Redirect {
                url: page.url,
                expires_at: Time::new(page.expires_at_us),
            },
            Some(Action::Wait(_)) | None => Self::Wait,
        }
    }
}

/// Money of an order that goes back to its customer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Refund {
    #[schema(format = "uuid")]
    id: String,
    amount: Money,
    reason: RefundReason,
    state: RefundState,
    decided_at: Time,
    /// Whether what the order gave ended with it.
    ends_access: bool,
}

/// `already_held`: the payment came when the film was the customer's already; `withdrawal`: the customer withdrew from the
/// order; `requested`: the customer asked the store for it; `paid_too_late`: the payment came after the order had ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum RefundReason {
    AlreadyHeld,
    Withdrawal,
    Requested,
    Duplicate,
    TechnicalProblem,
    TitleWithdrawn,
    Fraud,
    PaidTooLate,
    Other,
}

/// `pending`: decided, and the money is on its way; `failed`: the store has to find another way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum RefundState {
    Pending,
    Succeeded,
    Failed,
}

impl From<rent::Refund> for Refund {
    fn from(refund: rent::Refund) -> Self {
        use rent::{RefundReason as Reason, RefundState as State};
        Self {
            reason: match refund.reason() {
                Reason::AlreadyHeld => RefundReason::AlreadyHeld,
                Reason::Withdrawal => RefundReason::Withdrawal,
                Reason::Requested => RefundReason::Requested,
                Reason::Duplicate => RefundReason::Duplicate,
                Reason::TechnicalProblem => RefundReason::TechnicalProblem,
                Reason::TitleWithdrawn => RefundReason::TitleWithdrawn,
                Reason::Fraud => RefundReason::Fraud,
                Reason::PaidTooLate => RefundReason::PaidTooLate,
                // During an upgrade, rent may know more reasons than this gateway.
                Reason::Unspecified => RefundReason::Other,
            },
            state: match refund.state() {
                State::Pending | State::Unspecified => RefundState::Pending,
                State::Succeeded => RefundState::Succeeded,
                State::Failed => RefundState::Failed,
            },
            id: refund.refund_id,
            amount: refund.amount.into(),
            decided_at: Time::new(refund.decided_at_us),
            ends_access: refund.ends_access,
        }
    }
}
