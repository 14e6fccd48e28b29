//! The accounts at payment providers that the command line names: their keys are read before anything is opened.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, ensure};
use payments::pix::{Pix, PixOptions};
use payments::sandbox::Sandbox;
use payments::stripe::{self, Stripe, StripeOptions};
use payments::{CallRecorder, PaymentProvider, Providers, Secret};
use store::Clock;

use crate::config::{PaymentOptions, PixArgs, ProviderName, StripeArgs};

/// One of the providers of a store, in their order.
#[derive(Debug, Clone)]
enum Account {
    Sandbox,
    Stripe(StripeOptions),
    Pix(Box<PixOptions>),
}

/// The providers of a store, with what connects it to each.
#[derive(Debug, Clone)]
pub(crate) struct PaymentAccounts(Vec<Account>);

impl PaymentAccounts {
    /// The sandbox alone.
    pub(crate) fn sandbox() -> Self {
        Self(vec![Account::Sandbox])
    }

    pub(crate) fn read(options: &PaymentOptions) -> Result<Self> {
        let mut accounts = Vec::new();
        for name in &options.providers {
            let account = match name {
                ProviderName::Sandbox => Account::Sandbox,
                ProviderName::Stripe => Account::Stripe(of_stripe(&options.stripe)?),
                ProviderName::Pix => Account::Pix(Box::new(of_bank(&options.pix)?)),
            };
            accounts.push(account);
        }
        Ok(Self(accounts))
    }

    /// Whether some payments move no real money.
    pub(crate) fn is_sandbox(&self) -> bool {
        self.0.iter().any(|account| match account {
            Account::Sandbox => true,
            Account::Stripe(options) => options.is_test(),
            Account::Pix(options) => options.is_test,
        })
    }

    /// Whether customers can pay in the store's own sandbox.
    pub(crate) fn offers_sandbox(&self) -> bool {
        self.0.iter().any(|account| matches!(account, Account::Sandbox))
    }

    /// Connects the store. The sandbox has the payments that a store made before it was connected to another provider, so
    /// it is always known.
    pub(crate) fn connect(
        &self,
        sandbox: &Arc<Sandbox>,
        clock: &Arc<dyn Clock>,
        recorder: &Arc<dyn CallRecorder>,
    ) -> Result<Connected> {
        let of_sandbox = || Arc::clone(sandbox) as Arc<dyn PaymentProvider>;
        let (mut offered, mut bank) = (Vec::new(), None);
        for account in &self.0 {
            offered.push(match account {
                Account::Sandbox => of_sandbox(),
                Account::Stripe(options) => {
                    let stripe = Stripe::new(options.clone(), Arc::clone(clock), Arc::clone(recorder));
                    let stripe = stripe.map_err(|error| anyhow!("the store cannot be connected to Stripe: {error}"))?;
                    Arc::new(stripe) as Arc<dyn PaymentProvider>
                }
                Account::Pix(options) => {
                    let pix = Pix::new(PixOptions::clone(options), Arc::clone(clock), Arc::clone(recorder));
                    let pix = pix.map_err(|error| anyhow!("the store cannot be connected to its bank: {error}"))?;
                    let pix = Arc::new(pix);
                    bank = Some(Arc::clone(&pix));
                    pix as Arc<dyn PaymentProvider>
                }
            });
        }
        Ok(Connected {
            providers: Providers::new(offered).with_former(of_sandbox()),
            bank,
        })
    }
}

/// The providers of a store, connected.
pub(crate) struct Connected {
    pub(crate) providers: Providers,
    /// The bank that has to be told where it sends its events.
    pub(crate) bank: Option<Arc<Pix>>,
}

fn of_bank(options: &PixArgs) -> Result<PixOptions> {
    let text = |value: &Option<String>, option: &str| {
        let value = value.clone().filter(|value| !value.is_empty());
        value.with_context(|| format!("--payment-provider pix needs {option}, as your bank tells it"))
    };
    let client_secret = options.pix_client_secret_file.as_deref();
    let client_secret = client_secret.context(
        "--payment-provider pix needs the client secret that your bank gave: write it to a file that only the store may \
         read, and name the file with --pix-client-secret-file",
    )?;
    let bytes = |file: &Option<PathBuf>| {
        let read = |file: &PathBuf| std::fs::read(file).with_context(|| format!("cannot read {}", file.display()));
        file.as_ref().map(read).transpose()
    };
    let secret_of = |file: &Option<PathBuf>| file.as_deref().map(secret).transpose();
    Ok(PixOptions {
        api_url: text(&options.pix_api_url, "--pix-api-url")?,
        token_url: text(&options.pix_token_url, "--pix-token-url")?,
        key: text(&options.pix_key, "--pix-key")?,
        client_id: text(&options.pix_client_id, "--pix-client-id")?,
        client_secret: secret(client_secret)?,
        former_client_secret: secret_of(&options.pix_former_client_secret_file)?,
        certificate: bytes(&options.pix_certificate_file)?,
        private_key: secret_of(&options.pix_key_file)?,
        authorities: bytes(&options.pix_ca_file)?,
        is_test: options.pix_test,
    })
}

fn of_stripe(options: &StripeArgs) -> Result<StripeOptions> {
    let key = options.stripe_secret_key_file.as_deref();
    let key = key.context(
        "--payment-provider stripe needs the account's secret key: write it to a file that only the store may read, and \
         name the file with --stripe-secret-key-file",
    )?;
    let files = &options.stripe_webhook_secret_file;
    let webhook_secrets = files.iter().map(|file| secret(file)).collect::<Result<_>>()?;
    Ok(StripeOptions {
        secret_key: secret(key)?,
        webhook_secrets,
        api_url: options
            .stripe_api_url
            .clone()
            .unwrap_or_else(|| stripe::API_URL.to_owned()),
        pix: options.stripe_pix,
    })
}

/// The secret that a file holds.
fn secret(file: &Path) -> Result<Secret> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read the secret in {}", file.display()))?;
    let secret = Secret::parse(&text);
    ensure!(
        secret.is_some(),
        "the file {} holds no secret: it is empty",
        file.display()
    );
    secret.context("the secret is there")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(providers: &[ProviderName]) -> PaymentOptions {
        PaymentOptions {
            providers: providers.to_vec(),
            ..PaymentOptions::default()
        }
    }

    #[test]
    fn a_missing_or_empty_key_is_said_with_what_to_do() {
        let refused = |options: &PaymentOptions| PaymentAccounts::read(options).unwrap_err().to_string();
        let mut stripe = options(&[ProviderName::Stripe]);
        assert!(refused(&stripe).contains("--stripe-secret-key-file"));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        stripe.stripe.stripe_secret_key_file = Some(file.clone());
        assert!(refused(&stripe).contains("cannot read the secret"));
        std::fs::write(&file, "\n").unwrap();
        assert!(refused(&stripe).contains("it is empty"));
        std::fs::write(&file, "sk_live_1\n").unwrap();
        let accounts = PaymentAccounts::read(&stripe).unwrap();
        assert!(!accounts.is_sandbox() && !accounts.offers_sandbox());
        assert!(!format!("{accounts:?}").contains("sk_live_1"));
    }

    #[test]
    fn a_test_key_moves_no_real_money() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        std::fs::write(&file, "sk_test_1").unwrap();
        let mut both = options(&[ProviderName::Stripe, ProviderName::Sandbox]);
        both.stripe.stripe_secret_key_file = Some(file);
        let accounts = PaymentAccounts::read(&both).unwrap();
        assert!(accounts.is_sandbox() && accounts.offers_sandbox());
        assert!(PaymentAccounts::sandbox().is_sandbox());
    }
}
