//! How mail to customers goes out, and the command line of `dvs mail`.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use rent::{Language, MailKind};

#[derive(Debug, Clone, Default, Args)]
pub(crate) struct MailOptions {
    /// The mail server that takes the mails: `smtps://USER:PASSWORD@HOST`, or `smtp://USER:PASSWORD@HOST` with STARTTLS.
    /// Without one each mail is a file in the data folder (mail/).
    // Parsed later: an error of the argument parser would show the text, which contains the password.
    #[arg(long, env = "DVS_SMTP_URL", hide_env_values = true, value_name = "URL")]
    pub(crate) smtp_url: Option<String>,
    /// Certificates (PEM) that are trusted besides the public ones, for a mail server of your own.
    #[arg(long, env = "DVS_SMTP_CA", requires = "smtp_url", value_name = "FILE")]
    pub(crate) smtp_ca: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum MailCommand {
    /// Show a mail with sample data, as customers get it. No store is needed.
    Preview(MailPreviewOptions),
}

#[derive(Debug, Args)]
pub(crate) struct MailPreviewOptions {
    /// Which mail.
    #[arg(value_parser = kind())]
    pub(crate) kind: MailKind,
    /// In which language.
    #[arg(long, value_name = "TAG", default_value = "en", value_parser = language())]
    pub(crate) language: Language,
    /// Write the text (.txt) and the HTML into this folder, instead of the text to the terminal.
    #[arg(long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
}

fn kind() -> impl TypedValueParser<Value = MailKind> {
    let names = MailKind::ALL.map(MailKind::name);
    PossibleValuesParser::new(names).try_map(|name| MailKind::from_name(&name).ok_or("there is no such mail"))
}

fn language() -> impl TypedValueParser<Value = Language> {
    PossibleValuesParser::new(Language::all().map(Language::tag)).map(|tag| Language::nearest(&tag))
}
