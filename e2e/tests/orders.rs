//! Orders sent many times at once, and orders cut off in the middle, charge once and entitle once, or neither.

use std::collections::HashMap;
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use e2e::{Account, Opening, Order, Store, dvs, offer_of};
use futures::future::{join, join_all};
use futures::{StreamExt, TryStreamExt, stream};
use reqwest::StatusCode;
use serde_json::Value;

const AT_ONCE: usize = 64;
const DEATHS_AT_ONCE: usize = 4;
/// The signal of a process that aborts itself.
const ABORTED: i32 = 6;

/// How long a crash may keep an order undecided: the reconciler's promise.
const RECONCILED_WITHIN: Duration = Duration::from_secs(30);

async fn charges(opening: &Opening) -> Result<Vec<Value>> {
    let data_dir = opening.data_dir();
    let arguments = [
        "sandbox".as_ref(),
        "charges".as_ref(),
        "--data-dir".as_ref(),
        data_dir.as_os_str(),
    ];
    let output = dvs(arguments).await?;
    ensure!(output.code == 0, "{}", output.stderr);
    output
        .stdout
        .lines()
        .map(|line| Ok(serde_json::from_str(line)?))
        .collect()
}

fn charged(charges: &[Value]) -> usize {
    charges.iter().filter(|charge| charge["state"] == "charged").count()
}

#[tokio::test]
async fn many_orders_at_once_with_one_key_are_one_order_and_one_charge() -> Result<()> {
    let store = Store::open().await?;
    let account = Account::open(&store, "ana").await?;
    let offer = offer_of(&store, &store.title_id("nosferatu").await?, "rent").await?;
    let order = Order {
        key: "one",
        offer: &offer,
        card: "tok_visa",
    };
    let answers = join_all((0..AT_ONCE).map(|_| account.order(&store, &order))).await;

    let mut orders: HashMap<String, usize> = HashMap::new();
    for answer in answers {
        let (status, answer) = answer?;
        match status {
            StatusCode::CREATED => *orders.entry(answer["id"].to_string()).or_default() += 1,
            StatusCode::CONFLICT => assert_eq!(answer["code"], "ORDER_IN_PROGRESS", "{answer}"),
            _ => bail!("{status}: {answer}"),
        }
    }
    assert_eq!(orders.len(), 1, "{orders:?}");
    let (status, again) = account.order(&store, &order).await?;
    assert_eq!(status, StatusCode::CREATED);
    assert!(orders.contains_key(&again["id"].to_string()));
    assert_eq!(account.entitlements(&store).await?.len(), 1);
    assert_eq!(charged(&charges(store.opening()).await?), 1);
    Ok(())
}

#[tokio::test]
async fn many_orders_at_once_for_one_title_are_one_rental_and_clear_refusals() -> Result<()> {
    let store = Store::open().await?;
    let account = Account::open(&store, "ana").await?;
    let offer = offer_of(&store, &store.title_id("nosferatu").await?, "rent").await?;
    let keys: Vec<_> = (0..AT_ONCE).map(|number| format!("key-{number}")).collect();
    let order = |key| account.order(&store, key);
    let orders: Vec<_> = keys
        .iter()
        .map(|key| Order {
            key,
            offer: &offer,
            card: "tok_visa",
        })
        .collect();
    let answers = join_all(orders.iter().map(order)).await;

    let mut made = 0;
    for answer in answers {
        let (status, answer) = answer?;
        match status {
            StatusCode::CREATED => made += 1,
            StatusCode::CONFLICT => {
                let code = answer["code"].as_str().context("a problem has a code")?;
                assert!(["ALREADY_HELD", "TITLE_BEING_ORDERED"].contains(&code), "{answer}");
            }
            _ => bail!("{status}: {answer}"),
        }
    }
    assert_eq!(made, 1);
    assert_eq!(account.entitlements(&store).await?.len(), 1);
    assert_eq!(charged(&charges(store.opening()).await?), 1);
    Ok(())
}

#[tokio::test]
async fn a_process_killed_at_any_step_leaves_one_charge_and_one_entitlement_or_neither() -> Result<()> {
    let points = dvs(["lab", "crash-points"]).await?.stdout;
    ensure!(!points.is_empty());
    let deaths = points.lines().map(|point| async move {
        let died = die(&way_to(point)).await;
        died.with_context(|| format!("killed at {point}"))
    });
    stream::iter(deaths)
        .buffer_unordered(DEATHS_AT_ONCE)
        .try_collect()
        .await
}

/// At which step of an order its process dies.
struct Way<'a> {
    card: &'a str,
    /// The step of placing the order at which the process dies.
    taking: &'a str,
    /// The step of reconciling the order at which the next process dies.
    looking: Option<&'a str>,
    /// Whether the film is bought while its rental is undecided, so that the rental's charge must be refunded.
    is_bought: bool,
}

fn way_to(point: &str) -> Way<'_> {
    let way = Way {
        card: "tok_visa",
        taking: point,
        looking: None,
        is_bought: false,
    };
    match point.split(':').next().unwrap_or(point) {
        "leave" => Way {
            card: "tok_timeout",
            ..way
        },
        "look_up" => Way {
            taking: "charge:after",
            looking: Some(point),
            ..way
        },
        "cancel" => Way {
            taking: "write:after",
            looking: Some(point),
            ..way
        },
        "refund" => Way {
            card: "tok_timeout",
            is_bought: true,
            ..way
        },
        _ => way,
    }
}

/// Buys the film of an order as soon as that order is pending.
async fn buy_meanwhile(store: &Store, account: &Account, title: &str) -> Result<()> {
    let offer = offer_of(store, title, "buy").await?;
    while account.get(store, "/api/v1/orders").await?["orders"][0].is_null() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let purchase = Order {
        key: "the-purchase",
        offer: &offer,
        card: "tok_visa",
    };
    let (status, answer) = account.order(store, &purchase).await?;
    ensure!(status == StatusCode::CREATED, "{answer}");
    Ok(())
}

/// Opens a store, lets it die in the middle of an order, and checks the outcome after a restart.
async fn die(way: &Way<'_>) -> Result<()> {
    let opening = Opening::new()?;
    let store = opening.start().await?;
    let account = Account::open(&store, "ana").await?;
    let title = store.title_id("nosferatu").await?;
    let offer = offer_of(&store, &title, "rent").await?;
    let order = Order {
        key: "the-order",
        offer: &offer,
        card: way.card,
    };
    ensure!(store.stop().await?.success());

    let to_die = |point| opening.clone().with(&["--lab", "--crash-at", point]);
    let mut store = to_die(way.taking).start().await?;
    if way.is_bought {
        let (_left, bought) = join(account.order(&store, &order), buy_meanwhile(&store, &account, &title)).await;
        bought?;
    } else {
        let cut = account.order(&store, &order).await;
        ensure!(cut.is_err(), "the process did not die: {cut:?}");
    }
    ensure!(store.ended().await?.signal() == Some(ABORTED));
    if let Some(point) = way.looking {
        let (status, log) = to_die(point).with(&["--listen", "127.0.0.1:0"]).start_refused().await?;
        ensure!(status.signal() == Some(ABORTED), "the process did not die: {log}");
    }

    let store = opening.start().await?;
    let first = settled(&store, &account).await?;
    let charges_of_first = charges(&opening).await?;
    ensure!(charged(&charges_of_first) == first, "{charges_of_first:?}");
    let is_refunded = charges_of_first.iter().any(|charge| charge["state"] == "refunded");
    ensure!(is_refunded == way.is_bought, "{charges_of_first:?}");

    // The customer never had an answer, so they send the order again; if it came to nothing, they place another one.
    account.order(&store, &order).await?;
    if settled(&store, &account).await? == 0 {
        let another = Order {
            key: "another-try",
            card: "tok_visa",
            ..order
        };
        let (status, answer) = account.order(&store, &another).await?;
        ensure!(status == StatusCode::CREATED, "the title stayed blocked: {answer}");
    }
    ensure!(settled(&store, &account).await? == 1);
    ensure!(charged(&charges(&opening).await?) == 1);
    opening.expect_ledger_right().await?;
    ensure!(store.stop().await?.success());
    Ok(())
}

/// How many entitlements there are once no order is pending any more.
/// Whether no money of an order is still on its way back.
fn is_returned(order: &Value) -> bool {
    let refunds = order["refunds"].as_array().into_iter().flatten();
    refunds.into_iter().all(|refund| refund["state"] == "succeeded")
}

async fn settled(store: &Store, account: &Account) -> Result<usize> {
    let wait = async {
        loop {
            let orders = account.get(store, "/api/v1/orders").await?;
            let orders = orders["orders"].as_array().context("no orders")?;
            if orders.iter().all(|order| {
                !["pending", "paid"].contains(&order["state"].as_str().unwrap_or_default()) && is_returned(order)
            }) {
                return Ok(account.entitlements(store).await?.len());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(RECONCILED_WITHIN, wait)
        .await
        .context("an order stayed undecided")?
}
