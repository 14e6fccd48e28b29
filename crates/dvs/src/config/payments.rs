//! The payment providers of a store.

use std::path::PathBuf;
use std::time::Duration;

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
    /// How many hours after the payment a customer may have the money of a rental back that was never played; 0 for never.
    #[arg(long, env = "DVS_REFUND_RENTALS", default_value_t = 48, value_parser = clap::value_parser!(u64).range(0..=8_760), value_name = "HOURS")]
    pub(crate) refund_rentals: u64,
    /// The same for purchases.
    #[arg(long, env = "DVS_REFUND_PURCHASES", default_value_t = 168, value_parser = clap::value_parser!(u64).range(0..=8_760), value_name = "HOURS")]
    pub(crate) refund_purchases: u64,
}

impl PaymentOptions {
    /// How long after the payment customers may withdraw from rentals, and from purchases.
    pub(crate) fn refund_periods(&self) -> RefundPeriods {
        RefundPeriods {
            rentals: Duration::from_hours(self.refund_rentals),
            purchases: Duration::from_hours(self.refund_purchases),
        }
    }
}

/// How long after the payment customers may have their money back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RefundPeriods {
    pub(crate) rentals: Duration,
    pub(crate) purchases: Duration,
}

impl Default for PaymentOptions {
    fn default() -> Self {
        Self {
            providers: vec![ProviderName::Sandbox],
            stripe: StripeArgs::default(),
            refund_rentals: 48,
            refund_purchases: 168,
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
