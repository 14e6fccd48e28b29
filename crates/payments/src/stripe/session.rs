//! A Checkout session: Stripe's page for one payment.

use serde_json::Value;

use crate::payment::{DeclineReason, NextAction, PaymentReport, PaymentState};
use crate::provider::{ProviderError, Result};

/// What matters of a session.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) id: String,
    status: String,
    is_paid: bool,
    url: Option<String>,
    expires_at_us: i64,
    pub(super) payment_intent: Option<String>,
    /// Whether the payment that the customer began has failed, as one by Pix does that is not paid in time.
    has_failed: bool,
}

impl Session {
    pub(super) fn read(object: &Value) -> Result<Self> {
        let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
        let intent = &object["payment_intent"];
        let intent_status = intent["status"].as_str().unwrap_or_default();
        let read = || {
            Some(Self {
                id: text(&object["id"])?,
                status: text(&object["status"])?,
                is_paid: matches!(object["payment_status"].as_str()?, "paid" | "no_payment_required"),
                url: text(&object["url"]),
                expires_at_us: object["expires_at"].as_i64()?.checked_mul(1_000_000)?,
                // It is an object where it was asked for, and an id otherwise.
                payment_intent: text(intent).or_else(|| text(&intent["id"])),
                has_failed: matches!(intent_status, "requires_payment_method" | "canceled"),
            })
        };
        read().ok_or_else(|| ProviderError::Failed("Stripe's answer is no Checkout session".to_owned()))
    }

    pub(super) fn is_open(&self) -> bool {
        self.status == "open" && !self.is_paid
    }

    pub(super) fn report(self) -> PaymentReport {
        let state = match (self.status.as_str(), self.url) {
            _ if self.is_paid => PaymentState::Succeeded,
            ("expired", _) => PaymentState::Cancelled,
            ("open", Some(url)) => PaymentState::NeedsAction(NextAction::Redirect {
                url,
                expires_at_us: self.expires_at_us,
            }),
            ("complete", _) if self.has_failed => PaymentState::Declined(DeclineReason::Declined),
            // The customer has done their part, and the money is on its way.
            _ => PaymentState::Pending,
        };
        PaymentReport {
            state,
            reference: Some(self.id),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn session(status: &str, payment_status: &str, intent_status: &str) -> PaymentState {
        let object = json!({
            "id": "cs_1", "status": status, "payment_status": payment_status, "url": "https://pay.example/1",
            "expires_at": 1_700_000_000, "payment_intent": {"id": "pi_1", "status": intent_status},
        });
        Session::read(&object).unwrap().report().state
    }

    #[test]
    fn a_session_is_a_state_of_the_payment() {
        let to_pay = PaymentState::NeedsAction(NextAction::Redirect {
            url: "https://pay.example/1".to_owned(),
            expires_at_us: 1_700_000_000_000_000,
        });
        for (status, paid, intent, state) in [
            ("open", "unpaid", "requires_payment_method", to_pay),
            ("complete", "paid", "succeeded", PaymentState::Succeeded),
            ("complete", "unpaid", "processing", PaymentState::Pending),
            (
                "complete",
                "unpaid",
                "requires_payment_method",
                PaymentState::Declined(DeclineReason::Declined),
            ),
            ("expired", "unpaid", "canceled", PaymentState::Cancelled),
        ] {
            assert_eq!(session(status, paid, intent), state, "{status} {paid} {intent}");
        }
        assert!(Session::read(&json!({"error": {}})).is_err());
    }
}
