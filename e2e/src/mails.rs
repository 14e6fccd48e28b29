//! The mails of a store that writes them into its data folder, or into those of its processes.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::cluster::Cluster;
use crate::store::Store;

/// Far more than a mail takes.
const ARRIVED_WITHIN: Duration = Duration::from_secs(30);
const LOOKED_AT_EVERY: Duration = Duration::from_millis(100);

impl Store {
    /// The mails to an address that have some words in them.
    pub fn mails(&self, to: &str, words: &str) -> Result<Vec<String>> {
        mails_in(&self.opening().data_dir().join("mail"), to, words)
    }

    /// Waits for a mail to an address with these words.
    pub async fn mail(&self, to: &str, words: &str) -> Result<String> {
        let folders = [self.opening().data_dir().join("mail")];
        mail_in(&folders, to, words).await
    }

    /// Waits for the mail to an address with a link of the account's pages, such as `verify`, and returns the link's token.
    pub async fn mailed_token(&self, to: &str, page: &str) -> Result<String> {
        let folders = [self.opening().data_dir().join("mail")];
        token_in(&folders, to, page).await
    }
}

impl Cluster {
    /// Waits for the mail that either rent writes to an address with a link of the account's pages, and returns the
    /// link's token.
    pub async fn mailed_token(&self, to: &str, page: &str) -> Result<String> {
        let folders = ["rent-1", "rent-2"].map(|rent| self.path(rent).join("mail"));
        token_in(&folders, to, page).await
    }
}

fn mails_in(folder: &Path, to: &str, words: &str) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for file in std::fs::read_dir(folder)? {
        let mail = std::fs::read_to_string(file?.path())?;
        if mail.contains(&format!("To: {to}")) && mail.contains(words) {
            found.push(mail);
        }
    }
    Ok(found)
}

async fn mail_in(folders: &[PathBuf], to: &str, words: &str) -> Result<String> {
    let arrived = async {
        loop {
            for folder in folders {
                if let Some(mail) = mails_in(folder, to, words)?.pop() {
                    return Ok(mail);
                }
            }
            tokio::time::sleep(LOOKED_AT_EVERY).await;
        }
    };
    let waited = tokio::time::timeout(ARRIVED_WITHIN, arrived).await;
    waited.with_context(|| format!("no mail to {to} with {words:?} came"))?
}

async fn token_in(folders: &[PathBuf], to: &str, page: &str) -> Result<String> {
    let link = format!("/account/{page}?token=");
    let mail = mail_in(folders, to, &link).await?;
    let token = mail.split_once(&link).and_then(|(_, rest)| rest.lines().next());
    Ok(token.context("a link without a token")?.trim_end().to_owned())
}
