//! Between the messages of the contract and the payment's types.

use ::store::PageToken;
use api::rent as wire;

use super::money::Money;
use super::{ListedCharge, PaymentMethod, PaymentProvider};

pub(crate) fn payment_methods(provider: &dyn PaymentProvider) -> wire::ListPaymentMethodsResponse {
    let method = |method: PaymentMethod| wire::PaymentMethod {
        method: method.name().to_owned(),
        provider: provider.name().to_owned(),
        sandbox: provider.sandbox().is_some(),
    };
    wire::ListPaymentMethodsResponse {
        payment_methods: PaymentMethod::ALL.map(method).into(),
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
        state: charge.state.name().to_owned(),
    }
}

pub(crate) fn money(money: Money) -> api::Money {
    api::Money {
        amount_minor: money.minor(),
        currency_code: money.currency_code().to_owned(),
    }
}
