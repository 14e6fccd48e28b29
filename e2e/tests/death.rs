//! Failures under steady load: the test kills and restarts every process of the distributed store, restarts each gracefully, and
//! cuts the database off and heals it. Afterwards all that was acknowledged is there, and nothing twice.

mod load;

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::{Cluster, MEMBERS};
use futures::future::BoxFuture;
use serde_json::Value;

use crate::load::{Load, Outcome};

/// Marks the failures that no request may notice.
const POLITELY: &str = "restarted";
/// The time between one failure and the next.
const REST: Duration = Duration::from_secs(5);
/// How long a killed member or the database is away.
const AWAY: Duration = Duration::from_secs(3);
/// How long it may take until all orders are decided: the reconciler's promise, and the provider's delay.
const DECIDED_WITHIN: Duration = Duration::from_mins(1);

/// How often all failures happen; `DVS_DEATH_ROUNDS` sets a longer run.
fn rounds() -> Result<u32> {
    #[expect(clippy::disallowed_methods, reason = "the harness is told how long to run")]
    let told = std::env::var("DVS_DEATH_ROUNDS").ok();
    told.map_or(Ok(1), |rounds| rounds.parse().context("DVS_DEATH_ROUNDS"))
}

// Several threads, because the connection to the database runs here too and must not slow the load down.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_outlives_every_death() -> Result<()> {
    let cluster = Cluster::start().await?;
    let load = Load::begin(&cluster).await?;
    for _ in 0..rounds()? {
        for (member, name) in MEMBERS.iter().enumerate() {
            trouble(&load, format!("{name} killed"), async {
                cluster.kill(member).await?;
                tokio::time::sleep(AWAY).await;
                cluster.begin(member).await
            })
            .await?;
        }
        trouble(&load, "database cut".to_owned(), async {
            cluster.cut_database();
            tokio::time::sleep(AWAY).await;
            cluster.heal_database();
            Ok(())
        })
        .await?;
        for (member, name) in MEMBERS.iter().enumerate() {
            trouble(&load, format!("{name} {POLITELY}"), async {
                cluster.end(member).await?;
                cluster.begin(member).await
            })
            .await?;
        }
    }
    trouble(&load, "database failed over".to_owned(), cluster.fail_database_over()).await?;
    let outcome = load.end().await?;
    outcome.draw()?;
    polite_restarts_fail_nothing(&cluster, &outcome)?;
    nothing_is_lost_or_doubled(&cluster, &outcome).await
}

async fn trouble(load: &Load, name: String, trouble: impl Future<Output = Result<()>>) -> Result<()> {
    load.mark(&name);
    trouble.await.context(name)?;
    tokio::time::sleep(REST).await;
    Ok(())
}

fn polite_restarts_fail_nothing(cluster: &Cluster, outcome: &Outcome) -> Result<()> {
    let failed: Vec<_> = outcome.failures_after(POLITELY).collect();
    ensure!(
        failed.is_empty(),
        "failed while members were restarted politely: {failed:#?}\nthe logs complain: {:#?}",
        cluster.complaints()?
    );
    Ok(())
}

async fn nothing_is_lost_or_doubled(cluster: &Cluster, outcome: &Outcome) -> Result<()> {
    let decided = async {
        loop {
            match undecided(cluster, outcome).await? {
                0 => return Ok(()),
                _ => tokio::time::sleep(REST).await,
            }
        }
    };
    let decided: BoxFuture<'_, Result<()>> = Box::pin(decided);
    tokio::time::timeout(DECIDED_WITHIN, decided)
        .await
        .context("orders stay undecided")??;

    let records = charges(cluster).await?;
    let mut charged: HashMap<String, usize> = HashMap::new();
    for charge in records.iter().filter(|charge| charge["state"] == "charged") {
        *charged.entry(text(&charge["order_id"])?).or_default() += 1;
    }
    ensure!(charged.values().all(|times| *times == 1), "charged twice: {charged:?}");

    let mut entitled = HashSet::new();
    for customer in &outcome.customers {
        let orders = customer.orders(cluster).await?;
        let known: HashMap<String, &Value> = orders
            .iter()
            .map(|order| Ok((text(&order["id"])?, order)))
            .collect::<Result<_>>()?;
        for acknowledged in outcome
            .acknowledged
            .iter()
            .filter(|order| order.customer == customer.number)
        {
            let order = known.get(&acknowledged.id);
            ensure!(order.is_some(), "an acknowledged order is missing: {acknowledged:?}");
        }
        let mut titles = HashSet::new();
        for entitlement in customer.library(cluster).await? {
            let title = text(&entitlement["title"]["id"])?;
            ensure!(titles.insert(title), "a title is held twice: {entitlement}");
        }
        for (id, order) in known {
            let (state, is_charged) = (text(&order["state"])?, charged.contains_key(&id));
            ensure!(
                is_charged == (state == "fulfilled"),
                "{id} is {state}, charged: {is_charged}"
            );
            if state == "fulfilled" {
                for item in order["items"].as_array().context("items")? {
                    ensure!(
                        titles.contains(&text(&item["title"]["id"])?),
                        "paid for and not held: {order}"
                    );
                }
                entitled.insert(id);
            }
        }
    }
    let unowned: Vec<_> = charged.keys().filter(|order| !entitled.contains(*order)).collect();
    ensure!(unowned.is_empty(), "charged, and held by no customer: {unowned:?}");
    ensure!(
        entitled.len() >= outcome.fulfilled(),
        "what was acknowledged as fulfilled is"
    );
    ensure!(!entitled.is_empty(), "orders were paid for at all");
    Ok(())
}

/// How many orders are not decided yet.
async fn undecided(cluster: &Cluster, outcome: &Outcome) -> Result<usize> {
    let mut undecided = 0;
    for customer in &outcome.customers {
        let orders = customer.orders(cluster).await?;
        undecided += orders
            .iter()
            .filter(|order| ["pending", "paid"].iter().any(|open| order["state"] == *open))
            .count();
    }
    Ok(undecided)
}

async fn charges(cluster: &Cluster) -> Result<Vec<Value>> {
    let output = cluster.tool(&["sandbox", "charges"]).await?;
    ensure!(output.code == 0, "{}", output.stderr);
    output
        .stdout
        .lines()
        .map(|line| Ok(serde_json::from_str(line)?))
        .collect()
}

fn text(value: &Value) -> Result<String> {
    value
        .as_str()
        .map(str::to_owned)
        .with_context(|| format!("{value} is no text"))
}
