//! A store that runs: the binary, its data folder and its address.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use reqwest::Client;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// Far more than a start takes on a busy machine.
const START_LIMIT: Duration = Duration::from_mins(1);
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// How a store is to be opened.
#[derive(Clone)]
pub struct Opening {
    folder: Arc<TempDir>,
    arguments: Vec<String>,
}

impl Opening {
    /// A store in a new folder, without limits on requests.
    pub fn new() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("dvs-e2e-").tempdir()?;
        Ok(Self {
            folder: Arc::new(folder),
            arguments: vec!["--rate-limit".into(), "off".into()],
        })
    }

    /// Adds arguments of `dvs serve`.
    #[must_use]
    pub fn with(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(ToString::to_string));
        self
    }

    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A path in the store's own temporary folder, outside its data.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Opens the store and waits until it says where.
    pub async fn start(&self) -> Result<Store> {
        let log = std::fs::File::options().create(true).append(true).open(self.log())?;
        let mut process = Command::new(binary()?)
            .arg("serve")
            .args(["--listen", "127.0.0.1:0", "--data-dir"])
            .arg(self.data_dir())
            .args(&self.arguments)
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()?;
        let stdout = process.stdout.take().context("a pipe was asked for")?;
        let mut lines = BufReader::new(stdout).lines();
        let address = loop {
            let line = timeout(START_LIMIT, lines.next_line())
                .await
                .context("the store did not open")??;
            let Some(line) = line else {
                bail!("the store ended before it opened: {}", self.log_text()?);
            };
            if let Some(start) = line.find("http://") {
                let address = line[start..].split_whitespace().next().unwrap_or_default();
                break address.trim_end_matches('/').to_owned();
            }
        };
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Store {
            opening: self.clone(),
            process,
            address,
            http: Client::builder().redirect(reqwest::redirect::Policy::none()).build()?,
        })
    }

    /// Starts a store that must not open, and gives back how it ended and what it said.
    pub async fn start_refused(&self) -> Result<(ExitStatus, String)> {
        let spawned = Command::new(binary()?)
            .arg("serve")
            .arg("--data-dir")
            .arg(self.data_dir())
            .args(&self.arguments)
            .kill_on_drop(true)
            .output();
        let output = timeout(START_LIMIT, spawned)
            .await
            .context("the store did not refuse")??;
        Ok((output.status, String::from_utf8(output.stderr)?))
    }

    pub fn log_text(&self) -> Result<String> {
        Ok(std::fs::read_to_string(self.log())?)
    }

    fn log(&self) -> PathBuf {
        self.path("log")
    }
}

/// An open store; it is killed when it is dropped.
pub struct Store {
    opening: Opening,
    process: Child,
    address: String,
    http: Client,
}

impl Store {
    pub async fn open() -> Result<Self> {
        Opening::new()?.start().await
    }

    pub fn opening(&self) -> &Opening {
        &self.opening
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    pub fn http(&self) -> &Client {
        &self.http
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// A page of the public API that must be there.
    pub async fn get(&self, path: &str) -> Result<Value> {
        let answer = self.http.get(self.url(path)).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        ensure!(status.is_success(), "{path} answered {status}: {text}");
        Ok(serde_json::from_str(&text)?)
    }

    /// The id of the one title that a search for these words finds first.
    pub async fn title_id(&self, words: &str) -> Result<String> {
        let answer = self
            .http
            .get(self.url("/api/v1/titles"))
            .query(&[("q", words)])
            .send()
            .await?;
        let found: Value = answer.error_for_status()?.json().await?;
        let id = found["titles"][0]["id"].as_str();
        Ok(id.with_context(|| format!("{words:?} found nothing"))?.to_owned())
    }

    /// Waits for the process to end by itself.
    pub async fn ended(&mut self) -> Result<ExitStatus> {
        Ok(timeout(STOP_LIMIT, self.process.wait())
            .await
            .context("the store did not end")??)
    }

    /// Asks the store to stop, as Ctrl-C does.
    pub async fn stop(mut self) -> Result<ExitStatus> {
        self.signal("INT").await?;
        self.ended().await
    }

    /// Kills the process where it stands.
    pub async fn kill(mut self) -> Result<Opening> {
        self.process.kill().await?;
        Ok(self.opening)
    }

    pub async fn signal(&self, name: &str) -> Result<()> {
        let id = self.process.id().context("the store has ended")?;
        let sent = Command::new("kill")
            .arg(format!("-{name}"))
            .arg(id.to_string())
            .status()
            .await?;
        ensure!(sent.success(), "the signal {name} was not sent");
        Ok(())
    }

    /// What is resident in memory, in bytes.
    pub fn resident_bytes(&self) -> Result<u64> {
        let id = self.process.id().context("the store has ended")?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .context("no VmRSS")?;
        let kibibytes: u64 = line.trim().trim_end_matches(" kB").trim().parse()?;
        Ok(kibibytes * 1024)
    }
}

/// The binary under test: `DVS_BIN`, or what `cargo build` makes.
pub(crate) fn binary() -> Result<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "the harness is told which binary to run")]
    let told = std::env::var_os("DVS_BIN").map(PathBuf::from);
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/debug/dvs");
    let binary = told.unwrap_or(workspace);
    ensure!(
        binary.is_file(),
        "{} is not built: run `cargo build`, or set DVS_BIN",
        binary.display()
    );
    Ok(binary)
}
