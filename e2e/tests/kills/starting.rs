//! The test kills a store at any step of its start. The steps are the lines of its log at the most detailed level, which names
//! each statement of the databases.

use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use e2e::{Account, Opening, Order, binary, offer_of};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

/// At how many steps, spread over the whole start, CI kills it.
const STEPS: usize = 12;

/// Starts a store until it is open or has logged `after` lines, and kills it; returns how many lines it logged.
async fn start_and_kill(opening: &Opening, after: usize) -> Result<usize> {
    let mut child = Command::new(binary()?)
        .args(["--log", "trace", "serve", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(opening.data_dir())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut open = BufReader::new(child.stdout.take().context("a pipe")?).lines();
    let mut log = BufReader::new(child.stderr.take().context("a pipe")?).lines();
    let mut said = 0;
    while said < after {
        tokio::select! {
            line = log.next_line() => match line? {
                Some(_) => said += 1,
                None => break,
            },
            line = open.next_line() => {
                ensure!(line?.is_some(), "the store ended before it was open");
                break;
            }
        }
    }
    child.kill().await?;
    Ok(said)
}

async fn opens_whole(opening: &Opening) -> Result<()> {
    let store = opening.start().await?;
    let account = Account::open(&store, "ana").await?;
    let offer = offer_of(&store, &store.title_id("nosferatu").await?, "rent").await?;
    let order = Order {
        key: "first",
        offer: &offer,
        card: "tok_visa",
    };
    let (status, answer) = account.order(&store, &order).await?;
    ensure!(status.is_success(), "{answer}");
    ensure!(store.stop().await?.success());
    Ok(())
}

#[tokio::test]
async fn a_store_that_is_killed_at_any_step_of_its_first_start_starts_again() -> Result<()> {
    let lines = start_and_kill(&Opening::new()?, usize::MAX).await?;
    for step in steps(lines) {
        let opening = Opening::new()?;
        start_and_kill(&opening, step).await?;
        opens_whole(&opening)
            .await
            .with_context(|| format!("killed after {step} of {lines} lines"))?;
    }
    Ok(())
}

#[tokio::test]
async fn a_store_that_is_killed_at_any_step_of_a_later_start_starts_again() -> Result<()> {
    let opening = Opening::new()?;
    opens_whole(&opening).await?;
    let lines = start_and_kill(&opening, usize::MAX).await?;
    for step in steps(lines) {
        start_and_kill(&opening, step).await?;
        let store = opening.start().await;
        let store = store.with_context(|| format!("killed after {step} of {lines} lines"))?;
        store.title_id("nosferatu").await?;
        ensure!(store.stop().await?.success());
    }
    Ok(())
}

fn steps(lines: usize) -> impl Iterator<Item = usize> {
    let steps = crate::told("DVS_KILLS").unwrap_or(STEPS);
    (0..steps).map(move |step| 1 + step * lines / steps)
}
