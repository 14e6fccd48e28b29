//! Payments and refunds: how an order is paid, and what is returned of it. The crate [`payments`] has the providers.

pub(crate) mod calls;
pub(crate) mod refund;
pub(crate) mod store;
pub(crate) mod wire;

use payments::{DeclineReason, Money, NextAction, PaymentMethod, PaymentRef, PaymentReport, PaymentState};

use crate::id::OrderId;

/// The payment of an order. The store and the provider know it by the order's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Payment {
    /// The name of the provider.
    pub(crate) provider: String,
    pub(crate) method: PaymentMethod,
    pub(crate) amount: Money,
    /// What the provider last reported.
    pub(crate) state: PaymentState,
    /// The provider's own id of it, once it has one.
    pub(crate) reference: Option<String>,
}

impl Payment {
    pub(crate) fn new(provider: &str, method: PaymentMethod, amount: Money) -> Self {
        Self {
            provider: provider.to_owned(),
            method,
            amount,
            state: PaymentState::Pending,
            reference: None,
        }
    }

    /// Notes what the provider reports.
    pub(crate) fn take_over(&mut self, report: &PaymentReport) {
        self.state = report.state.clone();
        self.keep_reference(report);
    }

    /// Notes the provider's own id, once the provider reports it.
    pub(crate) fn keep_reference(&mut self, report: &PaymentReport) {
        if report.reference.is_some() {
            self.reference.clone_from(&report.reference);
        }
    }

    pub(crate) fn decline_reason(&self) -> Option<DeclineReason> {
        match self.state {
            PaymentState::Declined(reason) => Some(reason),
            _ => None,
        }
    }

    /// What the customer has to do to pay.
    pub(crate) fn next_action(&self) -> Option<&NextAction> {
        match &self.state {
            PaymentState::NeedsAction(action) => Some(action),
            _ => None,
        }
    }

    /// How the provider knows the payment of an order.
    pub(crate) fn identify(&self, order: OrderId) -> PaymentRef {
        PaymentRef::new(order.uuid()).with_reference(self.reference.clone())
    }
}
