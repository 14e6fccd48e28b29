//! Stripe: customers pay on Stripe's own page (Checkout), by card, by a wallet or by Pix, and come back. The store sees no
//! card. Stripe knows a payment by a Checkout session, whose id is the payment's reference.
//!
//! The store's ids go along as metadata, so that whatever Stripe tells of leads back to the payment, and so that a refund is
//! found again whose answer was lost: Stripe keeps idempotency keys for a day only, and its lists for good.

mod api;
mod currency;
mod event;
mod session;

use std::sync::Arc;

use ::store::Clock;
use async_trait::async_trait;
use iso_currency::Currency;
use serde_json::Value;
use uuid::Uuid;

use self::api::{Api, Refusal, store_id};
use self::session::Session;
use crate::call::CallRecorder;
use crate::event::{DisputeReport, DisputeState, EventError, EventRequest, ProviderEvent};
use crate::http::SetupError;
use crate::money::Money;
use crate::movement::{Movement, MovementKind};
use crate::payment::{DeclineReason, PaymentMethod, PaymentRef, PaymentReport, PaymentRequest, PaymentState};
use crate::pix;
use crate::provider::{PaymentProvider, ProviderError, Result};
use crate::refund::{RefundRequest, RefundState};
use crate::secret::Secret;

/// Where Stripe's interface is.
pub const API_URL: &str = "https://api.stripe.com";
/// The longest reason of a failed refund that is kept.
const REASON_LIMIT_CHARS: usize = 200;

/// How the store is connected to Stripe.
#[derive(Debug, Clone)]
pub struct StripeOptions {
    pub secret_key: Secret,
    /// The signing secrets of the webhook: more than one while one replaces another.
    pub webhook_secrets: Vec<Secret>,
    /// [`API_URL`], or where a stand-in is.
    pub api_url: String,
    /// Whether the account has Pix.
    pub pix: bool,
}

impl StripeOptions {
    /// Whether the key is one of a test account, where no real money moves.
    pub fn is_test(&self) -> bool {
        let key = self.secret_key.reveal();
        key.starts_with("sk_test_") || key.starts_with("rk_test_")
    }
}

/// The provider Stripe.
pub struct Stripe {
    api: Api,
    webhook_secrets: Vec<Secret>,
    is_test: bool,
    pix: bool,
    clock: Arc<dyn Clock>,
}

impl Stripe {
    /// Connects nothing yet: a store starts while Stripe cannot be reached.
    pub fn new(
        options: StripeOptions,
        clock: Arc<dyn Clock>,
        recorder: Arc<dyn CallRecorder>,
    ) -> std::result::Result<Self, SetupError> {
        let key = options.secret_key.reveal();
        if !key.starts_with("sk_") && !key.starts_with("rk_") {
            return Err(SetupError::new(
                "this is no secret key of Stripe's: it begins with sk_ or rk_",
            ));
        }
        Ok(Self {
            api: Api::new(&options.api_url, &options.secret_key, Arc::clone(&clock), recorder)?,
            is_test: options.is_test(),
            webhook_secrets: options.webhook_secrets,
            pix: options.pix,
            clock,
        })
    }

    /// The session of a payment as Stripe has it. One whose id was never heard is looked for where it would be.
    async fn session(&self, payment: &PaymentRef) -> Result<Option<Session>> {
        match payment.reference() {
            Some(session) => Ok(Some(self.api.session(session, payment.id()).await?)),
            None => self.api.find_session(payment).await,
        }
    }

    /// The refund of this id, if Stripe has it.
    async fn find_refund(&self, payment: &PaymentRef, intent: &str, refund: Uuid) -> Result<Option<Value>> {
        let refunds = self.api.refunds(intent, payment.id()).await?;
        let id = refund.to_string();
        let is_it = |one: &Value| one["metadata"]["refund_id"].as_str() == Some(&id);
        Ok(refunds.into_iter().find(is_it))
    }
}

#[async_trait]
impl PaymentProvider for Stripe {
    fn name(&self) -> &'static str {
        "stripe"
    }

    fn is_sandbox(&self) -> bool {
        self.is_test
    }

    fn methods(&self, currency: Currency) -> Vec<PaymentMethod> {
        if !currency::is_taken(currency) {
            return Vec::new();
        }
        let mut methods = vec![PaymentMethod::Card];
        if self.pix && currency == pix::CURRENCY {
            methods.push(PaymentMethod::Pix);
        }
        methods
    }

    async fn start(&self, request: &PaymentRequest) -> Result<PaymentReport> {
        let Some(amount) = currency::to_stripe(request.amount) else {
            return Ok(PaymentState::Declined(DeclineReason::AmountNotAccepted).into());
        };
        if request.payment.reference().is_some() {
            return self.look_up(&request.payment).await;
        }
        match self.api.create_session(request, amount).await? {
            Ok(session) => Ok(session.report()),
            Err(Refusal::KeyUsed) => self.look_up(&request.payment).await,
            Err(Refusal::Amount) => Ok(PaymentState::Declined(DeclineReason::AmountNotAccepted).into()),
            Err(Refusal::Other(why)) => Err(ProviderError::Failed(format!("Stripe takes no such payment: {why}"))),
        }
    }

    async fn look_up(&self, payment: &PaymentRef) -> Result<PaymentReport> {
        let session = self.session(payment).await?;
        Ok(session.map_or(PaymentState::Pending.into(), Session::report))
    }

    /// A payment of which Stripe has no session cannot succeed any more either: the address of a session that is still on
    /// its way is shown to nobody, because the order has ended by then.
    async fn cancel(&self, payment: &PaymentRef) -> Result<PaymentReport> {
        let Some(session) = self.session(payment).await? else {
            return Ok(PaymentState::Cancelled.into());
        };
        if !session.is_open() {
            return Ok(session.report());
        }
        match self.api.expire_session(&session.id, payment.id()).await? {
            Some(expired) => Ok(expired.report()),
            // It was paid, or has expired, in this moment.
            None => Ok(self.api.session(&session.id, payment.id()).await?.report()),
        }
    }

    async fn refund(&self, payment: &PaymentRef, refund: &RefundRequest) -> Result<RefundState> {
        let session = self.session(payment).await?;
        let Some(intent) = session.and_then(|session| session.payment_intent) else {
            return Ok(RefundState::Failed("no money was taken".to_owned()));
        };
        let amount = currency::to_stripe(refund.amount);
        let amount = amount.ok_or_else(|| ProviderError::Failed("Stripe has no such amount".to_owned()))?;
        if let Some(earlier) = self.find_refund(payment, &intent, refund.id).await? {
            let is_same = earlier["amount"].as_i64() == Some(amount);
            return Ok(if is_same {
                refund_state(&earlier)
            } else {
                RefundState::Failed("another refund has this id".to_owned())
            });
        }
        let created = self.api.create_refund(&intent, amount, payment.id(), refund.id).await?;
        Ok(match created {
            Ok(created) => refund_state(&created),
            Err(why) => RefundState::Failed(why.chars().take(REASON_LIMIT_CHARS).collect()),
        })
    }

    async fn movements(&self, from_us: i64, until_us: i64) -> Result<Vec<Movement>> {
        let mut movements = Vec::new();
        for line in self.api.balance_transactions(from_us, until_us).await? {
            let Some(mut movement) = movement(&line) else { continue };
            // Disputes, and refunds that were made at Stripe, do not have the store's ids.
            let intent = line["source"]["payment_intent"].as_str();
            if let (None, Some(intent)) = (movement.payment, intent) {
                movement.payment = self.api.payment_of(intent).await?;
            }
            movements.push(movement);
        }
        Ok(movements)
    }

    fn read_event(&self, request: &EventRequest<'_>) -> std::result::Result<ProviderEvent, EventError> {
        event::read(request, &self.webhook_secrets, self.clock.now_us())
    }

    async fn look_up_dispute(&self, dispute: &str) -> Result<DisputeReport> {
        let found = self.api.dispute(dispute).await?;
        let state = match found["status"].as_str().unwrap_or_default() {
            status if status.starts_with("warning_") => DisputeState::Inquiry,
            "won" => DisputeState::Won,
            "lost" => DisputeState::Lost,
            _ => DisputeState::Open,
        };
        let amount = money(&found["amount"], &found["currency"]);
        Ok(DisputeReport {
            payment: store_id(&found["payment_intent"]["metadata"]["payment_id"]),
            amount: amount.ok_or_else(|| ProviderError::Failed("a dispute without an amount".to_owned()))?,
            state,
        })
    }
}

fn refund_state(refund: &Value) -> RefundState {
    match refund["status"].as_str().unwrap_or_default() {
        "succeeded" => RefundState::Succeeded,
        "failed" | "canceled" => {
            let reason = refund["failure_reason"].as_str().unwrap_or("Stripe gives no reason");
            RefundState::Failed(reason.chars().take(REASON_LIMIT_CHARS).collect())
        }
        _ => RefundState::Pending,
    }
}

/// A line of Stripe's balance; none for what is neither a payment nor its return, such as a payout to the bank.
fn movement(line: &Value) -> Option<Movement> {
    let source = &line["source"];
    let kind = match line["type"].as_str()? {
        "charge" | "payment" => MovementKind::Payment,
        "refund" | "payment_refund" => MovementKind::Refund(store_id(&source["metadata"]["refund_id"])),
        "adjustment" if source["object"] == "dispute" && line["amount"].as_i64()? < 0 => MovementKind::DisputeOpened,
        "adjustment" if source["object"] == "dispute" => MovementKind::DisputeWon,
        _ => return None,
    };
    Some(Movement {
        kind,
        payment: store_id(&source["metadata"]["payment_id"]),
        reference: line["id"].as_str()?.to_owned(),
        // The line itself is in the currency of the account; its source is in the one that the customer paid in.
        amount: money(&source["amount"], &source["currency"])?,
        fee: money(&line["fee"], &line["currency"])?,
        at_us: line["created"].as_i64()?.checked_mul(1_000_000)?,
    })
}

fn money(amount: &Value, currency: &Value) -> Option<Money> {
    currency::from_stripe(amount.as_i64()?.abs(), currency.as_str()?)
}
