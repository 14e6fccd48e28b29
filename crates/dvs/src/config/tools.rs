//! The options of the tools that work on a store.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use rpc::{Addresses, Transport};

use super::{DatabaseOptions, MediaOptions, Role, TokenOptions};
use crate::values::{Bound, Decade, Price, Shift, SubtitleFile, Window};

/// Which store a tool works on.
#[derive(Debug, Args)]
pub(crate) struct StoreOptions {
    /// The store's data folder: the tool speaks to the store that runs there, or opens the folder itself.
    #[arg(long, env = "DVS_DATA_DIR", default_value = "data", value_name = "DIR")]
    pub(crate) data_dir: PathBuf,
    /// The catalogue service of a store elsewhere.
    #[arg(long, env = "DVS_CATALOGUE", value_name = "URL")]
    pub(crate) catalogue: Option<Addresses>,
    /// The rent service of a store elsewhere.
    #[arg(long, env = "DVS_RENT", value_name = "URL")]
    pub(crate) rent: Option<Addresses>,
    /// How the tool talks: grpc or rest.
    #[arg(long, env = "DVS_TRANSPORT", default_value = "grpc")]
    pub(crate) transport: Transport,
    #[command(flatten)]
    pub(crate) token: TokenOptions,
}

#[derive(Debug, Args)]
pub(crate) struct ImportOptions {
    /// Tables, workbooks, JSON or JSON Lines, also packed by gzip.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// What renting a film costs that says no price itself, such as BRL:1490 for R$ 14,90.
    #[arg(long, value_name = "CURRENCY:MINOR")]
    pub(crate) rent_price: Option<Price>,
    /// What buying a film costs that says no price itself.
    #[arg(long, value_name = "CURRENCY:MINOR")]
    pub(crate) buy_price: Option<Price>,
    /// How the columns of tables are read: where the file is not there the guess is written to it, to be corrected.
    #[arg(long, value_name = "FILE")]
    pub(crate) mapping: Option<PathBuf>,
    /// What texts are written in, such as windows-1252; found out when it is not given.
    #[arg(long, value_name = "NAME")]
    pub(crate) encoding: Option<String>,
    /// What prices are in that do not say it, such as BRL.
    #[arg(long, value_name = "CURRENCY")]
    pub(crate) currency: Option<String>,
    /// Say what would change, field by field, and change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Let rows give films that are known by their ids another name and year, those too that were sold.
    #[arg(long)]
    pub(crate) allow_renames: bool,
    #[command(flatten)]
    pub(crate) store: StoreOptions,
}

#[derive(Debug, Args)]
pub(crate) struct ExportOptions {
    /// Where to: a name that ends in .jsonl or .csv, and in .gz to have it packed.
    #[arg(long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Replace the file if it is there.
    #[arg(long)]
    pub(crate) overwrite: bool,
    /// Only films of these genres.
    #[arg(long = "genre", value_name = "GENRE")]
    pub(crate) genres: Vec<String>,
    /// Only films of these decades, such as 1920s.
    #[arg(long = "decade", value_name = "DECADE")]
    pub(crate) decades: Vec<Decade>,
    /// Only films from these countries, such as BR or Brazil.
    #[arg(long = "country", value_name = "COUNTRY")]
    pub(crate) countries: Vec<String>,
    /// Only films in these languages, such as pt or Portuguese.
    #[arg(long = "language", value_name = "LANGUAGE")]
    pub(crate) languages: Vec<String>,
    /// Films in a batch, at most.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(i32).range(1..=4096), value_name = "FILMS")]
    pub(crate) batch_size: i32,
    #[command(flatten)]
    pub(crate) store: StoreOptions,
}

#[derive(Debug, Args)]
pub(crate) struct DoctorOptions {
    /// Check as these roles: what they call, and their databases. Network policies let nothing else through.
    #[arg(long, env = "DVS_ROLE", value_delimiter = ',', value_name = "ROLE,…")]
    pub(crate) role: Vec<Role>,
    /// The gateways, or the load balancer in front of them.
    #[arg(long, env = "DVS_GATEWAY", value_delimiter = ',', value_name = "URL,…")]
    pub(crate) gateway: Vec<String>,
    #[command(flatten)]
    pub(crate) databases: DatabaseOptions,
    #[command(flatten)]
    pub(crate) store: StoreOptions,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct DemonstrationOptions {
    #[command(subcommand)]
    pub(crate) command: Option<DemonstrationCommand>,
    /// How long to wait for the catalogue of --catalogue to serve: it may be about to start.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=3600), value_name = "SECONDS")]
    pub(crate) wait: u64,
    #[command(flatten)]
    pub(crate) place: DemonstrationPlace,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DemonstrationCommand {
    /// Remove the demonstration's films and collections; films that were sold are hidden, and stay with their buyers.
    Remove(DemonstrationPlace),
}

#[derive(Debug, Args)]
pub(crate) struct DemonstrationPlace {
    #[command(flatten)]
    pub(crate) media: MediaOptions,
    #[command(flatten)]
    pub(crate) store: StoreOptions,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TitleCommand {
    /// List the films: id, name, year, source and the id there, and whether a film is hidden.
    List(TitleListOptions),
    /// Hide a film: it is not found, listed or sold, and those who have it keep it.
    Hide(TitleOptions),
    /// Show a hidden film again.
    Show(TitleOptions),
    /// Delete a film; one that was sold is hidden instead, and stays with its buyers.
    Delete(TitleOptions),
}

#[derive(Debug, Args)]
pub(crate) struct TitleListOptions {
    /// Only films that have this in their names.
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) store: StoreOptions,
}

#[derive(Debug, Args)]
pub(crate) struct TitleOptions {
    /// The film's id, or its name, such as "Limite"; "Limite (1931)" where several films are called so.
    pub(crate) title: String,
    #[command(flatten)]
    pub(crate) media: MediaOptions,
    #[command(flatten)]
    pub(crate) store: StoreOptions,
}

#[derive(Debug, Subcommand)]
pub(crate) enum OfferCommand {
    /// Set the price of renting or buying a film, its windows, and when it is sold. What is not given stays as it is.
    Set(OfferSetOptions),
}

#[derive(Debug, Args)]
pub(crate) struct OfferSetOptions {
    /// The film's id, or its name, such as "Limite"; "Limite (1931)" where several films are called so.
    pub(crate) title: String,
    /// Whether the offer rents or sells the film.
    pub(crate) kind: OfferKind,
    /// Such as BRL:1490 for R$ 14,90; an offer that is there keeps its price without it.
    #[arg(value_name = "CURRENCY:MINOR")]
    pub(crate) price: Option<Price>,
    /// For a rental: from payment to the first play, such as 720h or 30d, or `default` (30 days).
    #[arg(long, value_name = "HOURS")]
    pub(crate) start_window: Option<Window>,
    /// For a rental: from the first play to the end, such as 48h, or `default` (48 hours).
    #[arg(long, value_name = "HOURS")]
    pub(crate) viewing_window: Option<Window>,
    /// From when it is sold: a date such as 2026-01-31, a time such as 2026-01-31T20:00:00Z, or `none`.
    #[arg(long, value_name = "DATE")]
    pub(crate) from: Option<Bound>,
    /// Until when it is sold: a date, with that day, a time, or `none`.
    #[arg(long, value_name = "DATE")]
    pub(crate) until: Option<Bound>,
    #[command(flatten)]
    pub(crate) store: StoreOptions,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum OfferKind {
    Rent,
    Buy,
}

#[derive(Debug, Subcommand)]
pub(crate) enum MediaCommand {
    /// Give a film its file, which is probed first and replaces an earlier one; or its subtitles and chapters.
    Add(MediaAddOptions),
    /// Say what was found in a film's file, and whether it plays.
    Status(MediaStatusOptions),
}

#[derive(Debug, Args)]
pub(crate) struct MediaAddOptions {
    /// The film's id, or its name, such as "Limite"; "Limite (1931)" where several films are called so.
    pub(crate) title: String,
    /// An MP4 or WebM file.
    #[arg(required_unless_present_any = ["subtitles", "chapters"])]
    pub(crate) file: Option<PathBuf>,
    /// Subtitles in a language, such as pt-BR:filme.srt; once for each language. WebVTT, SRT, ASS or SBV, in any encoding.
    #[arg(long, value_name = "LANGUAGE:FILE")]
    pub(crate) subtitles: Vec<SubtitleFile>,
    /// The film's chapters (WebVTT).
    #[arg(long, value_name = "FILE")]
    pub(crate) chapters: Option<PathBuf>,
    /// Sell the film even if browsers do not play it.
    #[arg(long)]
    pub(crate) sell_anyway: bool,
    #[command(flatten)]
    pub(crate) media: MediaOptions,
    #[command(flatten)]
    pub(crate) store: StoreOptions,
}

#[derive(Debug, Args)]
pub(crate) struct MediaStatusOptions {
    /// The film's id, or its name, such as "Limite"; "Limite (1931)" where several films are called so.
    pub(crate) title: String,
    /// As one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) media: MediaOptions,
    #[command(flatten)]
    pub(crate) store: StoreOptions,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CollectionCommand {
    /// Create collections from a JSON file, and replace those that exist.
    Put(CollectionPutOptions),
    /// List the collections.
    List(CollectionListOptions),
    /// Delete a collection; its films stay.
    Delete(CollectionDeleteOptions),
}

#[derive(Debug, Args)]
pub(crate) struct CollectionPutOptions {
    /// One collection, or a list of them: id, position, name, description, titles.
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) store: StoreOptions,
}

#[derive(Debug, Args)]
pub(crate) struct CollectionListOptions {
    #[command(flatten)]
    pub(crate) store: StoreOptions,
}

#[derive(Debug, Args)]
pub(crate) struct CollectionDeleteOptions {
    /// The collection's id, as `dvs collection list` says it.
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) store: StoreOptions,
}

#[derive(Debug, Subcommand)]
pub(crate) enum StaffCommand {
    /// Make a customer staff, whose e-mail address is verified.
    Add(StaffMemberOptions),
    /// Who is staff: an address and a name a line, oldest account first.
    List(StoreOptions),
    /// Make a member of staff a customer again, and sign them out everywhere.
    Remove(StaffMemberOptions),
}

#[derive(Debug, Args)]
pub(crate) struct StaffMemberOptions {
    /// The verified address of the member's account.
    pub(crate) email: String,
    #[command(flatten)]
    pub(crate) store: StoreOptions,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SandboxCommand {
    /// What the sandbox provider really charged, as JSON Lines.
    Charges(StoreOptions),
    /// Pay an order that waits for a Pix, as its customer would.
    Pay(SandboxPayOptions),
}

#[derive(Debug, Args)]
pub(crate) struct SandboxPayOptions {
    /// The order's id, as in the address of its page.
    pub(crate) order_id: String,
    #[command(flatten)]
    pub(crate) store: StoreOptions,
}

#[derive(Debug, Subcommand)]
pub(crate) enum FolderCommand {
    /// Say that the databases in the folder belong together from now on, though one is missing, older than the others,
    /// or without its journal: what they lack is lost.
    Accept(FolderAcceptOptions),
}

#[derive(Debug, Args)]
pub(crate) struct FolderAcceptOptions {
    /// The store's data folder.
    #[arg(long, env = "DVS_DATA_DIR", default_value = "data", value_name = "DIR")]
    pub(crate) data_dir: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LabCommand {
    /// Move the store's clock, for every role.
    Clock(ClockOptions),
    /// The points of an order at which `serve --lab --crash-at` can die.
    CrashPoints,
}

#[derive(Debug, Args)]
pub(crate) struct ClockOptions {
    /// How far, such as +49h, -30m or +2d.
    #[arg(allow_hyphen_values = true)]
    pub(crate) shift: Shift,
    #[command(flatten)]
    pub(crate) store: StoreOptions,
}

#[derive(Debug, Args)]
pub(crate) struct StudyOptions {
    /// Which kind of call.
    pub(crate) kind: CallKind,
    /// With bidi, on a store that runs: the session of the customer who watches.
    #[arg(
        long,
        env = "DVS_SESSION",
        hide_env_values = true,
        requires = "entitlement",
        value_name = "TOKEN"
    )]
    pub(crate) session: Option<String>,
    /// With bidi, on a store that runs: what the customer watches, by its id in the library.
    #[arg(long, requires = "session", value_name = "ID")]
    pub(crate) entitlement: Option<String>,
    /// Also show the first bytes of each message.
    #[arg(long)]
    pub(crate) hex: bool,
    #[command(flatten)]
    pub(crate) store: StoreOptions,
}

/// The four kinds of gRPC call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CallKind {
    /// A message there, a message back: a title is looked up.
    Unary,
    /// A message there, a stream back: the catalogue is exported.
    ServerStream,
    /// A stream there, a message back: titles are imported.
    ClientStream,
    /// A stream each way: a film is played.
    Bidi,
}
