//! How orders can be paid, and whether pages say that no real money moves: a public store must not look like one that
//! sells while its payments are a sandbox.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use api::rent::{ListPaymentMethodsRequest, PaymentOption, Rent};
use rpc::{Call, Context};

use crate::ttl_cache::TtlCache;
use crate::{Clock, request};

/// A provider changes with a restart of rent.
const VALIDITY: Duration = Duration::from_mins(1);
const KEY: &str = "methods";

pub(crate) struct Payments {
    rent: Arc<dyn Rent>,
    known: TtlCache<Arc<[PaymentOption]>>,
    /// What rent said last: it holds while rent cannot be asked.
    was_sandbox: AtomicBool,
}

impl Payments {
    pub(crate) fn new(rent: Arc<dyn Rent>, clock: Clock) -> Self {
        Self {
            rent,
            known: TtlCache::new(1, VALIDITY, clock),
            was_sandbox: AtomicBool::new(false),
        }
    }

    pub(crate) async fn methods(&self, context: &Context) -> rpc::Result<Arc<[PaymentOption]>> {
        if let Some(known) = self.known.get(KEY) {
            return Ok(known);
        }
        let call = Call::new(ListPaymentMethodsRequest {}, context.clone());
        let methods: Arc<[_]> = self.rent.list_payment_methods(call).await?.payment_methods.into();
        let is_sandbox = methods.iter().any(|method| method.sandbox);
        self.was_sandbox.store(is_sandbox, Ordering::Release);
        self.known.keep(KEY, Arc::clone(&methods));
        Ok(methods)
    }

    /// Whether some way to pay moves no real money.
    pub(crate) async fn is_sandbox(&self, context: &Context) -> bool {
        match self.methods(&request::dispensable(context)).await {
            Ok(methods) => methods.iter().any(|method| method.sandbox),
            Err(_) => self.was_sandbox.load(Ordering::Acquire),
        }
    }
}
