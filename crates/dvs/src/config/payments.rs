//! The payment providers of a store.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// A payment provider that this version knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProviderName {
    /// Takes no real money; for trying the store out.
    Sandbox,
    /// Cards, wallets and, where the account has it, Pix, on Stripe's own page.
    Stripe,
}

/// How orders are paid. Secrets are read from files, so that no list of processes shows them.
#[derive(Debug, Clone, Args)]
pub(crate) struct PaymentOptions {
    /// Who takes the money. Given more than once, a payment goes to the first that has its method in its currency.
    #[arg(
        long = "payment-provider",
        env = "DVS_PAYMENT_PROVIDER",
        value_delimiter = ',',
        default_values = ["sandbox"],
        value_name = "NAME"
    )]
    pub(crate) providers: Vec<ProviderName>,
    #[command(flatten)]
    pub(crate) stripe: StripeArgs,
}

impl Default for PaymentOptions {
    fn default() -> Self {
        Self {
            providers: vec![ProviderName::Sandbox],
            stripe: StripeArgs::default(),
        }
    }
}

#[derive(Debug, Clone, Default, Args)]
#[expect(clippy::struct_field_names, reason = "each is named like its option")]
pub(crate) struct StripeArgs {
    /// A file that holds Stripe's secret key (`sk_…` or a restricted key `rk_…`).
    #[arg(long, env = "DVS_STRIPE_SECRET_KEY_FILE", value_name = "FILE")]
    pub(crate) stripe_secret_key_file: Option<PathBuf>,
    /// A file that holds the signing secret of Stripe's webhook (`whsec_…`). Two at once while one replaces the other.
    #[arg(
        long,
        env = "DVS_STRIPE_WEBHOOK_SECRET_FILE",
        value_delimiter = ',',
        value_name = "FILE"
    )]
    pub(crate) stripe_webhook_secret_file: Vec<PathBuf>,
    /// Where Stripe's API is.
    #[arg(long, env = "DVS_STRIPE_API_URL", value_name = "URL")]
    pub(crate) stripe_api_url: Option<String>,
    /// Offer Pix through Stripe too, for an account that has it.
    #[arg(long, env = "DVS_STRIPE_PIX")]
    pub(crate) stripe_pix: bool,
}
