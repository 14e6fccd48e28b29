//! The sandbox behind a line that a test can make bad.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use rent::sandbox::Sandbox;
use rent::{Charge, ChargeState, ListedCharge, OrderId, PaymentProvider, ProviderError, ProviderResult};
use tokio::sync::Semaphore;

/// How the line to the provider is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Line {
    #[default]
    Good,
    /// Questions arrive, and the answers come too late.
    LateAnswers,
    /// No charge arrives.
    NoCharges,
    /// Nothing arrives.
    Dead,
    /// Charges wait until the test lets them through.
    Gated,
}

pub(crate) struct Provider {
    sandbox: Sandbox,
    line: Mutex<Line>,
    /// A permit for each charge that the test lets through.
    pub(crate) gate: Semaphore,
    /// A permit for each charge that waits at the gate.
    pub(crate) waiting: Semaphore,
    pub(crate) charge_calls: AtomicUsize,
    look_up_calls: AtomicUsize,
}

impl Provider {
    pub(crate) fn new(sandbox: Sandbox) -> Self {
        Self {
            sandbox,
            line: Mutex::default(),
            gate: Semaphore::new(0),
            waiting: Semaphore::new(0),
            charge_calls: AtomicUsize::new(0),
            look_up_calls: AtomicUsize::new(0),
        }
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

    fn alive(&self) -> ProviderResult<()> {
        if self.line() == Line::Dead {
            return Err(ProviderError::Failed("the line is dead".to_owned()));
        }
        Ok(())
    }
}

#[async_trait]
impl PaymentProvider for Provider {
    async fn charge(&self, charge: &Charge) -> ProviderResult<ChargeState> {
        self.charge_calls.fetch_add(1, Ordering::SeqCst);
        self.alive()?;
        match self.line() {
            Line::NoCharges => return Err(ProviderError::Late(Duration::ZERO)),
            Line::Gated => {
                self.waiting.add_permits(1);
                self.gate.acquire().await.unwrap().forget();
            }
            _ => {}
        }
        let state = self.sandbox.charge(charge).await?;
        if self.line() == Line::LateAnswers {
            return Err(ProviderError::Late(Duration::ZERO));
        }
        Ok(state)
    }

    async fn look_up(&self, order: OrderId) -> ProviderResult<ChargeState> {
        self.look_up_calls.fetch_add(1, Ordering::SeqCst);
        self.alive()?;
        self.sandbox.look_up(order).await
    }

    async fn cancel(&self, order: OrderId) -> ProviderResult<ChargeState> {
        self.alive()?;
        self.sandbox.cancel(order).await
    }

    async fn refund(&self, order: OrderId) -> ProviderResult<ChargeState> {
        self.alive()?;
        self.sandbox.refund(order).await
    }

    async fn list(&self, after: i64, limit: i64) -> ProviderResult<Vec<ListedCharge>> {
        self.sandbox.list(after, limit).await
    }

    fn name(&self) -> &'static str {
        self.sandbox.name()
    }

    fn sandbox(&self) -> Option<&Sandbox> {
        Some(&self.sandbox)
    }
}
