//! How mail to customers goes out.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Clone, Default, Args)]
pub(crate) struct MailOptions {
    /// The mail server that takes the mails: `smtps://USER:PASSWORD@HOST`, or `smtp://USER:PASSWORD@HOST` with STARTTLS.
    /// Without one each mail is a file in the data folder (mail/).
    // A text: what cannot be parsed would be shown, with the password.
    #[arg(
        long,
        env = "DVS_SMTP_URL",
        hide_env_values = true,
        requires = "mail_sender",
        value_name = "URL"
    )]
    pub(crate) smtp_url: Option<String>,
    /// Certificates (PEM) that are trusted beside the public ones, for a mail server of your own.
    #[arg(long, env = "DVS_SMTP_CA", requires = "smtp_url", value_name = "FILE")]
    pub(crate) smtp_ca: Option<PathBuf>,
    /// Whom mails come from, such as "Cine Clube <loja@films.example>".
    #[arg(long, env = "DVS_MAIL_SENDER", value_name = "NAME <ADDRESS>")]
    pub(crate) mail_sender: Option<String>,
}
