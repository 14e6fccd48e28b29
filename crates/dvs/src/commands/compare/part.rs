//! The processes of a comparison: this same binary, each with another part.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use bench::{FloorAddresses, FloorSettings};
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, stdin, stdout};
use tokio::net::TcpListener;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::config::{ComparePart, ComparePartOptions};
use crate::folder::DataFolder;
use crate::media;
use crate::node::{Node, NodeOptions};

/// How long a service may take to open, its search index included.
const START_LIMIT: Duration = Duration::from_mins(5);
/// How long a process may take to end.
const END_LIMIT: Duration = Duration::from_secs(30);

/// Runs the part that `dvs compare` has asked for.
pub(crate) async fn run(options: ComparePartOptions) -> Result<()> {
    match options.part {
        ComparePart::Generator => generator(options.data_dir.as_deref()).await,
        ComparePart::Floor => floor().await,
    }
}

async fn generator(data_dir: Option<&Path>) -> Result<()> {
    let Some(data_dir) = data_dir else {
        return bench::generate(BufReader::new(stdin()), stdout(), None).await;
    };
    let folder = DataFolder::open(data_dir, "dvs compare")?;
    let media = media::open(None, data_dir)?;
    let node = Node::open(folder, media.clone(), NodeOptions::for_study()).await?;
    let generated = bench::generate(BufReader::new(stdin()), stdout(), node.catalogue.clone()).await;
    node.close().await;
    generated
}

async fn floor() -> Result<()> {
    let line = BufReader::new(stdin()).lines().next_line().await?;
    let settings: FloorSettings = serde_json::from_str(&line.context("no settings came on standard input")?)?;
    let http = TcpListener::bind("127.0.0.1:0").await?;
    let grpc = TcpListener::bind("127.0.0.1:0").await?;
    let addresses = FloorAddresses {
        http: format!("http://{}", http.local_addr()?),
        grpc: format!("http://{}", grpc.local_addr()?),
    };
    let mut told = serde_json::to_vec(&addresses)?;
    told.push(b'\n');
    let mut out = stdout();
    out.write_all(&told).await?;
    out.flush().await?;
    bench::serve_floor(settings, http, grpc).await
}

/// A process of this binary; it is killed when it is dropped.
pub(super) struct Part {
    child: Child,
}

impl Part {
    pub(super) fn generator(data_dir: Option<&Path>) -> Result<Self> {
        let mut command = command()?;
        command.args(["compare-part", "generator"]);
        if let Some(data_dir) = data_dir {
            command.arg("--data-dir").arg(data_dir);
        }
        Self::start(command.stdin(Stdio::piped()))
    }

    /// Starts a floor with these settings, and returns its addresses.
    pub(super) async fn floor(settings: &FloorSettings) -> Result<(Self, FloorAddresses)> {
        let mut part = Self::start(command()?.args(["compare-part", "floor"]).stdin(Stdio::piped()))?;
        let (mut orders, reports) = part.line()?;
        let mut line = serde_json::to_vec(settings)?;
        line.push(b'\n');
        orders.write_all(&line).await?;
        let line = BufReader::new(reports).lines().next_line().await?;
        let addresses = serde_json::from_str(&line.context("a floor ended before it opened")?)?;
        Ok((part, addresses))
    }

    /// Starts a service of the store, and returns the address that it prints.
    pub(super) async fn service(
        arguments: &[&str],
        data_dir: &Path,
        keys: &[(&str, String)],
    ) -> Result<(Self, String)> {
        let mut command = command()?;
        command.args(["serve", "--listen", "127.0.0.1:0", "--no-demo", "--rate-limit", "off"]);
        // The titles of a comparison are generated and have no film files.
        command.arg("--sell-without-film");
        command.args(arguments).arg("--data-dir").arg(data_dir);
        let mut part = Self::start(command.envs(keys.iter().map(|(name, value)| (name, value))))?;
        let said = part.child.stdout.take().context("a pipe was asked for")?;
        let address = tokio::time::timeout(START_LIMIT, address(said));
        let address = address.await.context("a service did not open in time")??;
        Ok((part, address))
    }

    fn start(command: &mut Command) -> Result<Self> {
        let child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn();
        Ok(Self {
            child: child.context("a process could not be started")?,
        })
    }

    /// The process's standard input and output.
    pub(super) fn line(&mut self) -> Result<(ChildStdin, ChildStdout)> {
        let orders = self.child.stdin.take().context("a pipe was asked for")?;
        Ok((orders, self.child.stdout.take().context("a pipe was asked for")?))
    }

    pub(super) fn id(&self) -> Result<u32> {
        self.child.id().context("a process has ended")
    }

    /// Sends it the signal to end.
    pub(super) async fn stop(self, what: &str) -> Result<()> {
        let id = Pid::from_raw(self.id()?.cast_signed()).context("a process has a number")?;
        kill_process(id, Signal::TERM)?;
        self.ended(what).await
    }

    /// Waits until it ends by itself.
    pub(super) async fn ended(mut self, what: &str) -> Result<()> {
        let ended = tokio::time::timeout(END_LIMIT, self.child.wait()).await;
        let ended = ended.with_context(|| format!("{what} did not end"))??;
        ensure!(ended.success(), "{what} did not end well: {ended}");
        Ok(())
    }
}

fn command() -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args(["--log", "warn", "--no-security-log"])
        .stdin(Stdio::null());
    Ok(command)
}

/// The address that a service prints.
async fn address(said: ChildStdout) -> Result<String> {
    let mut lines = BufReader::new(said).lines();
    while let Some(line) = lines.next_line().await? {
        if let Some(address) = line.split_whitespace().find(|word| word.starts_with("http://")) {
            return Ok(address.trim_end_matches(['/', ',']).to_owned());
        }
    }
    bail!("a service ended before it opened")
}
