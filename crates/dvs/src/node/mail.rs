//! Where the store's mails are delivered: to a mail server, or into the data folder.

use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use rent::{FolderMailer, MailError, Mailer, SmtpMailer, SmtpServer};

use crate::config::MailOptions;
use crate::folder::DataFolder;

/// The sender of mails if none is configured.
const SENDER: &str = "Video Store <store@localhost>";

pub(super) fn open(options: &MailOptions, folder: &DataFolder) -> Result<Arc<dyn Mailer>> {
    let sender = options.mail_sender.as_deref().unwrap_or(SENDER);
    let at = |error: MailError| {
        let what = match error {
            MailError::Sender(_) => {
                format!("--mail-sender is no address such as \"Cine Clube <loja@films.example>\": {sender:?}")
            }
            MailError::Certificates(_) => "the file of --smtp-ca cannot be used".to_owned(),
            // It names the folder, and what is wrong with it.
            _ => return anyhow::Error::new(error),
        };
        anyhow::Error::new(error).context(what)
    };
    let Some(url) = &options.smtp_url else {
        return Ok(Arc::new(FolderMailer::open(folder.join("mail"), sender).map_err(at)?));
    };
    let server: SmtpServer = url
        .parse()
        .map_err(|refusal| anyhow!("--smtp-url is no mail server: {refusal}"))?;
    let authorities = options.smtp_ca.as_ref().map(|file| {
        let read = std::fs::read(file);
        read.with_context(|| format!("cannot read the certificates {} (--smtp-ca)", file.display()))
    });
    let mailer = SmtpMailer::open(server, sender, authorities.transpose()?.as_deref());
    Ok(Arc::new(mailer.map_err(at)?))
}
