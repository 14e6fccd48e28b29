//! The sandbox, behind a connection that a test can break.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use payments::sandbox::Sandbox;
use payments::{
    Currency, EventError, EventRequest, EventSubject, Movement, PaymentMethod, PaymentProvider, PaymentRef,
    PaymentReport, PaymentRequest, PaymentState, ProviderError, ProviderEvent, RefundRequest, RefundState, Result,
};
use tokio::sync::Semaphore;
use uuid::Uuid;

/// The state of the connection to the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Line {
    #[default]
    Good,
    /// Calls arrive, and their answers come too late.
    LateAnswers,
    /// No charge arrives.
    NoCharges,
    /// No call arrives.
    Dead,
    /// Charges wait until the test lets them through.
    Gated,
    /// Answers about charges do.
    GatedAnswers,
}

pub(crate) struct Provider {
    pub(crate) sandbox: Arc<Sandbox>,
    line: Mutex<Line>,
    /// A permit for each call that the test lets through.
    pub(crate) gate: Semaphore,
    /// A permit for each call that waits at the gate.
    pub(crate) waiting: Semaphore,
    pub(crate) charge_calls: AtomicUsize,
    look_up_calls: AtomicUsize,
    /// Payments that customers made although they were cancelled: what no provider should let happen.
    paid_late: Mutex<Vec<PaymentRef>>,
    /// Payments that are not in the record of movements.
    forgotten: Mutex<Vec<Uuid>>,
}

impl Provider {
    pub(crate) fn new(sandbox: Sandbox) -> Self {
        Self {
            sandbox: Arc::new(sandbox),
            line: Mutex::default(),
            gate: Semaphore::new(0),
            waiting: Semaphore::new(0),
            charge_calls: AtomicUsize::new(0),
            look_up_calls: AtomicUsize::new(0),
            paid_late: Mutex::default(),
            forgotten: Mutex::default(),
        }
    }

    pub(crate) fn take_late(&self, payment: PaymentRef) {
        self.paid_late.lock().unwrap().push(payment);
    }

    pub(crate) fn forget_movement(&self, payment: Uuid) {
        self.forgotten.lock().unwrap().push(payment);
    }

    fn is_paid_late(&self, payment: &PaymentRef) -> bool {
        self.paid_late
            .lock()
            .unwrap()
            .iter()
            .any(|one| one.id() == payment.id())
    }

    pub(crate) fn set(&self, line: Line) {
        *self.line.lock().unwrap() = line;
    }

    pub(crate) fn look_ups(&self) -> usize {
        self.look_up_calls.load(Ordering::SeqCst)
    }

    fn line(&self) -> Line {
        *self.line.lock().unwrap()
    }

    async fn wait_at_the_gate(&self) {
        self.waiting.add_permits(1);
        self.gate.acquire().await.unwrap().forget();
    }

    fn alive(&self) -> Result<()> {
        if self.line() == Line::Dead {
            return Err(ProviderError::Failed("the line is dead".to_owned()));
        }
        Ok(())
    }
}

#[async_trait]
impl PaymentProvider for Provider {
    fn name(&self) -> &'static str {
        self.sandbox.name()
    }

    fn is_sandbox(&self) -> bool {
        self.sandbox.is_sandbox()
    }

    fn methods(&self, currency: Currency) -> Vec<PaymentMethod> {
        self.sandbox.methods(currency)
    }

    fn needs_token(&self, method: PaymentMethod) -> bool {
        self.sandbox.needs_token(method)
    }

    async fn start(&self, request: &PaymentRequest) -> Result<PaymentReport> {
        self.charge_calls.fetch_add(1, Ordering::SeqCst);
        self.alive()?;
        match self.line() {
            Line::NoCharges => return Err(ProviderError::Late(Duration::ZERO)),
            Line::Gated => self.wait_at_the_gate().await,
            _ => {}
        }
        let state = self.sandbox.start(request).await?;
        if self.line() == Line::LateAnswers {
            return Err(ProviderError::Late(Duration::ZERO));
        }
        Ok(state)
    }

    async fn look_up(&self, payment: &PaymentRef) -> Result<PaymentReport> {
        self.look_up_calls.fetch_add(1, Ordering::SeqCst);
        self.alive()?;
        if self.is_paid_late(payment) {
            return Ok(PaymentState::Succeeded.into());
        }
        let found = self.sandbox.look_up(payment).await?;
        if self.line() == Line::GatedAnswers {
            self.wait_at_the_gate().await;
        }
        Ok(found)
    }

    async fn cancel(&self, payment: &PaymentRef) -> Result<PaymentReport> {
        self.alive()?;
        self.sandbox.cancel(payment).await
    }

    async fn refund(&self, payment: &PaymentRef, refund: &RefundRequest) -> Result<RefundState> {
        self.alive()?;
        if self.is_paid_late(payment) {
            return Ok(RefundState::Succeeded);
        }
        self.sandbox.refund(payment, refund).await
    }

    async fn movements(&self, from_us: i64, until_us: i64) -> Result<Vec<Movement>> {
        self.alive()?;
        let mut movements = self.sandbox.movements(from_us, until_us).await?;
        let forgotten = self.forgotten.lock().unwrap();
        movements.retain(|one| one.payment.is_none_or(|payment| !forgotten.contains(&payment)));
        Ok(movements)
    }

    /// An event is JSON, such as `{"id": "e1", "payments": ["…"]}`, with the header `signature: right`.
    fn read_event(&self, request: &EventRequest<'_>) -> std::result::Result<ProviderEvent, EventError> {
        if request.headers.get("signature").map(String::as_str) != Some("right") {
            return Err(EventError::Signature);
        }
        let event: serde_json::Value = serde_json::from_slice(request.body).map_err(|_| EventError::Malformed)?;
        let payments = event["payments"].as_array().ok_or(EventError::Malformed)?;
        let ids = payments.iter().map(|id| id.as_str().unwrap().parse().unwrap());
        Ok(ProviderEvent {
            id: event["id"].as_str().ok_or(EventError::Malformed)?.to_owned(),
            subjects: ids.map(EventSubject::Payment).collect(),
        })
    }
}
