//! The command line. Options of `serve`, and those that several commands share, have environment variables; nothing else
//! reads the environment.

mod capacity;
mod compare;
mod jobs;
mod ledger;
mod listen;
mod mail;
mod order;
mod payments;
mod settings;
mod tools;
mod traces;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use rpc::{Addresses, Transport};

use crate::public_url::PublicUrl;
use crate::values::Key;

use self::listen::listen_address;
pub(crate) use capacity::CapacityOptions;
pub(crate) use compare::{CompareOptions, ComparePart, ComparePartOptions, Subject};
pub(crate) use jobs::{DeadLetterOptions, JobsCommand};
pub(crate) use ledger::{LedgerCheckOptions, LedgerCommand};
pub(crate) use mail::{MailCommand, MailOptions, MailPreviewOptions};
pub(crate) use order::{OrderCommand, OrderRefundOptions, OrderShowOptions, RefundReason};
pub(crate) use payments::{PaymentOptions, PixArgs, ProviderName, RefundPeriods, StripeArgs};
pub(crate) use settings::{LOGO, SETTINGS, SettingsCommand, SettingsSetOptions, SettingsShowOptions};
pub(crate) use tools::{
    CallKind, ClockOptions, CollectionCommand, CollectionDeleteOptions, CollectionListOptions, CollectionPutOptions,
    DemonstrationCommand, DemonstrationOptions, DemonstrationPlace, DoctorOptions, ExportOptions, FolderAcceptOptions,
    FolderCommand, ImportOptions, LabCommand, MediaAddOptions, MediaCommand, MediaStatusOptions, OfferCommand,
    OfferKind, OfferSetOptions, SandboxCommand, SandboxPayOptions, StaffCommand, StaffMemberOptions, StoreOptions,
    StudyOptions, TitleCommand, TitleListOptions, TitleOptions,
};
pub(crate) use traces::TraceOptions;

/// An open store that rents and sells films.
#[derive(Debug, Parser)]
#[command(name = "dvs", version, propagate_version = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) log: LogOptions,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Args)]
pub(crate) struct LogOptions {
    /// What is logged to standard error, such as `info` or `warn,rent=debug`.
    #[arg(long, env = "DVS_LOG", default_value = "info", global = true, value_name = "FILTER")]
    pub(crate) log: String,
    /// How log lines look.
    #[arg(long, env = "DVS_LOG_FORMAT", default_value = "text", global = true)]
    pub(crate) log_format: LogFormat,
    /// For a store that is thrown away, as those of `dvs compare`.
    #[arg(long, global = true, hide = true)]
    pub(crate) no_security_log: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Open the store.
    Serve(Box<ServeOptions>),
    /// Take films from files: JSON arrays, JSON Lines, tables (CSV, TSV) plain or .gz, or workbooks (XLSX).
    Import(ImportOptions),
    /// Write all films to a file that another store can import: JSON Lines, or CSV, plain or .gz.
    Export(ExportOptions),
    /// Load the demonstration's films into a store that did not begin with them, or remove them.
    Demonstration(DemonstrationOptions),
    /// Hide, show and delete films.
    #[command(subcommand)]
    Title(TitleCommand),
    /// Set what films cost.
    #[command(subcommand)]
    Offer(OfferCommand),
    /// Upload film files and subtitles.
    #[command(subcommand)]
    Media(MediaCommand),
    /// Manage collections of films.
    #[command(subcommand)]
    Collection(CollectionCommand),
    /// See and change what the store says of itself: its name, its look, who sells.
    #[command(subcommand)]
    Settings(SettingsCommand),
    /// Manage the staff.
    #[command(subcommand)]
    Staff(StaffCommand),
    /// Look at the mails that customers get.
    #[command(subcommand)]
    Mail(MailCommand),
    /// See the jobs that failed permanently, such as mails, and retry or drop them.
    #[command(subcommand)]
    Jobs(JobsCommand),
    /// See any customer's order, and give its money back.
    #[command(subcommand)]
    Order(OrderCommand),
    /// Prove that the books of the store's money are right.
    #[command(subcommand)]
    Ledger(LedgerCommand),
    /// Inspect the sandbox payment provider.
    #[command(subcommand)]
    Sandbox(SandboxCommand),
    /// Experiments on a store that was opened with --lab.
    #[command(subcommand)]
    Lab(LabCommand),
    /// Look after the data folder of a store that is closed.
    #[command(subcommand)]
    Folder(FolderCommand),
    /// Bring a PostgreSQL database to what this version needs; two processes may do so at once.
    Migrate(MigrateOptions),
    /// Check that a store's services and databases can be reached.
    Doctor(DoctorOptions),
    /// Make the secrets that the roles of a store share, as environment variables.
    Keys,
    /// Make one call of the store and show everything that goes back and forth.
    Study(StudyOptions),
    /// Measure gRPC against REST/JSON on this machine.
    Compare(CompareOptions),
    /// One of the processes that `dvs compare` starts.
    #[command(hide = true)]
    ComparePart(ComparePartOptions),
    /// Print the public API's contract.
    Openapi,
}

/// A part of the store that a process may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Role {
    Gateway,
    Catalogue,
    Rent,
}

#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own on the command line"
)]
pub(crate) struct ServeOptions {
    /// What this process runs.
    #[arg(
        long = "role",
        env = "DVS_ROLE",
        value_delimiter = ',',
        default_values = ["gateway", "catalogue", "rent"],
        value_name = "ROLE,…"
    )]
    pub(crate) roles: Vec<Role>,
    /// Where the store keeps everything; with its databases elsewhere, what this process needs for itself.
    #[arg(long, env = "DVS_DATA_DIR", default_value = "data", value_name = "DIR")]
    pub(crate) data_dir: PathBuf,
    /// Where the gateway listens, or the one role of this process (127.0.0.1:8000; catalogue 50051, rent 50052).
    #[arg(long, env = "DVS_LISTEN", value_parser = listen_address, value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
    /// Also serve the catalogue, over gRPC and REST, on this address.
    #[arg(long, env = "DVS_CATALOGUE_LISTEN", value_parser = listen_address, value_name = "ADDRESS")]
    pub(crate) catalogue_listen: Option<SocketAddr>,
    /// Also serve the rent service, over gRPC and REST, on this address.
    #[arg(long, env = "DVS_RENT_LISTEN", value_parser = listen_address, value_name = "ADDRESS")]
    pub(crate) rent_listen: Option<SocketAddr>,
    /// Serve Prometheus metrics at this address, under `/metrics`. Off by default.
    #[arg(long, env = "DVS_METRICS_LISTEN", value_parser = listen_address, value_name = "ADDRESS")]
    pub(crate) metrics_listen: Option<SocketAddr>,
    /// How long a connection is kept that asks for nothing: longer than a proxy before the store keeps it.
    #[arg(long, env = "DVS_IDLE_TIMEOUT", default_value_t = 75, value_parser = clap::value_parser!(u64).range(5..=3600), value_name = "SECONDS")]
    pub(crate) idle_timeout: u64,
    /// The catalogue services of other processes: addresses, or a DNS name with several.
    #[arg(long, env = "DVS_CATALOGUE", value_name = "URL,…")]
    pub(crate) catalogue: Option<Addresses>,
    /// The rent services of other processes.
    #[arg(long, env = "DVS_RENT", value_name = "URL,…")]
    pub(crate) rent: Option<Addresses>,
    #[command(flatten)]
    pub(crate) databases: DatabaseOptions,
    #[command(flatten)]
    pub(crate) identity: IdentityOptions,
    /// The address that customers type; links in mails start with it.
    #[arg(long, env = "DVS_PUBLIC_URL", value_name = "URL")]
    pub(crate) public_url: Option<PublicUrl>,
    /// What the store is called, where it has no name yet; `dvs settings set name` gives it another one. For the process
    /// that runs the catalogue.
    #[arg(long, env = "DVS_STORE_NAME", value_name = "NAME")]
    pub(crate) store_name: Option<String>,
    /// Take orders at an https address although the payment provider is the sandbox and no real money moves: every page
    /// then says so. For demonstrations.
    #[arg(long, env = "DVS_ALLOW_SANDBOX")]
    pub(crate) allow_sandbox: bool,
    /// Where your terms and your privacy statement are: terms.LANGUAGE.md and privacy.LANGUAGE.md, such as terms.en.md, in
    /// each language of the store. A built-in model text replaces one that is missing.
    #[arg(long, env = "DVS_WORDS_DIR", value_name = "DIR")]
    pub(crate) words_dir: Option<PathBuf>,
    /// The transport between the services: local, grpc or rest; local is grpc between processes.
    #[arg(long, env = "DVS_TRANSPORT", default_value = "local")]
    pub(crate) transport: Transport,
    /// Seconds to keep serving after SIGTERM, no longer ready: as long as a load balancer takes to notice.
    #[arg(long, env = "DVS_LINGER", default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=300), value_name = "SECONDS")]
    pub(crate) linger: u64,
    /// Do not load the demonstration catalogue into an empty store.
    #[arg(long, env = "DVS_NO_DEMO")]
    pub(crate) no_demo: bool,
    /// Also sell films that have no file to play. For tests, measurements and the lab; never for real customers.
    #[arg(long, env = "DVS_SELL_WITHOUT_FILM")]
    pub(crate) sell_without_film: bool,
    /// Limits on requests: on, or off for tests and measurements.
    #[arg(long, env = "DVS_RATE_LIMIT", default_value = "on", value_name = "on|off")]
    pub(crate) rate_limit: Switch,
    #[command(flatten)]
    pub(crate) capacity: CapacityOptions,
    /// The number of trusted proxies in front of the gateway: as many entries of X-Forwarded-For are believed.
    #[arg(long, env = "DVS_PROXIES_IN_FRONT", default_value_t = 0, value_name = "PROXIES")]
    pub(crate) proxies_in_front: usize,
    /// Allow experiments, such as moving the clock. Never for a store with real customers.
    #[arg(long, env = "DVS_LAB")]
    pub(crate) lab: bool,
    /// With --lab: where `dvs compare` leaves the report that the lab's page shows.
    #[arg(long, env = "DVS_COMPARISON", default_value = "comparison", value_name = "DIR")]
    pub(crate) comparison: PathBuf,
    /// With --lab: die at this point of an order, such as `charge:before` (`dvs lab crash-points` lists them).
    #[arg(long, env = "DVS_CRASH_AT", requires = "lab", hide = true, value_name = "POINT")]
    pub(crate) crash_at: Option<String>,
    #[command(flatten)]
    pub(crate) traces: TraceOptions,
    #[command(flatten)]
    pub(crate) mail: MailOptions,
    #[command(flatten)]
    pub(crate) payments: PaymentOptions,
    #[command(flatten)]
    pub(crate) media: MediaOptions,
    #[command(flatten)]
    pub(crate) token: TokenOptions,
}

impl ServeOptions {
    /// Refuses what is dangerous together.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.sell_without_film && self.public_url.as_ref().is_some_and(PublicUrl::is_https) {
            return Err(
                "--sell-without-film is for tests: a store with an https --public-url does not sell films that it does not have"
                    .to_owned(),
            );
        }
        Ok(())
    }
}

/// Where the databases are; without a URL they are SQLite files in the data folder.
#[derive(Debug, Default, Args)]
#[expect(clippy::struct_field_names, reason = "each is named like its option")]
pub(crate) struct DatabaseOptions {
    /// The PostgreSQL database of the one service that this process runs.
    #[arg(long, env = "DVS_DATABASE_URL", hide_env_values = true, value_name = "postgres://…")]
    pub(crate) database_url: Option<String>,
    /// The catalogue's PostgreSQL database.
    #[arg(
        long,
        env = "DVS_CATALOGUE_DATABASE_URL",
        hide_env_values = true,
        value_name = "postgres://…"
    )]
    pub(crate) catalogue_database_url: Option<String>,
    /// Rent's PostgreSQL database.
    #[arg(
        long,
        env = "DVS_RENT_DATABASE_URL",
        hide_env_values = true,
        value_name = "postgres://…"
    )]
    pub(crate) rent_database_url: Option<String>,
}

/// What proves who is calling, between processes; `dvs keys` makes a pair.
#[derive(Debug, Default, Args)]
#[expect(clippy::struct_field_names, reason = "each is named like its option")]
pub(crate) struct IdentityOptions {
    #[arg(long, env = "DVS_IDENTITY_KEY", hide_env_values = true, hide = true)]
    pub(crate) identity_key: Option<Key>,
    /// A file that holds the key with which rent signs identities; made in the data folder by default.
    #[arg(
        long,
        env = "DVS_IDENTITY_KEY_FILE",
        conflicts_with = "identity_key",
        value_name = "FILE"
    )]
    pub(crate) identity_key_file: Option<PathBuf>,
    /// With a catalogue and no rent in this process: the public half of rent's key.
    #[arg(long, env = "DVS_IDENTITY_PUBLIC_KEY", value_name = "KEY")]
    pub(crate) identity_public_key: Option<Key>,
}

#[derive(Debug, Args)]
pub(crate) struct MigrateOptions {
    /// Whose database it is.
    #[arg(long)]
    pub(crate) role: DatabaseRole,
    /// The PostgreSQL database.
    #[arg(long, env = "DVS_DATABASE_URL", hide_env_values = true, value_name = "postgres://…")]
    pub(crate) database_url: String,
    /// How long to keep trying when the database cannot be reached: it may be about to start.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=3600), value_name = "SECONDS")]
    pub(crate) wait: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DatabaseRole {
    Catalogue,
    Rent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Switch {
    On,
    Off,
}

#[derive(Debug, Default, Args)]
pub(crate) struct MediaOptions {
    /// Where film files are kept; the folder `media` in the data folder by default.
    #[arg(long, env = "DVS_MEDIA_URL", value_name = "file:///DIR")]
    pub(crate) media_url: Option<String>,
}

/// The secret that opens the store's name to tools and services over the network.
#[derive(Debug, Args)]
pub(crate) struct TokenOptions {
    #[arg(long, env = "DVS_SERVICE_TOKEN", hide_env_values = true, hide = true)]
    pub(crate) service_token: Option<String>,
    /// A file that holds the service token, with which tools act over the network with the store's own, full rights.
    #[arg(
        long,
        env = "DVS_SERVICE_TOKEN_FILE",
        conflicts_with = "service_token",
        value_name = "FILE"
    )]
    pub(crate) service_token_file: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn serve_needs_no_options() {
        assert!(Cli::try_parse_from(["dvs", "serve"]).is_ok());
    }

    #[test]
    fn a_public_store_sells_no_film_that_it_does_not_have() {
        let of = |url: &str| {
            let arguments = ["dvs", "serve", "--sell-without-film", "--public-url", url];
            match Cli::try_parse_from(arguments).unwrap().command {
                Command::Serve(options) => options.check(),
                _ => panic!("this is serve"),
            }
        };
        assert!(of("http://127.0.0.1:8000").is_ok());
        for url in [
            "https://films.example",
            "HTTPS://films.example",
            " https://films.example",
        ] {
            assert!(of(url).unwrap_err().contains("--sell-without-film"), "{url}");
        }
    }

    #[test]
    fn dying_at_a_point_is_for_the_lab() {
        let without_lab = Cli::try_parse_from(["dvs", "serve", "--crash-at", "charge:before"]);
        assert!(without_lab.is_err());
    }
}
