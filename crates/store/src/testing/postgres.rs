//! A throwaway `PostgreSQL` server for tests: one server for all test processes of a run, and one database for each
//! test.
//!
//! The first test that needs the server starts it; a watchdog stops and deletes it once no test has used it for some
//! seconds. Nothing of it outlives the run, and it listens only on a socket in its folder.

use std::fs::File;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection};
use uuid::Uuid;

use crate::db::{Db, Migrations, PostgresDb};
use crate::randomness::{OsRandomness, Randomness as _};

/// A test needs few connections, and many tests run at once.
const CONNECTIONS_A_TEST: u32 = 4;
/// Durability is off, because these tests do not check it.
const SETTINGS: &str = "-c listen_addresses= -c fsync=off -c full_page_writes=off -c max_connections=200";
/// Where Debian installs the server's programs, in a folder for each version.
const DEBIAN_FOLDER: &str = "/usr/lib/postgresql";
/// An arbitrary number. The test that makes a template holds this lock.
const TEMPLATE_LOCK: i64 = 8_531_047;
/// The data is moved aside under the lock and deleted after it: deleting a thousand databases takes minutes, and the
/// next run waits for the lock.
const WATCHDOG: &str =
    r#"while sleep 5; do flock --exclusive --nonblock "$1/users" sh -c "$2" && break; done; rm -rf "$1"/ended.*"#;

/// A test's use of the server, which runs as long as at least one test uses it.
#[derive(Debug)]
pub(super) struct Server {
    folder: PathBuf,
    _user: File,
}

/// The running server, which is started if necessary; none if it is not installed.
pub(super) fn server() -> Option<Server> {
    let programs = Programs::find()?;
    let folder = std::env::temp_dir().join(format!("store-postgres-{}", programs.owner));
    Some(
        programs
            .start(&folder)
            .unwrap_or_else(|error| fail("the server did not start", &error)),
    )
}

impl Server {
    /// A new database with this schema, copied from a template that was migrated once.
    pub(super) async fn database(&self, migrations: &Migrations) -> Db {
        self.copy_template(migrations)
            .await
            .unwrap_or_else(|error| fail("no database", &error))
    }

    async fn copy_template(&self, migrations: &Migrations) -> Result<Db, Box<dyn std::error::Error>> {
        let mut admin = self.options("postgres").connect().await?;
        let template = self.template(&mut admin, migrations).await?;
        let mut random = [0; 16];
        OsRandomness.fill(&mut random);
        let name = format!("test_{}", Uuid::from_bytes(random).simple());
        run(
            &mut admin,
            format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy"),
        )
        .await?;
        admin.close().await?;
        let pool = PgPoolOptions::new().max_connections(CONNECTIONS_A_TEST);
        let pool = pool.connect_with(self.options(&name)).await?;
        Ok(Db::Postgres(PostgresDb {
            pool,
            serializable: true,
            patience: crate::CONTENTION_PATIENCE,
            is_pooled: false,
        }))
    }

    /// The name of the template with this schema; the first test to ask creates it.
    async fn template(&self, admin: &mut PgConnection, migrations: &Migrations) -> Result<String, crate::Error> {
        let checksums = migrations
            .postgres
            .iter()
            .flat_map(|migration| migration.checksum.iter());
        let schema = checksums.fold(0_u64, |hash, byte| {
            hash.rotate_left(5) ^ u64::from(*byte).wrapping_mul(0x9E37_79B9)
        });
        let name = format!("template_{schema:016x}");
        run(admin, format!("SELECT pg_advisory_lock({TEMPLATE_LOCK})")).await?;
        let there = sqlx::query("SELECT 1 FROM pg_database WHERE datname = $1").bind(&name);
        if there.fetch_optional(&mut *admin).await?.is_none() {
            // It gets its name only when it is complete.
            run(admin, format!("DROP DATABASE IF EXISTS {name}_new")).await?;
            run(admin, format!("CREATE DATABASE {name}_new")).await?;
            let mut connection = self.options(&format!("{name}_new")).connect().await?;
            crate::migrate::run(&mut connection, migrations).await?;
            connection.close().await?;
            run(admin, format!("ALTER DATABASE {name}_new RENAME TO {name}")).await?;
        }
        run(admin, format!("SELECT pg_advisory_unlock({TEMPLATE_LOCK})")).await?;
        Ok(name)
    }

    fn options(&self, database: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .socket(&self.folder)
            .username("postgres")
            .database(database)
    }
}

async fn run(connection: &mut PgConnection, statement: String) -> Result<(), sqlx::Error> {
    sqlx::query(AssertSqlSafe(statement))
        .execute(connection)
        .await
        .map(|_| ())
}

/// Where the server's programs are, and the user who runs the tests.
struct Programs {
    folder: PathBuf,
    owner: u32,
}

impl Programs {
    /// The newest version that the distribution has installed, or else the one on the `PATH`.
    fn find() -> Option<Self> {
        let owner = std::fs::metadata("/proc/self").ok()?.uid();
        let versions = std::fs::read_dir(DEBIAN_FOLDER).into_iter().flatten().flatten();
        let newest = versions
            .map(|version| version.path().join("bin"))
            .filter(|bin| bin.join("initdb").exists())
            .max();
        let on_path = || silent(Command::new("initdb").arg("--version")).status().is_ok();
        let folder = newest.or_else(|| on_path().then(PathBuf::new))?;
        Some(Self { folder, owner })
    }

    fn start(&self, folder: &Path) -> std::io::Result<Server> {
        std::fs::create_dir_all(folder)?;
        // The watchdog takes this lock exclusively before it stops the server, so a process that shares the lock finds
        // the server either complete or stopped.
        let user = File::create(folder.join("users"))?;
        user.lock_shared()?;
        let starting = File::create(folder.join("starting"))?;
        starting.lock()?;
        let data = folder.join("data");
        let mut status = self.command("pg_ctl");
        if checked(status.arg("status").arg("-D").arg(&data).stdout(Stdio::null())).is_err() {
            self.initialize(folder, &data)?;
            self.launch(folder, &data)?;
            self.watch(folder, &data)?;
        }
        Ok(Server {
            folder: folder.to_owned(),
            _user: user,
        })
    }

    fn initialize(&self, folder: &Path, data: &Path) -> std::io::Result<()> {
        const AS: [&str; 5] = [
            "-Upostgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        ];
        // The data of a run that was killed is of no use.
        let _ = std::fs::remove_dir_all(data);
        if self.owner == 0 {
            checked(Command::new("chown").arg("postgres").arg(folder))?;
        }
        let mut initdb = self.command("initdb");
        checked(initdb.args(AS).arg("-D").arg(data).stdout(Stdio::null()))
    }

    fn launch(&self, folder: &Path, data: &Path) -> std::io::Result<()> {
        let settings = format!("{SETTINGS} -c unix_socket_directories={}", folder.display());
        let mut start = self.command("pg_ctl");
        start.args(["start", "-w", "-o", &settings, "-D"]).arg(data);
        start.arg("-l").arg(data.join("log"));
        checked(silent(&mut start))
    }

    /// Starts the watchdog, a process that outlives the test, but not the run.
    fn watch(&self, folder: &Path, data: &Path) -> std::io::Result<()> {
        let pg_ctl = self.folder.join("pg_ctl");
        let (pg_ctl, data) = (pg_ctl.display(), data.display());
        let end = format!("'{pg_ctl}' stop -m immediate -D '{data}'; mv '{data}' '{data}/../ended.'$$");
        let mut watchdog = self.command("sh");
        watchdog.args(["-c", WATCHDOG, "watchdog"]).arg(folder).arg(end);
        silent(&mut watchdog).process_group(0).spawn().map(drop)
    }

    /// One of the server's programs; they refuse to run as root, so root becomes `postgres`.
    fn command(&self, program: &str) -> Command {
        let path = if program == "sh" {
            PathBuf::from(program)
        } else {
            self.folder.join(program)
        };
        let mut command = Command::new(if self.owner == 0 { Path::new("runuser") } else { &path });
        if self.owner == 0 {
            command.args(["-u", "postgres", "--"]).arg(&path);
        }
        command.current_dir("/");
        command
    }
}

/// A process that outlives the test must not keep the test's output open.
fn silent(command: &mut Command) -> &mut Command {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null())
}

fn checked(command: &mut Command) -> std::io::Result<()> {
    if command.status()?.success() {
        return Ok(());
    }
    Err(std::io::Error::other(format!("{command:?} failed")))
}

#[expect(clippy::panic, reason = "a test without a database has failed")]
fn fail(what: &str, error: &dyn std::fmt::Display) -> ! {
    panic!("{what}: {error}")
}
