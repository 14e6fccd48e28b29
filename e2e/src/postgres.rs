//! A temporary PostgreSQL server, run by the programs that are installed; it ends when its owner drops it.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::process::free_port;
use crate::tool::dvs;

/// Where Debian keeps the server's programs, in a folder for each version.
const DEBIAN_FOLDER: &str = "/usr/lib/postgresql";
const POOLER: &str = "/usr/sbin/pgbouncer";
const START_LIMIT: Duration = Duration::from_mins(1);
const START_PAUSE: Duration = Duration::from_millis(50);
/// Without the safeguards against a loss of power, which tests do not need.
const SETTINGS: [&str; 4] = [
    "fsync=off",
    "full_page_writes=off",
    "max_connections=200",
    "unix_socket_directories=",
];

/// A running server.
pub struct Postgres {
    programs: Programs,
    port: u16,
    process: Child,
    folder: TempDir,
    pooler: Option<Pooler>,
}

/// A `PgBouncer` in front of the server, set up as Debian's but with other ports, and in transaction mode.
struct Pooler {
    port: u16,
    _process: Child,
}

impl Postgres {
    /// Starts a server with an empty database for each service.
    pub async fn start() -> Result<Self> {
        let programs = Programs::find().await?;
        let folder = programs.folder()?;
        let mut initdb = programs.command("initdb");
        initdb.args([
            "-Upostgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
            "-D",
        ]);
        finished(initdb.arg(folder.path().join("data"))).await?;
        let postgres = Self::on(programs, folder).await?;
        for database in ["catalogue", "rent"] {
            postgres.run(&format!("CREATE DATABASE {database}")).await?;
        }
        Ok(postgres)
    }

    /// Starts a synchronous standby, which has every commit before it is acknowledged.
    pub async fn with_standby(&self) -> Result<Self> {
        let programs = Programs::find().await?;
        let folder = programs.folder()?;
        let mut copy = programs.command("pg_basebackup");
        copy.args([
            "--write-recovery-conf",
            "--checkpoint=fast",
            "--wal-method=stream",
            "-d",
            &self.url("postgres"),
            "-D",
        ]);
        finished(copy.arg(folder.path().join("data"))).await?;
        let standby = Self::on(programs, folder).await?;
        self.run("ALTER SYSTEM SET synchronous_standby_names = '*'").await?;
        self.run("SELECT pg_reload_conf()").await?;
        let following = async {
            while self
                .ask("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'")
                .await?
                != "1"
            {
                tokio::time::sleep(START_PAUSE).await;
            }
            anyhow::Ok(())
        };
        tokio::time::timeout(START_LIMIT, following)
            .await
            .context("the standby does not follow")??;
        Ok(standby)
    }

    /// Puts a `PgBouncer` in front of the server: from now on, [`Self::url`] is its address.
    pub async fn behind_a_pooler(mut self) -> Result<Self> {
        let port = free_port()?;
        let file = self.folder.path().join("pgbouncer.ini");
        let settings = format!(
            "[databases]\n* = host=127.0.0.1 port={} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = any\npool_mode = transaction\n",
            self.port
        );
        std::fs::write(&file, settings)?;
        let mut pooler = self.programs.command(POOLER);
        let log = std::fs::File::create(self.folder.path().join("pooler.log"))?;
        let process = pooler.arg(&file).stderr(log).kill_on_drop(true).spawn();
        let process = process.context("PgBouncer is not installed: `scripts/setup.sh postgres` says how")?;
        self.pooler = Some(Pooler {
            port,
            _process: process,
        });
        let answers = async {
            while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
                tokio::time::sleep(START_PAUSE).await;
            }
        };
        let answers = tokio::time::timeout(START_LIMIT, answers).await;
        answers.context("PgBouncer did not start")?;
        Ok(self)
    }

    /// Kills the server with SIGKILL.
    pub async fn kill(&mut self) -> Result<()> {
        Ok(self.process.kill().await?)
    }

    /// Makes a standby the primary.
    pub async fn promote(&self) -> Result<()> {
        self.run("SELECT pg_promote()").await
    }

    /// The address of a service's database.
    pub fn url(&self, database: &str) -> String {
        let port = self.pooler.as_ref().map_or(self.port, |pooler| pooler.port);
        format!("postgres://postgres@127.0.0.1:{port}/{database}")
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Creates the services' schemas.
    pub async fn migrate(&self) -> Result<()> {
        for role in ["catalogue", "rent"] {
            let url = self.url(role);
            let migrated = dvs(["migrate", "--role", role, "--database-url", &url]).await?;
            ensure!(migrated.code == 0, "{migrated:?}");
        }
        Ok(())
    }

    /// The tables of a schema, in the order of their names, as the server itself lists them.
    pub async fn tables(&self, database: &str, schema: &str) -> Result<Vec<String>> {
        let listed = format!("SELECT tablename FROM pg_tables WHERE schemaname = '{schema}' ORDER BY tablename");
        let direct = format!("postgres://postgres@127.0.0.1:{}/{database}", self.port);
        let tables = self.ask_at(&direct, &listed).await?;
        Ok(tables.lines().map(str::to_owned).collect())
    }

    /// Starts a server on the data of a folder.
    async fn on(programs: Programs, folder: TempDir) -> Result<Self> {
        let port = free_port()?;
        let mut server = programs.command("postgres");
        server
            .arg("-D")
            .arg(folder.path().join("data"))
            .arg("-p")
            .arg(port.to_string());
        for setting in SETTINGS {
            server.args(["-c", setting]);
        }
        let log = std::fs::File::create(folder.path().join("log"))?;
        let process = server.stderr(log).kill_on_drop(true).spawn()?;
        let postgres = Self {
            programs,
            port,
            process,
            folder,
            pooler: None,
        };
        let answers = async {
            while postgres.run("SELECT 1").await.is_err() {
                tokio::time::sleep(START_PAUSE).await;
            }
        };
        let answers = tokio::time::timeout(START_LIMIT, answers).await;
        answers.with_context(|| format!("PostgreSQL did not start in {}", postgres.folder.path().display()))?;
        Ok(postgres)
    }

    async fn run(&self, statement: &str) -> Result<()> {
        self.ask(statement).await.map(drop)
    }

    /// The one value that a statement returns.
    async fn ask(&self, statement: &str) -> Result<String> {
        self.ask_at(&self.url("postgres"), statement).await
    }

    async fn ask_at(&self, url: &str, statement: &str) -> Result<String> {
        let mut psql = self.programs.command("psql");
        psql.args(["-qAt", "-c", statement, url]);
        let output = psql.stdout(Stdio::piped()).stderr(Stdio::null()).output().await?;
        ensure!(output.status.success(), "psql failed");
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }
}

struct Programs {
    programs: PathBuf,
    /// The user that runs the programs: the server refuses to run as root.
    owner: Option<u32>,
}

impl Programs {
    async fn find() -> Result<Self> {
        let versions = std::fs::read_dir(DEBIAN_FOLDER).into_iter().flatten().flatten();
        let newest = versions
            .map(|version| version.path().join("bin"))
            .filter(|bin| bin.join("initdb").exists())
            .max();
        let folder = newest.context("PostgreSQL is not installed: `scripts/setup.sh postgres` says how")?;
        let is_root = std::fs::metadata("/proc/self")?.uid() == 0;
        let owner = if is_root { Some(user("postgres").await?) } else { None };
        Ok(Self {
            programs: folder,
            owner,
        })
    }

    /// A folder that the server may write to.
    fn folder(&self) -> Result<TempDir> {
        let folder = tempfile::Builder::new().prefix("dvs-postgres-").tempdir()?;
        if let Some(owner) = self.owner {
            std::os::unix::fs::chown(folder.path(), Some(owner), None)?;
        }
        Ok(folder)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        if let Some(owner) = self.owner {
            command.uid(owner);
        }
        command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::null());
        command
    }
}

async fn user(name: &str) -> Result<u32> {
    let id = Command::new("id").args(["-u", name]).output().await?;
    Ok(String::from_utf8(id.stdout)?.trim().parse()?)
}

async fn finished(command: &mut Command) -> Result<()> {
    let status = command.status().await?;
    let program = Path::new(command.as_std().get_program());
    ensure!(status.success(), "{} failed", program.display());
    Ok(())
}
