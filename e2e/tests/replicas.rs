//! Two processes of each role over one database: a change through one of them is visible through all, and one of each suffices.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::{Asked, Cluster, PASSWORD};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::time::Instant;

/// How soon a change is visible everywhere.
const SOON: Duration = Duration::from_secs(1);
/// How soon the store works as before when half of its processes are gone.
const RECOVERED_WITHIN: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(20);
const REQUESTS: usize = 100;

/// The members' places in [`e2e::MEMBERS`].
const CATALOGUES: [usize; 2] = [0, 1];
const RENTS: [usize; 2] = [2, 3];
const GATEWAYS: [usize; 2] = [4, 5];

async fn title_id(cluster: &Cluster, words: &str) -> Result<String> {
    let (_, found) = cluster
        .balancer
        .ask(&Asked::get(format!("/api/v1/titles?q={words}")))
        .await?;
    Ok(found["titles"][0]["id"]
        .as_str()
        .context("nothing is found")?
        .to_owned())
}

async fn ask_gateway(cluster: &Cluster, member: usize, path: &str) -> Result<Value> {
    let answer = reqwest::get(format!("{}{path}", cluster.address(member))).await?;
    Ok(answer.error_for_status()?.json().await?)
}

async fn sign_up(cluster: &Cluster, name: &str) -> Result<String> {
    let body = json!({"email": format!("{name}@example.org"), "password": PASSWORD, "name": name});
    let (status, answer) = cluster
        .balancer
        .ask(&Asked::send(Method::POST, "/api/v1/account", body))
        .await?;
    ensure!(status == StatusCode::CREATED, "{status}: {answer}");
    Ok(answer["token"].as_str().context("no token")?.to_owned())
}

#[tokio::test]
async fn a_price_that_is_changed_on_one_replica_is_everywhere_within_a_second() -> Result<()> {
    let cluster = Cluster::start().await?;
    let title = title_id(&cluster, "nosferatu").await?;
    let path = format!("/api/v1/titles/{title}");
    let session = sign_up(&cluster, "ana").await?;
    for (round, changed) in CATALOGUES.into_iter().enumerate() {
        let (_, before) = cluster.balancer.ask(&Asked::get(&path)).await?;
        let price = 1_000 + i64::try_from(round)?;
        let set = ["offer", "set", &title, "rent", &format!("BRL:{price}")];
        let told = cluster.tool_at(changed, &set).await?;
        ensure!(told.code == 0, "{told:?}");
        let set_at = Instant::now();
        // Several times through each gateway, so that it asks either catalogue.
        for asked in 0..20 {
            let gateway = GATEWAYS[asked % 2];
            loop {
                let title = ask_gateway(&cluster, gateway, &path).await?;
                let offers = title["offers"].as_array().context("no offers")?.iter();
                let rented = offers
                    .clone()
                    .find(|offer| offer["kind"] == "rent")
                    .context("no rental")?;
                if rented["price"]["amount_minor"] == price {
                    break;
                }
                ensure!(
                    set_at.elapsed() < SOON,
                    "the old price is still told after {:?}",
                    set_at.elapsed()
                );
                tokio::time::sleep(PAUSE).await;
            }
        }
        let seen = before["offers"].as_array().context("no offers")?;
        let seen = seen.iter().find(|offer| offer["kind"] == "rent").context("no rental")?;
        let order = json!({
            "items": [{"offer_id": seen["id"], "price": seen["price"]}],
            "payment": {"method": "card", "token": "tok_visa"},
        });
        let order = Asked::send(Method::POST, "/api/v1/orders", order)
            .by(&session)
            .once(&format!("key-{round}"));
        let (status, answer) = cluster.balancer.ask(&order).await?;
        ensure!(
            status == StatusCode::CONFLICT && answer["code"] == "PRICE_CHANGED",
            "the price that was seen is not the price any more: {status}: {answer}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_film_that_is_added_through_one_catalogue_plays_through_every_gateway() -> Result<()> {
    let cluster = Cluster::start().await?;
    let title = title_id(&cluster, "nosferatu").await?;
    let film = cluster.path("film.mp4");
    let mut bytes = include_bytes!("../../crates/catalogue/demo/leader.mp4").to_vec();
    // A box that players skip makes it a different film.
    bytes.extend(100_008_u32.to_be_bytes());
    bytes.extend(b"free");
    bytes.extend(vec![7; 100_000]);
    std::fs::write(&film, &bytes)?;
    let film = film.to_str().context("a path in UTF-8")?;
    let added = cluster.tool_at(CATALOGUES[0], &["media", "add", &title, film]).await?;
    ensure!(added.code == 0, "{added:?}");

    let session = sign_up(&cluster, "ana").await?;
    let (_, page) = cluster
        .balancer
        .ask(&Asked::get(format!("/api/v1/titles/{title}")))
        .await?;
    let offers = page["offers"].as_array().context("no offers")?;
    let offer = offers.iter().find(|offer| offer["kind"] == "buy").context("no sale")?;
    let order = json!({
        "items": [{"offer_id": offer["id"], "price": offer["price"]}],
        "payment": {"method": "card", "token": "tok_visa"},
    });
    let order = Asked::send(Method::POST, "/api/v1/orders", order)
        .by(&session)
        .once("key");
    let (status, answer) = cluster.balancer.ask(&order).await?;
    ensure!(status == StatusCode::CREATED, "{status}: {answer}");
    let entitlement = answer["entitlements"][0]["id"].as_str().context("no entitlement")?;
    let open = Asked::send(
        Method::POST,
        format!("/api/v1/library/{entitlement}/playback"),
        json!({}),
    );
    let (status, playback) = cluster.balancer.ask(&open.by(&session)).await?;
    ensure!(status == StatusCode::OK, "{status}: {playback}");
    let media = playback["media_url"].as_str().context("no media")?;
    let path = media
        .find("/media/")
        .and_then(|at| media.get(at..))
        .context("no path")?;
    for gateway in GATEWAYS {
        let answer = reqwest::get(format!("{}{path}", cluster.address(gateway))).await?;
        ensure!(
            answer.error_for_status()?.bytes().await? == bytes,
            "the film through gateway {gateway}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn with_one_process_of_each_role_dead_the_store_serves_as_before() -> Result<()> {
    let cluster = Cluster::start().await?;
    let title = title_id(&cluster, "nosferatu").await?;
    let session = sign_up(&cluster, "ana").await?;
    let asked = [
        Asked::get("/api/v1/titles?q=moon"),
        Asked::get(format!("/api/v1/titles/{title}")).by(&session),
        Asked::get("/api/v1/library").by(&session),
    ];
    for [member, _] in [CATALOGUES, RENTS, GATEWAYS] {
        cluster.kill(member).await?;
    }
    let dead_since = Instant::now();
    // Requests may fail at first, but none from then on.
    while dead_since.elapsed() < RECOVERED_WITHIN {
        let _ = cluster.balancer.ask(&asked[1]).await;
    }
    for number in 0..REQUESTS {
        let begun = Instant::now();
        let (status, answer) = cluster.balancer.ask(&asked[number % asked.len()]).await?;
        ensure!(status == StatusCode::OK, "{status}: {answer}");
        ensure!(begun.elapsed() < SOON, "an answer took {:?}", begun.elapsed());
    }
    Ok(())
}

#[tokio::test]
async fn films_are_found_without_rent_and_the_library_is_there_without_the_catalogue() -> Result<()> {
    let cluster = Cluster::start().await?;
    let title = title_id(&cluster, "nosferatu").await?;
    let session = sign_up(&cluster, "ana").await?;
    for member in RENTS {
        cluster.kill(member).await?;
    }
    let (status, found) = cluster.balancer.ask(&Asked::get("/api/v1/titles?q=moon")).await?;
    ensure!(
        status == StatusCode::OK && found["total_size"].as_i64() > Some(0),
        "{status}: {found}"
    );
    let page = Asked::get(format!("/api/v1/titles/{title}"));
    for asked in [page.clone(), page.by(&session)] {
        let (status, answer) = cluster.balancer.ask(&asked).await?;
        ensure!(
            status == StatusCode::OK && answer["offers"].is_array() && answer["orders_open"] == false,
            "{status}: {answer}"
        );
    }
    let (status, answer) = cluster
        .balancer
        .ask(&Asked::get("/api/v1/library").by(&session))
        .await?;
    ensure!(status == StatusCode::SERVICE_UNAVAILABLE, "{status}: {answer}");
    for member in RENTS {
        cluster.begin(member).await?;
    }
    let back = async {
        loop {
            let answer = cluster.balancer.ask(&Asked::get("/api/v1/library").by(&session)).await;
            if answer.is_ok_and(|(status, _)| status == StatusCode::OK) {
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::time::timeout(RECOVERED_WITHIN, back)
        .await
        .context("rent is back, and the gateway does not use it")
}
