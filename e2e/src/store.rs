//! A running store: the program, its data folder and its address.

use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use reqwest::Client;
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;
use tokio::time::timeout;

use crate::postgres::Postgres;
use crate::process::{Process, START_LIMIT, binary, free_port};
use crate::tool::{self, Output};

/// How to open a store.
#[derive(Clone)]
pub struct Opening {
    folder: Arc<TempDir>,
    arguments: Vec<String>,
    /// Variables of the processes' environment.
    variables: Vec<(String, String)>,
    /// The command that runs the store, if the test does not run it directly.
    runner: Vec<String>,
    apart: Option<Arc<Apart>>,
}

/// What a store needs when its roles run in processes of their own.
struct Apart {
    catalogue: u16,
    rent: u16,
    keys: Vec<(String, String)>,
    postgres: Option<Postgres>,
}

/// The database engine of a store whose roles run in processes of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Each role has a file in its own folder.
    Sqlite,
    /// Each role has a database of a server.
    Postgres,
    /// The same, with a pooler in front of the server.
    Pooled,
}

impl Opening {
    /// A store in a new folder, without limits on requests.
    pub fn new() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("dvs-e2e-").tempdir()?;
        Ok(Self {
            folder: Arc::new(folder),
            arguments: vec!["--rate-limit".into(), "off".into()],
            variables: Vec::new(),
            runner: Vec::new(),
            apart: None,
        })
    }

    /// A store whose roles run in processes of their own, with the demonstration's films.
    pub async fn apart(engine: Engine) -> Result<Self> {
        let keys = tool::dvs(["keys"]).await?.stdout;
        let pair = |line: &str| {
            line.split_once('=')
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
        };
        let apart = Apart {
            catalogue: free_port()?,
            rent: free_port()?,
            keys: keys.lines().filter_map(pair).collect(),
            postgres: match engine {
                Engine::Sqlite => None,
                Engine::Postgres => Some(Postgres::start().await?),
                Engine::Pooled => Some(Postgres::start().await?.behind_a_pooler().await?),
            },
        };
        if let Some(postgres) = &apart.postgres {
            postgres.migrate().await?;
        }
        let apart = Some(Arc::new(apart));
        Ok(Self { apart, ..Self::new()? })
    }

    /// A store with its rate limits on, as an operator has it.
    pub fn limited() -> Result<Self> {
        Ok(Self {
            arguments: Vec::new(),
            ..Self::new()?
        })
    }

    /// Adds arguments to `dvs serve`.
    #[must_use]
    pub fn with(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(ToString::to_string));
        self
    }

    /// Adds variables to the environment of `dvs serve`.
    #[must_use]
    pub fn told_by(mut self, variables: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        self.variables.extend(variables.iter().map(owned));
        self
    }

    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A path in the store's own temporary folder, outside its data.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a tool on this store.
    pub async fn tool(&self, arguments: &[&str]) -> Result<Output> {
        let mut reach = Vec::new();
        let mut keys: &[(String, String)] = &[];
        match &self.apart {
            None => reach.extend(["--data-dir".into(), self.data_dir().display().to_string()]),
            Some(apart) => {
                keys = &apart.keys;
                reach.extend(["--catalogue".into(), local(apart.catalogue)]);
                reach.extend(["--rent".into(), local(apart.rent)]);
            }
        }
        let arguments = arguments.iter().copied().chain(reach.iter().map(String::as_str));
        tool::dvs_with(arguments, keys).await
    }

    /// Checks that the ledger has no difference to the orders and the provider's record.
    pub async fn expect_ledger_right(&self) -> Result<()> {
        let checked = self.tool(&["ledger", "check"]).await?;
        let is_right = checked.code == 0 && checked.stdout.trim_end().ends_with("no difference");
        ensure!(is_right, "the ledger differs: {checked:?}");
        Ok(())
    }

    /// Opens the store and waits until it reports its address.
    pub async fn start(&self) -> Result<Store> {
        let mut services = Vec::new();
        let mut gateway = self.command("data")?;
        match &self.apart {
            None => {}
            Some(apart) => {
                let mut catalogue = self.role("catalogue", apart)?;
                catalogue.args(["--listen", &host(apart.catalogue)]);
                services.push(Process::start(catalogue, &self.log()).await?);
                let mut rent = self.role("rent", apart)?;
                rent.args(["--listen", &host(apart.rent), "--catalogue", &local(apart.catalogue)]);
                services.push(Process::start(rent, &self.log()).await?);
                if apart.postgres.is_some() {
                    self.load_demonstration().await?;
                }
                gateway = self.role("gateway", apart)?;
                gateway.args(["--catalogue", &local(apart.catalogue), "--rent", &local(apart.rent)]);
            }
        }
        gateway.args(["--listen", "127.0.0.1:0"]);
        let gateway = Process::start(gateway, &self.log()).await?;
        Ok(Store {
            opening: self.clone(),
            address: gateway.address.clone(),
            gateway,
            services,
            http: Client::builder().redirect(reqwest::redirect::Policy::none()).build()?,
        })
    }

    /// The command of one role's process, without an address to listen on.
    fn role(&self, role: &str, apart: &Apart) -> Result<Command> {
        let mut command = self.command(role)?;
        command.args(["--role", role, "--media-url", &self.media_url()]);
        command.envs(apart.keys.iter().map(|(name, value)| (name, value)));
        if let Some(postgres) = apart.postgres.as_ref().filter(|_| role != "gateway") {
            command.args(["--database-url", &postgres.url(role)]);
        }
        Ok(command)
    }

    async fn load_demonstration(&self) -> Result<()> {
        let loaded = self.tool(&["demonstration", "--media-url", &self.media_url()]).await?;
        ensure!(loaded.code == 0, "{loaded:?}");
        Ok(())
    }

    fn media_url(&self) -> String {
        format!("file://{}", self.path("media").display())
    }

    fn command(&self, data_dir: &str) -> Result<Command> {
        let mut command = self.program()?;
        command
            .arg("serve")
            .arg("--data-dir")
            .arg(self.path(data_dir))
            .args(&self.arguments);
        Ok(command)
    }

    /// Runs the store by another program, such as `prlimit --nofile=64`.
    #[must_use]
    pub fn run_by(mut self, runner: &[&str]) -> Self {
        self.runner = runner.iter().map(ToString::to_string).collect();
        self
    }

    fn program(&self) -> Result<Command> {
        let mut command = match self.runner.split_first() {
            None => Command::new(binary()?),
            Some((runner, arguments)) => {
                let mut command = Command::new(runner);
                command.args(arguments).arg(binary()?);
                command
            }
        };
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        Ok(command)
    }

    /// Starts a store that must refuse to open; returns how it ended and what it printed.
    pub async fn start_refused(&self) -> Result<(ExitStatus, String)> {
        let spawned = self
            .program()?
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

    /// The warnings and errors in the log.
    pub fn complaints(&self) -> Result<Vec<String>> {
        const WITHOUT_WEB: &str = "without the web app";
        let log = self.log_text()?;
        let complains = |line: &&str| (line.contains("WARN") || line.contains("ERROR")) && !line.contains(WITHOUT_WEB);
        Ok(log.lines().filter(complains).map(str::to_owned).collect())
    }

    fn log(&self) -> PathBuf {
        self.path("log")
    }
}

/// An open store; dropping it kills its processes.
pub struct Store {
    opening: Opening,
    gateway: Process,
    /// The processes of catalogue and rent, if they have their own.
    services: Vec<Process>,
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

    /// Gets a resource of the public API that must exist.
    pub async fn get(&self, path: &str) -> Result<Value> {
        let answer = self.http.get(self.url(path)).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        ensure!(status.is_success(), "{path} answered {status}: {text}");
        Ok(serde_json::from_str(&text)?)
    }

    /// The id of the title that a search for these words finds first.
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
        self.gateway.ended().await
    }

    /// Asks the processes to stop as Ctrl-C does, the gateway first. Returns the first status that was a failure, if any.
    pub async fn stop(self) -> Result<ExitStatus> {
        let mut end = None;
        for mut process in std::iter::once(self.gateway).chain(self.services.into_iter().rev()) {
            process.signal("INT").await?;
            let status = process.ended().await?;
            end = end.filter(|end: &ExitStatus| !end.success()).or(Some(status));
        }
        end.context("a store has a process")
    }

    /// Kills the processes with SIGKILL.
    pub async fn kill(mut self) -> Result<Opening> {
        self.gateway.child.kill().await?;
        for service in &mut self.services {
            service.child.kill().await?;
        }
        Ok(self.opening)
    }

    /// Sends a signal to the gateway's process.
    pub async fn signal(&self, name: &str) -> Result<()> {
        self.gateway.signal(name).await
    }

    /// How long the gateway's process has used a processor, in its own code and in the system's.
    pub fn processor_time(&self) -> Result<Duration> {
        // The kernel counts in hundredths of a second, whatever the machine.
        const TICK: Duration = Duration::from_millis(10);
        let id = self.gateway.child.id().context("the store has ended")?;
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
        // The name before it may have spaces. User and system time are the 14th and 15th field of all.
        let (_, fields) = stat.rsplit_once(')').context("no fields")?;
        let times = fields.split_whitespace().skip(11).take(2);
        let ticks = times.map(str::parse::<u32>).sum::<std::result::Result<u32, _>>()?;
        Ok(TICK * ticks)
    }

    /// The resident memory, in bytes.
    pub fn resident_bytes(&self) -> Result<u64> {
        let id = self.gateway.child.id().context("the store has ended")?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .context("no VmRSS")?;
        let kibibytes: u64 = line.trim().trim_end_matches(" kB").trim().parse()?;
        Ok(kibibytes * 1024)
    }
}

pub(crate) fn host(port: u16) -> String {
    format!("127.0.0.1:{port}")
}

pub(crate) fn local(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}
