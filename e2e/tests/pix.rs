//! Paying by Pix: paid with the tool, and with the process killed on the way.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};
use e2e::{Account, Opening, Order, Store, dvs, offer_of};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use tokio::time::Instant;

/// The signal of a process that aborts itself.
const ABORTED: i32 = 6;
/// How long a crash may keep an order undecided: the reconciler's promise.
const RECONCILED_WITHIN: Duration = Duration::from_secs(30);

async fn sandbox(opening: &Opening, arguments: &[&str]) -> Result<(i32, String)> {
    let data_dir = opening.data_dir();
    let data_dir = data_dir.to_str().context("the folder has a plain name")?;
    let arguments = [&["sandbox"], arguments, &["--data-dir", data_dir]].concat();
    let output = dvs(arguments).await?;
    Ok((output.code, output.stdout + &output.stderr))
}

async fn the_order(store: &Store, account: &Account) -> Result<Value> {
    Ok(account.get(store, "/api/v1/orders").await?["orders"][0].clone())
}

/// Waits until the order satisfies the condition.
async fn wait_for(store: &Store, account: &Account, looks: impl Fn(&Value) -> bool) -> Result<Value> {
    let wait = async {
        loop {
            let order = the_order(store, account).await?;
            if looks(&order) {
                return Ok(order);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let waited = tokio::time::timeout(RECONCILED_WITHIN, wait).await;
    waited.context("the order does not come to look as it should")?
}

fn text(value: &Value) -> Result<&str> {
    value.as_str().with_context(|| format!("{value} is no text"))
}

#[tokio::test]
async fn a_pix_is_paid_by_the_tool_once_and_its_receipt_is_mailed() -> Result<()> {
    let store = Store::open().await?;
    let account = Account::open(&store, "ana").await?;
    let offer = offer_of(&store, &store.title_id("nosferatu").await?, "rent").await?;
    let order = Order {
        key: "one",
        offer: &offer,
        card: "pix",
    };
    let (status, waiting) = account.order(&store, &order).await?;
    ensure!(status == StatusCode::CREATED, "{waiting}");
    ensure!(
        waiting["state"] == "pending" && waiting["next_action"]["type"] == "show_code",
        "{waiting}"
    );
    let (_, again) = account.order(&store, &order).await?;
    ensure!(again == waiting, "{again}");

    let id = text(&waiting["id"])?;
    let (code, said) = sandbox(store.opening(), &["pay", id]).await?;
    ensure!(code == 0 && said.contains("fulfilled"), "{said}");
    ensure!(account.entitlements(&store).await?.len() == 1);
    let (code, said) = sandbox(store.opening(), &["pay", id]).await?;
    ensure!(code != 0 && said.contains("NOTHING_TO_PAY"), "{said}");
    let (_, charges) = sandbox(store.opening(), &["charges"]).await?;
    ensure!(charges.matches("\"charged\"").count() == 1, "{charges}");

    let mail = store.opening().data_dir().join("mail");
    let link = format!("/orders/{id}");
    let arrived = async {
        while !holds(&mail, &link)? {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok::<_, anyhow::Error>(())
    };
    tokio::time::timeout(RECONCILED_WITHIN, arrived)
        .await
        .context("no receipt came")??;
    ensure!(store.stop().await?.success());
    Ok(())
}

/// Whether a file of the folder contains this text.
fn holds(folder: &Path, words: &str) -> Result<bool> {
    for file in std::fs::read_dir(folder)? {
        if std::fs::read_to_string(file?.path())?.contains(words) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[tokio::test]
async fn a_process_that_dies_while_a_pix_is_asked_for_or_paid_loses_neither_money_nor_film() -> Result<()> {
    for point in [
        "charge:after",
        "leave:before",
        "leave:after",
        "settle:before",
        "settle:after",
    ] {
        die(point).await.with_context(|| format!("killed at {point}"))?;
    }
    Ok(())
}

async fn die(point: &str) -> Result<()> {
    let opening = Opening::new()?;
    let store = opening.start().await?;
    let account = Account::open(&store, "ana").await?;
    let offer = offer_of(&store, &store.title_id("nosferatu").await?, "rent").await?;
    let order = Order {
        key: "the-order",
        offer: &offer,
        card: "pix",
    };
    ensure!(store.stop().await?.success());

    let mut store = opening.clone().with(&["--lab", "--crash-at", point]).start().await?;
    let cut = account.order(&store, &order).await;
    if point.starts_with("settle") {
        let (status, waiting) = cut?;
        ensure!(status == StatusCode::CREATED, "{waiting}");
        let path = format!("/api/v1/sandbox/orders/{}/payment", text(&waiting["id"])?);
        let paid = account.request(&store, Method::POST, &path).send().await;
        ensure!(paid.is_err(), "the process did not die");
    } else {
        ensure!(cut.is_err(), "the process did not die: {cut:?}");
    }
    ensure!(store.ended().await?.signal() == Some(ABORTED));

    let store = opening.start().await?;
    if !point.starts_with("settle") {
        let waiting = wait_for(&store, &account, |order| order["next_action"]["type"] == "show_code").await?;
        let (code, said) = sandbox(&opening, &["pay", text(&waiting["id"])?]).await?;
        ensure!(code == 0, "{said}");
    }
    wait_for(&store, &account, |order| order["state"] == "fulfilled").await?;
    ensure!(account.entitlements(&store).await?.len() == 1);
    let (_, charges) = sandbox(&opening, &["charges"]).await?;
    ensure!(charges.matches("\"charged\"").count() == 1, "{charges}");
    opening.expect_ledger_right().await?;
    ensure!(store.stop().await?.success());
    Ok(())
}

/// Longer than every interval at which an idle store looks for work. Each look at the waiting order writes its job; the pauses between
/// looks grow, and soon one is longer than this.
const IDLE: Duration = Duration::from_secs(15);
/// An idle store uses less than this part of one processor; one that asks without a pause uses ten times as much.
const IDLE_SHARE: u32 = 25;

/// The files of a folder with their sizes and times of change, without SQLite's shared memory, which readers change.
fn files(folder: &Path) -> Result<BTreeMap<PathBuf, (u64, SystemTime)>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder)? {
        let (path, about) = entry.and_then(|entry| Ok((entry.path(), entry.metadata()?)))?;
        if about.is_dir() {
            found.extend(files(&path)?);
        } else if !path.to_string_lossy().ends_with("-shm") {
            found.insert(path, (about.len(), about.modified()?));
        }
    }
    Ok(found)
}

#[tokio::test]
async fn an_idle_store_writes_nothing_and_rests_while_a_pix_is_unpaid() -> Result<()> {
    let store = Store::open().await?;
    let account = Account::open(&store, "ana").await?;
    let offer = offer_of(&store, &store.title_id("nosferatu").await?, "rent").await?;
    let order = Order {
        key: "one",
        offer: &offer,
        card: "pix",
    };
    let (status, waiting) = account.order(&store, &order).await?;
    ensure!(status == StatusCode::CREATED, "{waiting}");

    // The restarted process continues once what the killed one left open.
    let opening = store.kill().await?;
    let store = opening.start().await?;
    let mut idle_since = Instant::now();
    let mut busy = store.processor_time()?;
    let mut seen = files(&opening.data_dir())?;
    let quiet = async {
        while idle_since.elapsed() < IDLE {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let now = files(&opening.data_dir())?;
            if now != seen {
                (idle_since, seen) = (Instant::now(), now);
                busy = store.processor_time()?;
            }
        }
        anyhow::Ok(())
    };
    let waited = tokio::time::timeout(4 * IDLE, quiet).await;
    waited.context("the idle store writes again and again")??;
    let (idle, busy) = (idle_since.elapsed(), store.processor_time()?.saturating_sub(busy));
    ensure!(busy < idle / IDLE_SHARE, "it used a processor for {busy:?} of {idle:?}");
    let order = the_order(&store, &account).await?;
    ensure!(order["state"] == "pending", "{order}");
    Ok(())
}
