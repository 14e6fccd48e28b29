//! The providers of a store, several at once.

use std::sync::Arc;

use iso_currency::{Currency, IntoEnumIterator};

use crate::payment::PaymentMethod;
use crate::provider::PaymentProvider;

/// The providers of a store. A payment is made through the first that has its method in its currency.
#[derive(Clone)]
pub struct Providers {
    offered: Vec<Arc<dyn PaymentProvider>>,
    /// No payment begins there any more, but earlier ones are looked up and refunded.
    former: Vec<Arc<dyn PaymentProvider>>,
}

impl Providers {
    pub fn new(offered: Vec<Arc<dyn PaymentProvider>>) -> Self {
        Self {
            offered,
            former: Vec::new(),
        }
    }

    /// The same providers, and one through which only earlier payments were made, unless it is one of them.
    #[must_use]
    pub fn with_former(mut self, provider: Arc<dyn PaymentProvider>) -> Self {
        if self.named(provider.name()).is_none() {
            self.former.push(provider);
        }
        self
    }

    /// The methods by which an amount in a currency can be paid, each with its provider.
    pub fn methods(&self, currency: Currency) -> Vec<(PaymentMethod, &dyn PaymentProvider)> {
        first_of_each(self.offered.iter().flat_map(|provider| {
            let methods = provider.methods(currency).into_iter();
            methods.map(move |method| (method, &**provider))
        }))
    }

    /// The methods by which an amount in some currency can be paid, each with its first provider.
    pub fn methods_of_all_currencies(&self) -> Vec<(PaymentMethod, &dyn PaymentProvider)> {
        first_of_each(Currency::iter().flat_map(|currency| self.methods(currency)))
    }

    pub fn for_method(&self, method: PaymentMethod, currency: Currency) -> Option<&dyn PaymentProvider> {
        let methods = self.methods(currency);
        methods
            .into_iter()
            .find_map(|(known, provider)| (known == method).then_some(provider))
    }

    /// The provider with this [name](PaymentProvider::name).
    pub fn named(&self, name: &str) -> Option<&dyn PaymentProvider> {
        self.all().find(|provider| provider.name() == name)
    }

    /// Every provider that has payments of this store.
    pub fn all(&self) -> impl Iterator<Item = &dyn PaymentProvider> {
        self.offered.iter().chain(&self.former).map(|provider| &**provider)
    }
}

/// Each method with the first provider that has it.
fn first_of_each<'a>(
    offered: impl Iterator<Item = (PaymentMethod, &'a dyn PaymentProvider)>,
) -> Vec<(PaymentMethod, &'a dyn PaymentProvider)> {
    let mut methods: Vec<(PaymentMethod, &dyn PaymentProvider)> = Vec::new();
    for (method, provider) in offered {
        if methods.iter().all(|(known, _)| *known != method) {
            methods.push((method, provider));
        }
    }
    methods
}
