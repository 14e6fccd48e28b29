//! An account at the stand-in, and a store's connection to it.

use std::sync::{Arc, Mutex};

use fake_providers::FakeStripe;
use fake_providers::stripe::Outcome;
use payments::stripe::{Stripe, StripeOptions};
use payments::{
    CallRecorder, Checkout, Money, NextAction, PaymentMethod, PaymentProvider as _, PaymentRef, PaymentReport,
    PaymentRequest, PaymentState, PaymentToken, ProviderCall, RefundRequest, Secret,
};
use store::testing::{ManualClock, SeededRandomness};
use store::{Clock as _, Ids as _, TimeOrderedIds};

const KEY: &str = "sk_test_a-key-that-nobody-may-see";
pub(crate) const MINUTE_US: i64 = 60_000_000;

#[derive(Default)]
pub(crate) struct Calls(pub(crate) Mutex<Vec<ProviderCall>>);

impl CallRecorder for Calls {
    fn record(&self, call: ProviderCall) {
        self.0.lock().unwrap().push(call);
    }
}

pub(crate) struct World {
    pub(crate) fake: FakeStripe,
    pub(crate) stripe: Arc<Stripe>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) ids: TimeOrderedIds,
    pub(crate) calls: Arc<Calls>,
}

impl World {
    pub(crate) async fn new() -> Self {
        let clock = Arc::new(ManualClock::default());
        let time = Arc::clone(&clock);
        let fake = FakeStripe::start_alone(Arc::new(move || time.now_us() / 1_000_000)).await;
        let calls = Arc::new(Calls::default());
        let options = StripeOptions {
            secret_key: Secret::parse(KEY).unwrap(),
            webhook_secrets: Vec::new(),
            api_url: fake.url().to_owned(),
            pix: true,
        };
        let stripe = Arc::new(Stripe::new(options, clock.clone(), calls.clone()).unwrap());
        let ids = TimeOrderedIds::new(clock.clone(), Arc::new(SeededRandomness::new(1)));
        Self {
            fake,
            stripe,
            clock,
            ids,
            calls,
        }
    }

    pub(crate) fn request(&self, minor: i64, currency: &str) -> PaymentRequest {
        let id = self.ids.next();
        PaymentRequest {
            payment: PaymentRef::new(id),
            amount: Money::parse(minor, currency).unwrap(),
            method: PaymentMethod::Card,
            token: PaymentToken::default(),
            pay_by_us: self.clock.now_us() + 15 * MINUTE_US,
            checkout: Checkout {
                description: "Nosferatu & Limite".to_owned(),
                return_url: format!("https://films.example/orders/{id}"),
                language: "pt-BR".to_owned(),
                email: "ana@example.com".to_owned(),
            },
        }
    }

    /// A payment that was begun, as the store knows it afterwards, and its session.
    pub(crate) async fn begun(&self, minor: i64) -> (PaymentRef, String) {
        let request = self.request(minor, "BRL");
        let report = self.stripe.start(&request).await.unwrap();
        let session = report.reference.clone().unwrap();
        (request.payment.with_reference(report.reference), session)
    }

    pub(crate) async fn paid(&self, minor: i64) -> (PaymentRef, String) {
        let (payment, session) = self.begun(minor).await;
        assert!(self.fake.visit(&session, Outcome::Approved));
        (payment, session)
    }

    pub(crate) async fn state(&self, payment: &PaymentRef) -> PaymentState {
        self.stripe.look_up(payment).await.unwrap().state
    }

    pub(crate) fn refund(&self, minor: i64) -> RefundRequest {
        RefundRequest {
            id: self.ids.next(),
            amount: Money::parse(minor, "BRL").unwrap(),
        }
    }

    /// What Stripe took and what it gave back.
    pub(crate) fn taken(&self) -> (i64, i64) {
        let sum = |kind: &str, field: &str| -> i64 {
            let all = self.fake.list(kind);
            all.iter()
                .filter(|one| one["status"] != "failed")
                .map(|one| one[field].as_i64().unwrap())
                .sum()
        };
        (sum("charge", "amount"), sum("refund", "amount"))
    }
}

/// The page that a payment waits for, and until when.
pub(crate) fn page(report: &PaymentReport) -> (&str, i64) {
    match &report.state {
        PaymentState::NeedsAction(NextAction::Redirect { url, expires_at_us }) => (url, *expires_at_us),
        other => panic!("{other:?}"),
    }
}
