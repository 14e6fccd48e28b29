//! Processes that hang: stopped with SIGSTOP, with their connections open. Their callers use other replicas or fail early, and
//! requests that do not need them succeed.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::{Asked, Cluster, PASSWORD};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::time::Instant;

const CATALOGUES: [usize; 2] = [0, 1];
const RENTS: [usize; 2] = [2, 3];
const GATEWAYS: [usize; 2] = [4, 5];

/// A hung process is detected within two seconds, and no call waits for it after that. A deadline alone would take ten.
const FOUND_OUT: Duration = Duration::from_secs(4);
const SOON: Duration = Duration::from_secs(3);
const CALLS: usize = 40;

async fn sign_up(cluster: &Cluster) -> Result<String> {
    let body = json!({"email": "ana@example.org", "password": PASSWORD, "name": "ana"});
    let asked = Asked::send(Method::POST, "/api/v1/account", body);
    let (status, answer) = cluster.balancer.ask(&asked).await?;
    ensure!(status == StatusCode::CREATED, "{status}: {answer}");
    Ok(answer["token"].as_str().context("no token")?.to_owned())
}

/// Sends a request, and also returns how long it took.
async fn timed(cluster: &Cluster, asked: &Asked) -> Result<(StatusCode, Value, Duration)> {
    let begun = Instant::now();
    let (status, answer) = cluster.balancer.ask(asked).await?;
    Ok((status, answer, begun.elapsed()))
}

/// Repeats a request until it has this status.
async fn until(cluster: &Cluster, asked: &Asked, wanted: StatusCode) -> Result<()> {
    let until = async {
        while !timed(cluster, asked).await.is_ok_and(|(status, ..)| status == wanted) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), until)
        .await
        .with_context(|| format!("{} is not answered with {wanted}", asked.path))
}

#[tokio::test]
async fn one_hung_replica_of_each_service_is_worked_around() -> Result<()> {
    let cluster = Cluster::start().await?;
    let session = sign_up(&cluster).await?;
    let asked = [
        Asked::get("/api/v1/titles?q=moon"),
        Asked::get("/api/v1/library").by(&session),
    ];
    for member in [CATALOGUES[0], RENTS[0]] {
        cluster.signal(member, "STOP").await?;
    }
    for number in 0..CALLS {
        let (status, answer, took) = timed(&cluster, &asked[number % 2]).await?;
        ensure!(status == StatusCode::OK, "{status}: {answer}");
        // Each gateway detects each of the two hung processes once.
        ensure!(took < FOUND_OUT, "call {number} took {took:?}");
    }
    let begun = Instant::now();
    for number in 0..CALLS {
        let (status, answer, _) = timed(&cluster, &asked[number % 2]).await?;
        ensure!(status == StatusCode::OK, "{status}: {answer}");
    }
    ensure!(
        begun.elapsed() < FOUND_OUT,
        "calls no longer wait: {:?}",
        begun.elapsed()
    );
    for member in [CATALOGUES[0], RENTS[0]] {
        cluster.signal(member, "CONT").await?;
    }
    // The other replicas may hang now: those that hung before get calls again.
    for member in [CATALOGUES[1], RENTS[1]] {
        cluster.signal(member, "STOP").await?;
    }
    for asked in &asked {
        until(&cluster, asked, StatusCode::OK).await?;
    }
    for member in [CATALOGUES[1], RENTS[1]] {
        cluster.signal(member, "CONT").await?;
    }
    Ok(())
}

#[tokio::test]
async fn with_both_rents_hung_calls_fail_early_and_films_are_found() -> Result<()> {
    let cluster = Cluster::start().await?;
    let session = sign_up(&cluster).await?;
    let library = Asked::get("/api/v1/library").by(&session);
    until(&cluster, &library, StatusCode::OK).await?;
    for member in RENTS {
        cluster.signal(member, "STOP").await?;
    }
    for _ in 0..4 {
        let (status, answer, took) = timed(&cluster, &library).await?;
        ensure!(status == StatusCode::SERVICE_UNAVAILABLE, "{status}: {answer}");
        ensure!(took < FOUND_OUT, "it takes {took:?} to find them out");
    }
    for _ in 0..CALLS {
        let (status, answer, took) = timed(&cluster, &library).await?;
        ensure!(status == StatusCode::SERVICE_UNAVAILABLE, "{status}: {answer}");
        ensure!(took < SOON, "it takes {took:?} to fail");
    }
    let (status, found, took) = timed(&cluster, &Asked::get("/api/v1/titles?q=moon")).await?;
    ensure!(status == StatusCode::OK && took < SOON, "{status} in {took:?}: {found}");
    for member in RENTS {
        cluster.signal(member, "CONT").await?;
    }
    until(&cluster, &library, StatusCode::OK).await
}

#[tokio::test]
async fn with_both_catalogues_hung_the_gateways_are_ready_and_the_library_is_there() -> Result<()> {
    let cluster = Cluster::start().await?;
    let session = sign_up(&cluster).await?;
    let library = Asked::get("/api/v1/library").by(&session);
    until(&cluster, &library, StatusCode::OK).await?;
    for member in CATALOGUES {
        cluster.signal(member, "STOP").await?;
    }
    // Long enough for the gateways to detect it.
    for _ in 0..4 {
        let (status, answer, took) = timed(&cluster, &library).await?;
        ensure!(status == StatusCode::OK, "{status} in {took:?}: {answer}");
    }
    for _ in 0..CALLS {
        let (status, answer, took) = timed(&cluster, &library).await?;
        ensure!(status == StatusCode::OK, "{status}: {answer}");
        ensure!(took < SOON, "the library takes {took:?}");
    }
    for gateway in GATEWAYS {
        let ready = reqwest::get(format!("{}/readyz", cluster.address(gateway))).await?;
        ensure!(ready.status() == StatusCode::OK, "{}", ready.status());
    }
    for member in CATALOGUES {
        cluster.signal(member, "CONT").await?;
    }
    until(&cluster, &Asked::get("/api/v1/titles?q=moon"), StatusCode::OK).await
}
