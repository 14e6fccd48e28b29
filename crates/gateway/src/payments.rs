//! How orders can be paid, and whether pages say that no real money moves: a public store whose payments are a sandbox
//! must not look like one that sells.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use api::rent::{ListPaymentMethodsRequest, PaymentOption, Rent};
use rpc::{Call, Context};

use crate::ttl_cache::TtlCache;
use crate::{Clock, request};

/// A provider only changes when rent restarts.
const VALIDITY: Duration = Duration::from_mins(1);
/// The most currencies whose methods are remembered.
const CURRENCIES: u64 = 200;
/// Stands for all currencies.
const ANY: &str = "";

pub(crate) struct Payments {
    rent: Arc<dyn Rent>,
    known: TtlCache<Arc<[PaymentOption]>>,
    /// Rent's last answer, which is used while rent does not answer.
    was_sandbox: AtomicBool,
}

impl Payments {
    pub(crate) fn new(rent: Arc<dyn Rent>, clock: Clock) -> Self {
        Self {
            rent,
            known: TtlCache::new(CURRENCIES, VALIDITY, clock),
            was_sandbox: AtomicBool::new(false),
        }
    }

    /// The methods by which an amount in a currency can be paid; of any currency where the code is empty.
    pub(crate) async fn methods(&self, currency_code: &str, context: &Context) -> rpc::Result<Arc<[PaymentOption]>> {
        if let Some(known) = self.known.get(currency_code) {
            return Ok(known);
        }
        let request = ListPaymentMethodsRequest {
            currency_code: currency_code.to_owned(),
        };
        let call = Call::new(request, context.clone());
        let methods: Arc<[_]> = self.rent.list_payment_methods(call).await?.payment_methods.into();
        if currency_code == ANY {
            let is_sandbox = methods.iter().any(|method| method.sandbox);
            self.was_sandbox.store(is_sandbox, Ordering::Release);
        }
        self.known.keep(currency_code, Arc::clone(&methods));
        Ok(methods)
    }

    /// Whether any payment method moves no real money.
    pub(crate) async fn is_sandbox(&self, context: &Context) -> bool {
        match self.methods(ANY, &request::dispensable(context)).await {
            Ok(methods) => methods.iter().any(|method| method.sandbox),
            Err(_) => self.was_sandbox.load(Ordering::Acquire),
        }
    }
}
