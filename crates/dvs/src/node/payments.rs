//! The payment providers that this process pays through.

use std::sync::Arc;

use payments::sandbox::Sandbox;
use payments::{PaymentProvider, Providers};

use crate::config::{PaymentOptions, ProviderName};

/// The providers that the options name. The sandbox has the payments that a store made before it was connected to another
/// provider, so it is always there.
pub(super) fn open(options: &PaymentOptions, sandbox: &Arc<Sandbox>) -> Providers {
    let of_sandbox = Arc::clone(sandbox) as Arc<dyn PaymentProvider>;
    let mut offered: Vec<Arc<dyn PaymentProvider>> = Vec::new();
    for name in &options.providers {
        match name {
            ProviderName::Sandbox => offered.push(Arc::clone(&of_sandbox)),
            ProviderName::Stripe | ProviderName::Pix => {}
        }
    }
    Providers::new(offered).with_former(of_sandbox)
}
