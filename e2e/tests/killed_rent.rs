//! A process of the role rent is killed while films are started: the gateways ask another one, and no customer sees it.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::{Asked, Cluster, PASSWORD};
use futures::future::{join, try_join_all};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const RENTS: [usize; 2] = [2, 3];
const CUSTOMERS: usize = 8;
/// How often each customer starts the film while a process is killed.
const STARTS: usize = 12;
/// Into the middle of the starts.
const KILLED_AFTER: Duration = Duration::from_millis(60);

/// A customer who has rented a film.
struct Viewer {
    session: String,
    entitlement: String,
}

async fn ask(cluster: &Cluster, asked: Asked) -> Result<Value> {
    let (status, answer) = cluster.balancer.ask(&asked).await?;
    ensure!(status.is_success(), "{}: {status}: {answer}", asked.path);
    Ok(answer)
}

async fn viewer(cluster: &Cluster, number: usize) -> Result<Viewer> {
    let account = json!({"email": format!("viewer{number}@example.org"), "password": PASSWORD, "name": "Ana"});
    let account = ask(cluster, Asked::send(Method::POST, "/api/v1/account", account)).await?;
    let session = account["token"].as_str().context("no token")?.to_owned();
    let found = ask(cluster, Asked::get("/api/v1/titles?q=nosferatu")).await?;
    let title = found["titles"][0]["id"].as_str().context("no film")?;
    let page = ask(cluster, Asked::get(format!("/api/v1/titles/{title}"))).await?;
    let offers = page["offers"].as_array().context("no offers")?;
    let offer = offers
        .iter()
        .find(|offer| offer["kind"] == "rent")
        .context("no rental")?;
    let order = json!({
        "items": [{"offer_id": offer["id"], "price": offer["price"]}],
        "payment": {"method": "card", "token": "tok_visa"},
    });
    let order = Asked::send(Method::POST, "/api/v1/orders", order)
        .by(&session)
        .once("one");
    let order = ask(cluster, order).await?;
    let entitlement = order["entitlements"][0]["id"].as_str().context("no right to watch")?;
    Ok(Viewer {
        entitlement: entitlement.to_owned(),
        session,
    })
}

impl Viewer {
    async fn start(&self, cluster: &Cluster) -> Result<()> {
        let path = format!("/api/v1/library/{}/playback", self.entitlement);
        for _ in 0..STARTS {
            let start = json!({"confirm_start": true, "take_over": true});
            let start = Asked::send(Method::POST, &path, start).by(&self.session);
            let (status, answer) = cluster.balancer.ask(&start).await?;
            ensure!(status == StatusCode::OK, "{status}: {answer}");
        }
        Ok(())
    }
}

#[tokio::test]
async fn films_start_while_a_process_that_starts_them_is_killed() -> Result<()> {
    let cluster = Cluster::start().await?;
    let viewers = try_join_all((0..CUSTOMERS).map(|number| viewer(&cluster, number))).await?;
    for round in 0..4 {
        let killed = RENTS[round % RENTS.len()];
        let kill = async {
            tokio::time::sleep(KILLED_AFTER).await;
            cluster.kill(killed).await
        };
        let started = try_join_all(viewers.iter().map(|viewer| viewer.start(&cluster)));
        let (started, died) = join(started, kill).await;
        died?;
        started.with_context(|| format!("round {round}"))?;
        cluster.begin(killed).await?;
    }
    Ok(())
}
