//! The providers of a store, several at once.

use std::sync::Arc;

use iso_currency::Currency;

use crate::payment::PaymentMethod;
use crate::provider::PaymentProvider;

/// The providers of a store. A payment is made through the first that has its method in its currency.
#[derive(Clone)]
pub struct Providers(Vec<Arc<dyn PaymentProvider>>);

impl Providers {
    pub fn new(providers: Vec<Arc<dyn PaymentProvider>>) -> Self {
        Self(providers)
    }

    /// The methods by which an amount in a currency can be paid, each with its provider.
    pub fn methods(&self, currency: Currency) -> Vec<(PaymentMethod, &dyn PaymentProvider)> {
        let mut methods: Vec<(PaymentMethod, &dyn PaymentProvider)> = Vec::new();
        for provider in &self.0 {
            for method in provider.methods(currency) {
                if methods.iter().all(|(known, _)| *known != method) {
                    methods.push((method, &**provider));
                }
            }
        }
        methods
    }

    pub fn for_method(&self, method: PaymentMethod, currency: Currency) -> Option<&dyn PaymentProvider> {
        let methods = self.methods(currency);
        methods
            .into_iter()
            .find_map(|(known, provider)| (known == method).then_some(provider))
    }

    /// The provider with this [name](PaymentProvider::name).
    pub fn named(&self, name: &str) -> Option<&dyn PaymentProvider> {
        let found = self.0.iter().find(|provider| provider.name() == name);
        found.map(|provider| &**provider)
    }
}
