//! Sends commands to a generator, and receives its reports.

use anyhow::{Context, Result, anyhow, bail};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncWrite, AsyncWriteExt, BufReader, Lines};

use crate::cell::Cell;
use crate::commands::{Checked, Command, Report, Store};
use crate::results::Run;

/// The connection to a generator.
pub struct Driver {
    orders: Box<dyn AsyncWrite + Unpin + Send>,
    reports: Lines<Box<dyn AsyncBufRead + Unpin + Send>>,
}

impl Driver {
    /// A driver of the generator that reads these commands and writes these reports.
    pub fn new(
        orders: impl AsyncWrite + Unpin + Send + 'static,
        reports: impl tokio::io::AsyncRead + Unpin + Send + 'static,
    ) -> Self {
        let reports: Box<dyn AsyncBufRead + Unpin + Send> = Box::new(BufReader::new(reports));
        Self {
            orders: Box::new(orders),
            reports: reports.lines(),
        }
    }

    /// Makes the generator use this store, and forget the previous one.
    pub async fn turn(&mut self, store: &Store) -> Result<()> {
        self.done(&Command::Turn(store.clone())).await
    }

    /// Signs up this many players at the store.
    pub async fn sign_up(&mut self, players: usize) -> Result<()> {
        self.done(&Command::SignUp(players)).await
    }

    pub(crate) async fn check(&mut self, cell: Cell) -> Result<Checked> {
        match self.ask(&Command::Check(cell)).await? {
            Report::Checked(checked) => Ok(checked),
            other => bail!("the generator answered {other:?}"),
        }
    }

    pub(crate) async fn run(&mut self, order: &Command) -> Result<Run> {
        match self.ask(order).await? {
            Report::Ran(run) => Ok(*run),
            other => bail!("the generator answered {other:?}"),
        }
    }

    async fn done(&mut self, order: &Command) -> Result<()> {
        match self.ask(order).await? {
            Report::Done => Ok(()),
            other => bail!("the generator answered {other:?}"),
        }
    }

    async fn ask(&mut self, order: &Command) -> Result<Report> {
        let mut line = serde_json::to_vec(order)?;
        line.push(b'\n');
        self.orders.write_all(&line).await?;
        self.orders.flush().await?;
        let line = self.reports.next_line().await?.context("the generator has ended")?;
        match serde_json::from_str(&line)? {
            Report::Failed(why) => Err(anyhow!(why)),
            report => Ok(report),
        }
    }
}
