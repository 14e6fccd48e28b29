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
    /// Pix by the Central Bank's API, at the bank where the store has its account.
    Pix,
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
    #[command(flatten)]
    pub(crate) pix: PixArgs,
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
            pix: PixArgs::default(),
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

#[derive(Debug, Clone, Default, Args)]
#[expect(clippy::struct_field_names, reason = "each is named like its option")]
pub(crate) struct PixArgs {
    /// Where the bank's API Pix is, such as `https://pix.bank.example/v2`.
    #[arg(long, env = "DVS_PIX_API_URL", value_name = "URL")]
    pub(crate) pix_api_url: Option<String>,
    /// Where the bank gives access tokens (OAuth), such as `https://pix.bank.example/oauth/token`.
    #[arg(long, env = "DVS_PIX_TOKEN_URL", value_name = "URL")]
    pub(crate) pix_token_url: Option<String>,
    /// The Pix key (chave) to which customers pay.
    #[arg(long, env = "DVS_PIX_KEY", value_name = "KEY")]
    pub(crate) pix_key: Option<String>,
    /// The client id that the bank gave for its API.
    #[arg(long, env = "DVS_PIX_CLIENT_ID", value_name = "ID")]
    pub(crate) pix_client_id: Option<String>,
    /// A file that holds the client secret that the bank gave.
    #[arg(long, env = "DVS_PIX_CLIENT_SECRET_FILE", value_name = "FILE")]
    pub(crate) pix_client_secret_file: Option<PathBuf>,
    /// A file that holds the client secret of before, while the bank still sends events by it.
    #[arg(long, env = "DVS_PIX_FORMER_CLIENT_SECRET_FILE", value_name = "FILE")]
    pub(crate) pix_former_client_secret_file: Option<PathBuf>,
    /// The certificate (PEM) by which the store shows the bank who it is.
    #[arg(
        long,
        env = "DVS_PIX_CERTIFICATE_FILE",
        requires = "pix_key_file",
        value_name = "FILE"
    )]
    pub(crate) pix_certificate_file: Option<PathBuf>,
    /// The private key (PEM) of that certificate.
    #[arg(
        long,
        env = "DVS_PIX_KEY_FILE",
        requires = "pix_certificate_file",
        value_name = "FILE"
    )]
    pub(crate) pix_key_file: Option<PathBuf>,
    /// Authorities (PEM) that are trusted besides the public ones, where the bank has one of its own.
    #[arg(long, env = "DVS_PIX_CA_FILE", value_name = "FILE")]
    pub(crate) pix_ca_file: Option<PathBuf>,
    /// It is the bank's test environment, where no real money moves.
    #[arg(long, env = "DVS_PIX_TEST")]
    pub(crate) pix_test: bool,
}
