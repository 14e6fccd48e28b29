//! The store's one program: it opens the store, and it is the tools that work on one.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod collection;
mod commands;
mod companions;
mod config;
mod crash;
mod databases;
mod demonstration;
mod export;
mod folder;
mod identity;
mod import;
mod media;
mod node;
mod payment_accounts;
mod private;
mod public_url;
mod reach;
mod servers;
mod spreadsheet;
mod study;
mod telemetry;
mod titles;
mod trouble;
mod values;

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

use crate::config::{
    Cli, CollectionCommand, Command, FolderCommand, JobsCommand, LabCommand, LedgerCommand, MailCommand, MediaCommand,
    OfferCommand, OrderCommand, SandboxCommand, SettingsCommand, StaffCommand, TitleCommand,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// SIGXFSZ: a file may not grow beyond the limit. The write fails, so the process need not end.
const FILE_SIZE_EXCEEDED: i32 = 25;
/// How long threads may take to end after everything else has ended.
const LAST_THREADS: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    // Transparent huge pages are cleared completely even if only a few bytes in them are used: that costs a service
    // time and memory. The call fails on a kernel without them, which does not matter.
    let _ = rustix::thread::disable_transparent_huge_pages(true);
    private::create_for_the_owner_alone();
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // All causes on one line, the nearest first. If standard error is closed, the message is lost.
            let _ = writeln!(std::io::stderr(), "error: {}", store::causes(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

fn run(mut cli: Cli) -> Result<()> {
    // A study opens a temporary store with an invented customer, so its security log is of no use.
    cli.log.no_security_log |= matches!(cli.command, Command::Study(_));
    telemetry::start_log(&cli.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the runtime could not be started")?;
    let done = runtime.block_on(command(cli.command));
    // Threads that are still blocked, for example by a disk, are left behind.
    runtime.shutdown_timeout(LAST_THREADS);
    done
}

async fn command(command: Command) -> Result<()> {
    // A handler whose stream is dropped stays installed; without it, the signal would end the process.
    let _ = signal(SignalKind::from_raw(FILE_SIZE_EXCEEDED));
    match command {
        Command::Serve(options) => commands::serve::run(*options).await,
        Command::Import(options) => commands::import::run(options).await,
        Command::Export(options) => commands::export::run(options).await,
        Command::Demonstration(options) => commands::demonstration::run(options).await,
        Command::Title(TitleCommand::List(options)) => commands::title::list(options).await,
        Command::Title(TitleCommand::Hide(options)) => commands::title::hide(options, true).await,
        Command::Title(TitleCommand::Show(options)) => commands::title::hide(options, false).await,
        Command::Title(TitleCommand::Delete(options)) => commands::title::delete(options).await,
        Command::Offer(OfferCommand::Set(options)) => commands::offer::set(options).await,
        Command::Media(MediaCommand::Add(options)) => commands::media::add(options).await,
        Command::Media(MediaCommand::Status(options)) => commands::media::status(options).await,
        Command::Collection(CollectionCommand::Put(options)) => commands::collection::put(options).await,
        Command::Collection(CollectionCommand::List(options)) => commands::collection::list(options).await,
        Command::Collection(CollectionCommand::Delete(options)) => commands::collection::delete(options).await,
        Command::Settings(SettingsCommand::Show(options)) => commands::settings::show(options).await,
        Command::Settings(SettingsCommand::Set(options)) => commands::settings::set(options).await,
        Command::Staff(StaffCommand::Add(options)) => commands::staff::add(options).await,
        Command::Staff(StaffCommand::List(options)) => commands::staff::list(options).await,
        Command::Staff(StaffCommand::Remove(options)) => commands::staff::remove(options).await,
        Command::Mail(MailCommand::Preview(options)) => commands::mail::preview(&options),
        Command::Jobs(JobsCommand::List(options)) => commands::jobs::list(options).await,
        Command::Jobs(JobsCommand::Retry(options)) => commands::jobs::retry(options).await,
        Command::Jobs(JobsCommand::Drop(options)) => commands::jobs::drop(options).await,
        Command::Order(OrderCommand::Show(options)) => commands::order::show(options).await,
        Command::Order(OrderCommand::Refund(options)) => commands::order::refund(options).await,
        Command::Ledger(LedgerCommand::Check(options)) => commands::ledger::check(options).await,
        Command::Sandbox(SandboxCommand::Charges(options)) => commands::sandbox::charges(options).await,
        Command::Sandbox(SandboxCommand::Pay(options)) => commands::sandbox::pay(options).await,
        Command::Lab(LabCommand::Clock(options)) => commands::lab::clock(options).await,
        Command::Lab(LabCommand::CrashPoints) => commands::lab::crash_points(),
        Command::Folder(FolderCommand::Accept(options)) => commands::folder::accept(options).await,
        Command::Migrate(options) => commands::migrate::run(options).await,
        Command::Doctor(options) => commands::doctor::run(options).await,
        Command::Keys => commands::keys::run(),
        Command::Compare(options) => commands::compare::run(options).await,
        Command::ComparePart(options) => commands::compare::part(options).await,
        Command::Study(options) => commands::study::run(options).await,
        Command::Openapi => commands::say(lab::openapi()),
    }
}
