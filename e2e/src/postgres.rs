//! A throwaway PostgreSQL server, from the programs that are installed; it ends with whoever holds it.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::process::free_port;
use crate::tool::dvs;

/// Where Debian keeps the server's programs, a folder a version.
const DEBIAN_FOLDER: &str = "/usr/lib/postgresql";
const START_LIMIT: Duration = Duration::from_mins(1);
const START_PAUSE: Duration = Duration::from_millis(50);
/// The machine does not lose its power in a test.
const SETTINGS: [&str; 4] = [
    "fsync=off",
    "full_page_writes=off",
    "max_connections=200",
    "unix_socket_directories=",
];

/// A running server.
pub struct Postgres {
    port: u16,
    _process: Child,
    _folder: TempDir,
}

impl Postgres {
    /// Starts a server with an empty database for each service.
    pub async fn start() -> Result<Self> {
        let programs = Programs::find().await?;
        let folder = tempfile::Builder::new().prefix("dvs-postgres-").tempdir()?;
        let data = folder.path().join("data");
        if let Some(owner) = programs.owner {
            std::os::unix::fs::chown(folder.path(), Some(owner), None)?;
        }
        let mut initdb = programs.command("initdb");
        initdb.args([
            "-Upostgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
            "-D",
        ]);
        finished(initdb.arg(&data)).await?;
        let port = free_port()?;
        let mut server = programs.command("postgres");
        server.arg("-D").arg(&data).arg("-p").arg(port.to_string());
        for setting in SETTINGS {
            server.args(["-c", setting]);
        }
        let log = std::fs::File::create(folder.path().join("log"))?;
        let process = server.stderr(log).kill_on_drop(true).spawn()?;
        let postgres = Self {
            port,
            _process: process,
            _folder: folder,
        };
        let created = async {
            for database in ["catalogue", "rent"] {
                while postgres.create(&programs, database).await.is_err() {
                    tokio::time::sleep(START_PAUSE).await;
                }
            }
        };
        tokio::time::timeout(START_LIMIT, created)
            .await
            .context("PostgreSQL did not start")?;
        Ok(postgres)
    }

    /// The address of a service's database.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Brings the services' schemas.
    pub async fn migrate(&self) -> Result<()> {
        for role in ["catalogue", "rent"] {
            let url = self.url(role);
            let migrated = dvs(["migrate", "--role", role, "--database-url", &url]).await?;
            ensure!(migrated.code == 0, "{migrated:?}");
        }
        Ok(())
    }

    async fn create(&self, programs: &Programs, database: &str) -> Result<()> {
        let mut psql = programs.command("psql");
        psql.args([
            "-q",
            "-c",
            &format!("CREATE DATABASE {database}"),
            &self.url("postgres"),
        ]);
        finished(psql.stderr(Stdio::null())).await
    }
}

struct Programs {
    folder: PathBuf,
    /// Whom they run as: the server refuses to be root.
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
        Ok(Self { folder, owner })
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.folder.join(program));
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
