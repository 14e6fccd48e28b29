//! Pix by the Central Bank's API (API Pix 2.9), at whichever bank the store has its account: a charge with a code that the
//! customer pays in their bank's app, and its return (`devolução`).
//!
//! The charge's id (`txid`) is the payment's id, and a return's id the refund's, so nothing has to be remembered to find them
//! again. The reference of a payment is the id of the transfer that paid it (`endToEndId`).
//!
//! A code is for one payment of one amount: the bank refuses a second transfer for a charge that is paid, and one of another
//! amount. If a bank lets one through all the same:
//! - of two transfers the first pays. The second is in the [movements](PaymentProvider::movements) under the same payment,
//!   where the comparison of the books shows it, and staff return it at the bank;
//! - a transfer of more than was charged pays, and what is too much is in the movements;
//! - one of less pays nothing: every look at the payment fails, with the reason, until staff have decided.
//!
//! A charge that has expired can still be paid while it is not removed. The store removes it before it gives an order up.

mod amount;
mod api;
mod br_code;
mod charge;
mod event;
mod movement;
mod time;

use std::sync::Arc;

use ::store::Clock;
use async_trait::async_trait;
use iso_currency::Currency;
use serde_json::Value;
use uuid::Uuid;

use self::api::{Api, Outcome};
pub use self::br_code::{CURRENCY, Merchant, code};
use crate::call::CallRecorder;
use crate::event::{EventError, EventRequest, ProviderEvent};
use crate::http::SetupError;
use crate::movement::Movement;
use crate::payment::{DeclineReason, PaymentMethod, PaymentRef, PaymentReport, PaymentRequest, PaymentState};
use crate::provider::{PaymentProvider, ProviderError, Result};
use crate::refund::{RefundRequest, RefundState};
use crate::secret::Secret;

/// The longest reason of a failed refund that is kept.
const REASON_LIMIT_CHARS: usize = 200;

/// The store's account at a bank that has API Pix.
#[derive(Debug, Clone)]
pub struct PixOptions {
    /// Where the bank's API is, such as `https://pix.example.com/api/v2`.
    pub api_url: String,
    /// Where the bank gives access tokens, such as `https://pix.example.com/oauth/token`.
    pub token_url: String,
    /// The Pix key (`chave`) that receives the money.
    pub key: String,
    pub client_id: String,
    pub client_secret: Secret,
    /// The certificate by which the store shows itself, with those that signed it, and its key. In PEM format.
    pub certificate: Option<Vec<u8>>,
    pub private_key: Option<Secret>,
    /// Authorities that are trusted besides those of browsers, in PEM format: some banks have one of their own.
    pub authorities: Option<Vec<u8>>,
    /// The client secret of before, while the bank still calls the address that was made with it.
    pub former_client_secret: Option<Secret>,
    /// Whether this is the bank's test environment, where no real money moves.
    pub is_test: bool,
}

/// The provider Pix.
pub struct Pix {
    api: Api,
    key: String,
    client_secret: Secret,
    former_client_secret: Option<Secret>,
    is_test: bool,
    clock: Arc<dyn Clock>,
}

impl Pix {
    /// Connects nothing yet: a store starts while the bank cannot be reached.
    pub fn new(
        options: PixOptions,
        clock: Arc<dyn Clock>,
        recorder: Arc<dyn CallRecorder>,
    ) -> std::result::Result<Self, SetupError> {
        const KEY_LIMIT_BYTES: usize = 77;
        if !(1..=KEY_LIMIT_BYTES).contains(&options.key.len()) {
            return Err(SetupError::new("a Pix key has 1 to 77 characters"));
        }
        Ok(Self {
            api: Api::new(&options, Arc::clone(&clock), recorder)?,
            key: options.key,
            client_secret: options.client_secret,
            former_client_secret: options.former_client_secret,
            is_test: options.is_test,
            clock,
        })
    }

    /// What the address for the bank's events ends with, as the value of `token` in its query.
    pub fn webhook_token(&self) -> String {
        event::token(&self.client_secret)
    }

    /// Has the bank send its events to an address of the store's, such as `https://films.example/webhooks/pix`.
    pub async fn register_webhook(&self, url: &str) -> Result<()> {
        let url = event::with_token(url, &self.client_secret);
        self.api.put_webhook(&self.key, &url).await
    }

    /// The charge of a payment as the bank has it.
    async fn report(&self, payment: Uuid) -> Result<Option<PaymentReport>> {
        match self.api.charge(payment).await? {
            Outcome::Done(charge) => charge::report(&charge).map(Some),
            Outcome::Missing => Ok(None),
            Outcome::Refused(refusal) => Err(refusal.into_error()),
        }
    }

    /// Uses the id of a charge that the bank does not know, so that a request for it that is still on its way comes too late:
    /// a charge that was removed cannot be changed any more.
    async fn forestall(&self, payment: Uuid) -> Result<()> {
        let placed = self.api.put_charge(payment, charge::placeholder(&self.key)).await?;
        match placed {
            // Where it is refused, the charge has come meanwhile.
            Outcome::Done(_) | Outcome::Refused(_) => Ok(()),
            Outcome::Missing => Err(ProviderError::Failed("the bank does not take charges".to_owned())),
        }
    }

    /// The id of the transfer that paid; none if nobody has paid.
    async fn transfer(&self, payment: &PaymentRef) -> Result<Option<String>> {
        if let Some(reference) = payment.reference() {
            return Ok(Some(reference.to_owned()));
        }
        let report = self.report(payment.id()).await?;
        Ok(report.and_then(|report| report.reference))
    }
}

#[async_trait]
impl PaymentProvider for Pix {
    fn name(&self) -> &'static str {
        "pix"
    }

    fn is_sandbox(&self) -> bool {
        self.is_test
    }

    fn methods(&self, currency: Currency) -> Vec<PaymentMethod> {
        if currency == CURRENCY {
            vec![PaymentMethod::Pix]
        } else {
            Vec::new()
        }
    }

    async fn start(&self, request: &PaymentRequest) -> Result<PaymentReport> {
        let payment = request.payment.id();
        if request.method != PaymentMethod::Pix {
            return Ok(PaymentState::Declined(DeclineReason::Declined).into());
        }
        let Some(amount) = amount::to_text(request.amount) else {
            return Ok(PaymentState::Declined(DeclineReason::AmountNotAccepted).into());
        };
        let began_at_us = request.payment.made_at_us().unwrap_or_else(|| self.clock.now_us());
        let charge = charge::request(request, &self.key, &amount, began_at_us);
        let refusal = match self.api.put_charge(payment, charge).await? {
            Outcome::Done(charge) => return charge::report(&charge),
            Outcome::Missing => return Err(ProviderError::Failed("the bank does not take charges".to_owned())),
            Outcome::Refused(refusal) => refusal,
        };
        // It may be paid or removed already, or the bank takes the same charge only once.
        match self.report(payment).await? {
            Some(report) => Ok(report),
            None if refusal.is_about_amount() => Ok(PaymentState::Declined(DeclineReason::AmountNotAccepted).into()),
            None => Err(refusal.into_error()),
        }
    }

    async fn look_up(&self, payment: &PaymentRef) -> Result<PaymentReport> {
        let report = self.report(payment.id()).await?;
        Ok(report.unwrap_or_else(|| PaymentState::Pending.into()))
    }

    async fn cancel(&self, payment: &PaymentRef) -> Result<PaymentReport> {
        let payment = payment.id();
        let mut removed = self.api.remove_charge(payment).await?;
        if matches!(removed, Outcome::Missing) {
            self.forestall(payment).await?;
            removed = self.api.remove_charge(payment).await?;
        }
        if let Outcome::Missing = removed {
            return Err(ProviderError::Failed(
                "the bank does not show the charge yet".to_owned(),
            ));
        }
        // The answer to a removal does not tell of transfers, and a charge that is paid cannot be removed.
        let report = self.report(payment).await?;
        match (report, removed) {
            (Some(report), Outcome::Refused(refusal)) if matches!(report.state, PaymentState::NeedsAction(_)) => {
                Err(refusal.into_error())
            }
            (Some(report), _) => Ok(report),
            (None, _) => Err(ProviderError::Failed(
                "the bank does not show the charge yet".to_owned(),
            )),
        }
    }

    async fn refund(&self, payment: &PaymentRef, refund: &RefundRequest) -> Result<RefundState> {
        let Some(pix) = self.transfer(payment).await? else {
            return Ok(RefundState::Failed("no money was taken".to_owned()));
        };
        let Some(amount) = amount::to_text(refund.amount) else {
            return Ok(RefundState::Failed("Pix transfers no such amount".to_owned()));
        };
        let put = self.api.put_refund(payment.id(), &pix, refund.id, &amount).await?;
        let refusal = match put {
            Outcome::Done(returned) => return refund_state(&returned, refund),
            Outcome::Missing => return Ok(RefundState::Failed("the bank does not know the transfer".to_owned())),
            Outcome::Refused(refusal) => refusal,
        };
        // An id is used once: if it is this refund's, its answer was lost.
        match self.api.refund(payment.id(), &pix, refund.id).await? {
            Outcome::Done(returned) => refund_state(&returned, refund),
            Outcome::Missing => Ok(RefundState::Failed(refusal.reason)),
            Outcome::Refused(refusal) => Err(refusal.into_error()),
        }
    }

    async fn movements(&self, from_us: i64, until_us: i64) -> Result<Vec<Movement>> {
        movement::list(&self.api, from_us, until_us).await
    }

    fn read_event(&self, request: &EventRequest<'_>) -> std::result::Result<ProviderEvent, EventError> {
        let secrets: Vec<_> = [Some(&self.client_secret), self.former_client_secret.as_ref()]
            .into_iter()
            .flatten()
            .collect();
        event::read(request, &secrets)
    }
}

fn refund_state(returned: &Value, refund: &RefundRequest) -> Result<RefundState> {
    if amount::from_text(&returned["valor"]) != Some(refund.amount) {
        return Ok(RefundState::Failed("another refund has this id".to_owned()));
    }
    match returned["status"].as_str().unwrap_or_default() {
        "EM_PROCESSAMENTO" => Ok(RefundState::Pending),
        "DEVOLVIDO" => Ok(RefundState::Succeeded),
        "NAO_REALIZADO" => {
            let reason = returned["motivo"].as_str().unwrap_or("the bank gives no reason");
            Ok(RefundState::Failed(reason.chars().take(REASON_LIMIT_CHARS).collect()))
        }
        _ => Err(ProviderError::Failed(
            "the bank answers with a return in an unknown state".to_owned(),
        )),
    }
}
