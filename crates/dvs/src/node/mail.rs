//! Where the store's mails are delivered: to a mail server, or into the data folder.

use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use rent::{FolderMailer, Mailer, SmtpMailer, SmtpServer};

use crate::config::MailOptions;
use crate::folder::DataFolder;

pub(super) fn open(options: &MailOptions, folder: &DataFolder) -> Result<Arc<dyn Mailer>> {
    let Some(url) = &options.smtp_url else {
        let folder = folder.join("mail");
        // Its refusal names the folder, and what is wrong with it.
        return Ok(Arc::new(FolderMailer::open(folder)?));
    };
    let server: SmtpServer = url
        .parse()
        .map_err(|refusal| anyhow!("--smtp-url is no mail server: {refusal}"))?;
    let authorities = options.smtp_ca.as_ref().map(|file| {
        let read = std::fs::read(file);
        read.with_context(|| format!("cannot read the certificates {} (--smtp-ca)", file.display()))
    });
    let mailer = SmtpMailer::open(server, authorities.transpose()?.as_deref());
    Ok(Arc::new(mailer.context("the file of --smtp-ca cannot be used")?))
}
