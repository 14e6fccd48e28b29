//! Support for the tests of `dvs compare`: fake services, and a load generator that the test slows down.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use e2e::{Output, dvs};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::task::JoinHandle;

/// Runs a comparison that writes its results into `output`.
pub(crate) async fn compare(output: &Path, arguments: &[&str]) -> Result<Output> {
    let output = output.to_str().context("a path in UTF-8")?;
    dvs(["compare", "--output", output].iter().chain(arguments)).await
}

/// A catalogue of one title over HTTP/1.1.
pub(crate) struct Fake {
    address: String,
    task: JoinHandle<()>,
}

impl Fake {
    /// A fake that gives the same answer each time.
    pub(crate) async fn steady() -> Result<Self> {
        Self::serve(false).await
    }

    /// A fake that gives another answer each time.
    pub(crate) async fn wavering() -> Result<Self> {
        Self::serve(true).await
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    async fn serve(wavers: bool) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}", listener.local_addr()?);
        let asked = Arc::new(AtomicUsize::new(0));
        let task = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                // An error only means that the caller has left, so it is ignored.
                tokio::spawn(answer(connection, wavers, Arc::clone(&asked)));
            }
        });
        Ok(Self { address, task })
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(mut connection: TcpStream, wavers: bool, asked: Arc<AtomicUsize>) -> Result<()> {
    let mut read = Vec::new();
    loop {
        while !read.ends_with(b"\r\n\r\n") {
            if connection.read_buf(&mut read).await? == 0 {
                return Ok(());
            }
        }
        let asked = asked.fetch_add(1, Ordering::Relaxed);
        let year = if wavers { 1900 + asked } else { 1922 };
        let body = if read.starts_with(b"GET /v1/titles?") {
            json!({"titles": [{"title_id": "nosferatu"}]})
        } else {
            json!({"title_id": "nosferatu", "name": "Nosferatu", "year": year})
        };
        let body = body.to_string();
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        connection.write_all((head + &body).as_bytes()).await?;
        read.clear();
    }
}

/// A load generator, as `dvs compare` starts it.
pub(crate) struct Generator {
    child: Child,
    orders: ChildStdin,
    reports: Lines<BufReader<ChildStdout>>,
}

impl Generator {
    pub(crate) fn start() -> Result<Self> {
        let mut child = Command::new(e2e::binary()?)
            .args(["compare-part", "generator"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let orders = child.stdin.take().context("a pipe was asked for")?;
        let reports = child.stdout.take().context("a pipe was asked for")?;
        Ok(Self {
            child,
            orders,
            reports: BufReader::new(reports).lines(),
        })
    }

    pub(crate) async fn ask(&mut self, order: &Value) -> Result<Value> {
        self.orders.write_all(format!("{order}\n").as_bytes()).await?;
        let report = self.reports.next_line().await?;
        Ok(serde_json::from_str(&report.context("the generator has ended")?)?)
    }

    /// Lets it run for 10 of each 100 milliseconds.
    pub(crate) async fn ask_held_to_a_tenth(&mut self, order: &Value) -> Result<Value> {
        let id = self.child.id().context("the generator has ended")?.to_string();
        let hold = tokio::spawn(async move {
            loop {
                for (signal, millis) in [("-STOP", 90), ("-CONT", 10)] {
                    // The process may have ended.
                    let _ = Command::new("kill").args([signal, &id]).status().await;
                    tokio::time::sleep(Duration::from_millis(millis)).await;
                }
            }
        });
        let answer = self.ask(order).await;
        hold.abort();
        answer
    }
}
