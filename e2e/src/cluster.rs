//! The distributed store: two processes of each role, and one database server behind a connection that tests can cut.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio::sync::Mutex;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::balancer::Balancer;
use crate::postgres::Postgres;
use crate::process::{Process, binary, free_port};
use crate::store::{host, local};
use crate::tool::{self, Output};

/// How long a process still serves after it was asked to end: long enough for the balancer to notice.
const LINGER_SECONDS: &str = "1";

/// The processes of a distributed store, by their role.
pub const MEMBERS: [&str; 6] = [
    "catalogue-1",
    "catalogue-2",
    "rent-1",
    "rent-2",
    "gateway-1",
    "gateway-2",
];

/// A running distributed store.
pub struct Cluster {
    folder: TempDir,
    keys: Vec<(String, String)>,
    ports: [u16; 6],
    members: [Mutex<Option<Process>>; 6],
    line: DatabaseLine,
    /// Where the public's requests go.
    pub balancer: Arc<Balancer>,
    _looking: AbortOnDrop,
    /// The primary server, and its standby.
    postgres: Mutex<Vec<Postgres>>,
}

impl Cluster {
    /// Starts all processes, with the demonstration's films.
    pub async fn start() -> Result<Self> {
        let postgres = Postgres::start().await?;
        postgres.migrate().await?;
        let standby = postgres.with_standby().await?;
        let line = DatabaseLine::to(postgres.port()).await?;
        let keys = tool::dvs(["keys"]).await?.stdout;
        let pair = |line: &str| {
            line.split_once('=')
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
        };
        let mut ports = [0; 6];
        for port in &mut ports {
            *port = free_port()?;
        }
        let balancer = Arc::new(Balancer::new([ports[4], ports[5]])?);
        let looking = tokio::spawn(Arc::clone(&balancer).look());
        let cluster = Self {
            folder: tempfile::Builder::new().prefix("dvs-cluster-").tempdir()?,
            keys: keys.lines().filter_map(pair).collect(),
            ports,
            members: std::array::from_fn(|_| Mutex::default()),
            line,
            balancer,
            _looking: AbortOnDrop(looking),
            postgres: Mutex::new(vec![standby, postgres]),
        };
        for member in 0..MEMBERS.len() {
            if member == 2 {
                let loaded = cluster
                    .tool(&["demonstration", "--media-url", &cluster.media_url()])
                    .await?;
                ensure!(loaded.code == 0, "{loaded:?}");
            }
            cluster.begin(member).await?;
        }
        cluster.balancer.wait_until_ready().await?;
        Ok(cluster)
    }

    /// Starts a member that does not run.
    pub async fn begin(&self, member: usize) -> Result<()> {
        let process = Process::start(self.command(member)?, &self.log(member)).await?;
        *self.members[member].lock().await = Some(process);
        Ok(())
    }

    /// Kills a member with SIGKILL.
    pub async fn kill(&self, member: usize) -> Result<()> {
        let process = self.members[member].lock().await.take();
        process.context("the member is not there")?.child.kill().await?;
        Ok(())
    }

    /// Sends a signal to a member.
    pub async fn signal(&self, member: usize, name: &str) -> Result<()> {
        let process = self.members[member].lock().await;
        process.as_ref().context("the member is not there")?.signal(name).await
    }

    /// Asks a member to end, as an orchestrator does, and waits until it has.
    pub async fn end(&self, member: usize) -> Result<()> {
        let process = self.members[member].lock().await.take();
        let mut process = process.context("the member is not there")?;
        process.signal("TERM").await?;
        let status = process.ended().await?;
        ensure!(
            status.success(),
            "{} ended with {status}: {}",
            MEMBERS[member],
            self.log_text(member)?
        );
        Ok(())
    }

    /// Cuts all connections to the database, and refuses new ones until it is healed.
    pub fn cut_database(&self) {
        self.line.cut();
    }

    pub fn heal_database(&self) {
        self.line.heal();
    }

    /// Kills the database server, and promotes its standby.
    pub async fn fail_database_over(&self) -> Result<()> {
        let mut servers = self.postgres.lock().await;
        let mut primary = servers.pop().context("there is no server")?;
        // First no process may write to the old primary any more.
        self.cut_database();
        primary.kill().await?;
        let standby = servers.last().context("there is no standby")?;
        standby.promote().await?;
        self.line.lead_to(standby.port());
        self.heal_database();
        Ok(())
    }

    /// Runs one of the tools on this store.
    pub async fn tool(&self, arguments: &[&str]) -> Result<Output> {
        let [catalogue, _, rent, ..] = self.ports;
        let (catalogue, rent) = (local(catalogue), local(rent));
        let reach = ["--catalogue", &catalogue, "--rent", &rent];
        tool::dvs_with(arguments.iter().copied().chain(reach), &self.keys).await
    }

    /// Runs one of the tools on one member.
    pub async fn tool_at(&self, member: usize, arguments: &[&str]) -> Result<Output> {
        let role = MEMBERS[member].split('-').next().unwrap_or_default();
        let (option, address) = (format!("--{role}"), self.address(member));
        let reach = [option.as_str(), address.as_str()];
        tool::dvs_with(arguments.iter().copied().chain(reach), &self.keys).await
    }

    /// Where a member listens.
    pub fn address(&self, member: usize) -> String {
        local(self.ports[member])
    }

    /// A path in the cluster's own temporary folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The warnings and errors in the members' logs, with their names.
    pub fn complaints(&self) -> Result<Vec<String>> {
        let mut complaints = Vec::new();
        for (member, name) in MEMBERS.iter().enumerate() {
            let log = self.log_text(member)?;
            let told = log
                .lines()
                .filter(|line| line.contains("WARN") || line.contains("ERROR"));
            complaints.extend(told.map(|line| format!("{name}: {line}")));
        }
        Ok(complaints)
    }

    pub fn log_text(&self, member: usize) -> Result<String> {
        Ok(std::fs::read_to_string(self.log(member))?)
    }

    fn log(&self, member: usize) -> PathBuf {
        self.folder.path().join(format!("{}.log", MEMBERS[member]))
    }

    fn media_url(&self) -> String {
        format!("file://{}", self.folder.path().join("media").display())
    }

    fn command(&self, member: usize) -> Result<Command> {
        let name = MEMBERS[member];
        let role = name.split('-').next().unwrap_or_default();
        let [catalogue_1, catalogue_2, rent_1, rent_2, ..] = self.ports.map(local);
        let mut command = Command::new(binary()?);
        command.args(["serve", "--role", role, "--listen", &host(self.ports[member])]);
        command.arg("--data-dir").arg(self.folder.path().join(name));
        command.args([
            "--media-url",
            &self.media_url(),
            "--rate-limit",
            "off",
            "--linger",
            LINGER_SECONDS,
            "--sell-without-film",
        ]);
        if role != "catalogue" {
            command.args(["--catalogue", &format!("{catalogue_1},{catalogue_2}")]);
        }
        if role == "gateway" {
            command.args(["--rent", &format!("{rent_1},{rent_2}")]);
        } else {
            let url = format!("postgres://postgres@{}/{role}", host(self.line.port));
            command.args(["--database-url", &url]);
        }
        command.envs(self.keys.iter().map(|(name, value)| (name, value)));
        Ok(command)
    }
}

/// A connection to the database server that tests can cut and heal.
struct DatabaseLine {
    port: u16,
    cut: Arc<std::sync::Mutex<CancellationToken>>,
    is_cut: Arc<AtomicBool>,
    server: Arc<AtomicU16>,
    _task: AbortOnDrop,
}

impl DatabaseLine {
    async fn to(server: u16) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let cut = Arc::new(std::sync::Mutex::new(CancellationToken::new()));
        let is_cut = Arc::new(AtomicBool::new(false));
        let server = Arc::new(AtomicU16::new(server));
        let (current, closed, leads_to) = (Arc::clone(&cut), Arc::clone(&is_cut), Arc::clone(&server));
        let task = tokio::spawn(async move {
            let mut lines = JoinSet::new();
            while let Ok((mut near, _)) = listener.accept().await {
                if closed.load(Ordering::SeqCst) {
                    continue;
                }
                let Ok(token) = current.lock().map(|token| token.clone()) else {
                    return;
                };
                let server = leads_to.load(Ordering::SeqCst);
                lines.spawn(token.run_until_cancelled_owned(async move {
                    if let Ok(mut far) = TcpStream::connect(("127.0.0.1", server)).await {
                        let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                    }
                }));
                while lines.try_join_next().is_some() {}
            }
        });
        Ok(Self {
            port,
            cut,
            is_cut,
            server,
            _task: AbortOnDrop(task),
        })
    }

    fn cut(&self) {
        self.is_cut.store(true, Ordering::SeqCst);
        if let Ok(mut token) = self.cut.lock() {
            std::mem::take(&mut *token).cancel();
        }
    }

    fn lead_to(&self, server: u16) {
        self.server.store(server, Ordering::SeqCst);
    }

    fn heal(&self) {
        self.is_cut.store(false, Ordering::SeqCst);
    }
}

struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
