//! A store with an account at the stand-in for a bank.

#![allow(dead_code, reason = "each file of tests uses a part of it")]

use std::sync::{Arc, Mutex};

use fake_providers::FakePix;
use fake_providers::pix::{CLIENT_ID, CLIENT_SECRET, KEY};
use payments::pix::{Pix, PixOptions};
use payments::{
    CallRecorder, Checkout, Money, NextAction, PaymentMethod, PaymentProvider as _, PaymentRef, PaymentRequest,
    PaymentState, PaymentToken, ProviderCall, RefundRequest, Secret,
};
use store::testing::{ManualClock, SeededRandomness};
use store::{Clock as _, Ids as _, TimeOrderedIds};

pub(crate) const MINUTE_US: i64 = 60_000_000;

#[derive(Default)]
pub(crate) struct Calls(pub(crate) Mutex<Vec<ProviderCall>>);

impl CallRecorder for Calls {
    fn record(&self, call: ProviderCall) {
        self.0.lock().unwrap().push(call);
    }
}

pub(crate) struct World {
    pub(crate) fake: FakePix,
    pub(crate) pix: Pix,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) calls: Arc<Calls>,
    ids: TimeOrderedIds,
}

pub(crate) fn options(fake: &FakePix) -> PixOptions {
    PixOptions {
        api_url: fake.api_url(),
        token_url: fake.token_url(),
        key: KEY.to_owned(),
        client_id: CLIENT_ID.to_owned(),
        client_secret: Secret::parse(CLIENT_SECRET).unwrap(),
        certificate: None,
        private_key: None,
        authorities: None,
        former_client_secret: None,
        is_test: true,
    }
}

pub(crate) fn brl(minor: i64) -> Money {
    Money::parse(minor, "BRL").unwrap()
}

pub(crate) fn code(state: &PaymentState) -> (&str, i64) {
    match state {
        PaymentState::NeedsAction(NextAction::ShowCode { code, expires_at_us }) => (code, *expires_at_us),
        other => panic!("{other:?}"),
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut PixOptions)) -> Self {
        let clock = Arc::new(ManualClock::default());
        let time = Arc::clone(&clock);
        let fake = FakePix::start_alone(Arc::new(move || time.now_us() / 1_000_000)).await;
        let calls = Arc::new(Calls::default());
        let mut options = options(&fake);
        change(&mut options);
        let pix = Pix::new(options, clock.clone(), calls.clone()).unwrap();
        let ids = TimeOrderedIds::new(clock.clone(), Arc::new(SeededRandomness::new(1)));
        Self {
            fake,
            pix,
            clock,
            calls,
            ids,
        }
    }

    pub(crate) fn now_us(&self) -> i64 {
        self.clock.now_us()
    }

    pub(crate) fn txid(payment: &PaymentRef) -> String {
        payment.id().simple().to_string()
    }

    pub(crate) fn request(&self, minor: i64) -> PaymentRequest {
        let id = self.ids.next();
        PaymentRequest {
            payment: PaymentRef::new(id),
            amount: brl(minor),
            method: PaymentMethod::Pix,
            token: PaymentToken::default(),
            pay_by_us: self.now_us() + 15 * MINUTE_US,
            checkout: Checkout {
                description: "Nosferatu & Limite".to_owned(),
                return_url: format!("https://films.example/orders/{id}"),
                language: "pt-BR".to_owned(),
                email: "ana@example.com".to_owned(),
            },
        }
    }

    pub(crate) async fn begun(&self, minor: i64) -> PaymentRef {
        let request = self.request(minor);
        self.pix.start(&request).await.unwrap();
        request.payment
    }

    pub(crate) async fn paid(&self, minor: i64) -> PaymentRef {
        let payment = self.begun(minor).await;
        assert!(self.pay(&payment));
        payment
    }

    pub(crate) fn pay(&self, payment: &PaymentRef) -> bool {
        self.fake.pay(&Self::txid(payment))
    }

    pub(crate) async fn state(&self, payment: &PaymentRef) -> PaymentState {
        self.pix.look_up(payment).await.unwrap().state
    }

    pub(crate) fn refund(&self, minor: i64) -> RefundRequest {
        RefundRequest {
            id: self.ids.next(),
            amount: brl(minor),
        }
    }

    /// What the bank received and returned, in centavos.
    pub(crate) fn moved(&self) -> (i64, i64) {
        let centavos = |text: &serde_json::Value| -> i64 { text.as_str().unwrap().replace('.', "").parse().unwrap() };
        let transfers = self.fake.transfers();
        let received = transfers.iter().map(|one| centavos(&one["valor"])).sum();
        let returned = transfers
            .iter()
            .filter_map(|one| one["devolucoes"].as_array())
            .flatten()
            .filter(|one| one["status"] == "DEVOLVIDO")
            .map(|one| centavos(&one["valor"]))
            .sum();
        (received, returned)
    }
}
