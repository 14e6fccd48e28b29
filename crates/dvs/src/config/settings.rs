//! The command line of `dvs settings`.

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};

use super::StoreOptions;

/// The settings, by the names of the contract.
pub(crate) const SETTINGS: [&str; 9] = [
    "name",
    "tagline",
    "accent",
    "contact_email",
    "legal_name",
    "address",
    "tax_id",
    "mail_sender",
    LOGO,
];
/// The one whose value is a file.
pub(crate) const LOGO: &str = "logo";

#[derive(Debug, Subcommand)]
pub(crate) enum SettingsCommand {
    /// Show the settings.
    Show(SettingsShowOptions),
    /// Change one setting; every gateway shows it within a second.
    Set(SettingsSetOptions),
}

#[derive(Debug, Args)]
pub(crate) struct SettingsShowOptions {
    /// As one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) store: StoreOptions,
}

#[derive(Debug, Args)]
pub(crate) struct SettingsSetOptions {
    /// Which setting.
    #[arg(value_parser = PossibleValuesParser::new(SETTINGS))]
    pub(crate) key: String,
    /// Its value; of `logo` a file: PNG, JPEG or WebP. An empty one ("") unsets it.
    pub(crate) value: String,
    #[command(flatten)]
    pub(crate) store: StoreOptions,
}
