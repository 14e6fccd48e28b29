//! The mails of a store that writes them into its data folder.

use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::store::Store;

/// Far more than a mail takes.
const ARRIVED_WITHIN: Duration = Duration::from_secs(30);
const LOOKED_AT_EVERY: Duration = Duration::from_millis(100);

impl Store {
    /// The mails to an address that have some words in them.
    pub fn mails(&self, to: &str, words: &str) -> Result<Vec<String>> {
        let mut found = Vec::new();
        for file in std::fs::read_dir(self.opening().data_dir().join("mail"))? {
            let mail = std::fs::read_to_string(file?.path())?;
            if mail.contains(&format!("To: {to}")) && mail.contains(words) {
                found.push(mail);
            }
        }
        Ok(found)
    }

    /// Waits for a mail to an address with these words.
    pub async fn mail(&self, to: &str, words: &str) -> Result<String> {
        let arrived = async {
            loop {
                if let Some(mail) = self.mails(to, words)?.pop() {
                    return Ok(mail);
                }
                tokio::time::sleep(LOOKED_AT_EVERY).await;
            }
        };
        let waited = tokio::time::timeout(ARRIVED_WITHIN, arrived).await;
        waited.with_context(|| format!("no mail to {to} with {words:?} came"))?
    }

    /// Waits for the mail to an address with a link of the account's pages, such as `verify`, and returns the link's token.
    pub async fn mailed_token(&self, to: &str, page: &str) -> Result<String> {
        let link = format!("/account/{page}?token=");
        let mail = self.mail(to, &link).await?;
        let token = mail.split_once(&link).and_then(|(_, rest)| rest.lines().next());
        Ok(token.context("a link without a token")?.trim_end().to_owned())
    }
}
