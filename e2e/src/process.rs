//! A process of the built binary.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// Far longer than a start takes on a busy machine.
pub(crate) const START_LIMIT: Duration = Duration::from_mins(1);
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// One process of a store; dropping it kills it.
pub(crate) struct Process {
    pub(crate) child: Child,
    /// The address that it reported.
    pub(crate) address: String,
}

impl Process {
    /// Starts it and waits until it reports its address.
    pub(crate) async fn start(mut command: Command, log: &Path) -> Result<Self> {
        let file = File::options().create(true).append(true).open(log)?;
        command.stdout(Stdio::piped()).stderr(file).kill_on_drop(true);
        let mut child = command.spawn()?;
        let stdout = child.stdout.take().context("a pipe was asked for")?;
        let mut lines = BufReader::new(stdout).lines();
        let address = loop {
            let line = timeout(START_LIMIT, lines.next_line())
                .await
                .context("the store did not open")??;
            let Some(line) = line else {
                bail!("the store ended before it opened: {}", std::fs::read_to_string(log)?);
            };
            if let Some(start) = line.find("http://") {
                let address = line[start..].split_whitespace().next().unwrap_or_default();
                break address.trim_end_matches('/').to_owned();
            }
        };
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { child, address })
    }

    pub(crate) async fn ended(&mut self) -> Result<ExitStatus> {
        Ok(timeout(STOP_LIMIT, self.child.wait())
            .await
            .context("the store did not end")??)
    }

    pub(crate) async fn signal(&self, name: &str) -> Result<()> {
        let id = self.child.id().context("the store has ended")?;
        let sent = Command::new("kill")
            .arg(format!("-{name}"))
            .arg(id.to_string())
            .status()
            .await?;
        ensure!(sent.success(), "the signal {name} was not sent");
        Ok(())
    }
}

/// Below the ports that systems give to outgoing connections, so that a restarted process finds its port still free.
const PORTS: std::ops::Range<u16> = 15_000..32_000;
/// How many ports are tried before the test gives up.
const PORTS_TRIED: usize = 100;

/// A port that no process listens on.
pub(crate) fn free_port() -> Result<u16> {
    for _ in 0..PORTS_TRIED {
        let port = rand::random_range(PORTS);
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no port is free")
}

/// The binary under test: `DVS_BIN`, or what `cargo build` makes.
pub fn binary() -> Result<PathBuf> {
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
