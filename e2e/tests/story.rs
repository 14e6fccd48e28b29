//! A guest finds a film, rents it and watches it; another customer buys one; a third sees nothing of either.

use anyhow::{Context, Result};
use e2e::{Account, Engine, Opening, Order, Postgres, Store, offer_of};
use reqwest::header::{CONTENT_RANGE, RANGE};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

async fn rent_nosferatu(store: &Store, account: &Account, key: &str, card: &str) -> Result<(StatusCode, Value)> {
    let title = store.title_id("nosferatu").await?;
    let offer = offer_of(store, &title, "rent").await?;
    let offer = &offer;
    account.order(store, &Order { key, offer, card }).await
}

fn id_of(entitlement: &Value) -> Result<&str> {
    entitlement["id"].as_str().context("an entitlement has an id")
}

async fn the_whole_story(opening: Opening) -> Result<()> {
    let store = opening.start().await?;
    the_whole_story_as(store, "ana").await?;
    assert_eq!(opening.complaints()?, Vec::<String>::new());
    Ok(())
}

async fn the_whole_story_as(store: Store, name: &str) -> Result<()> {
    let account = Account::open(&store, name).await?;

    let (status, answer) = rent_nosferatu(&store, &account, "first", "tok_declined").await?;
    assert_eq!(status, StatusCode::PAYMENT_REQUIRED, "{answer}");
    assert_eq!(answer["code"], "PAYMENT_DECLINED");
    assert!(answer["order_id"].is_string(), "{answer}");
    assert!(account.entitlements(&store).await?.is_empty());

    let (status, order) = rent_nosferatu(&store, &account, "second", "tok_visa").await?;
    assert_eq!(
        (status, &order["state"]),
        (StatusCode::CREATED, &json!("fulfilled")),
        "{order}"
    );
    let held = account.entitlements(&store).await?;
    assert_eq!(held.len(), 1);
    assert_eq!(held[0]["state"], "not_started");
    assert!(
        held[0]["start_by"].is_string() && held[0]["watch_until"].is_null(),
        "{}",
        held[0]
    );

    let entitlement = id_of(&held[0])?;
    let (status, answer) = account.play(&store, entitlement, &json!({})).await?;
    assert_eq!(
        (status, &answer["code"]),
        (StatusCode::CONFLICT, &json!("START_NOT_CONFIRMED"))
    );
    let (status, playback) = account
        .play(&store, entitlement, &json!({"confirm_start": true}))
        .await?;
    assert_eq!(status, StatusCode::OK, "{playback}");
    assert_eq!(
        account.entitlements(&store).await?[0]["state"],
        "not_started",
        "no picture was shown yet"
    );

    let media = playback["media_url"].as_str().context("no media")?;
    let media = if media.starts_with("http") {
        media.to_owned()
    } else {
        store.url(media)
    };
    let range = store.http().get(&media).header(RANGE, "bytes=4-11").send().await?;
    assert_eq!(range.status(), StatusCode::PARTIAL_CONTENT);
    assert!(range.headers()[CONTENT_RANGE].to_str()?.starts_with("bytes 4-11/"));
    assert!(range.bytes().await?.starts_with(b"ftyp"), "the film is an MP4");

    let session = format!(
        "/api/v1/library/{entitlement}/playback/{}",
        playback["playback_id"].as_str().context("no id")?
    );
    let kept = account
        .request(&store, Method::PUT, &session)
        .json(&json!({"position_seconds": 7}))
        .send()
        .await?;
    assert!(kept.status().is_success(), "{}", kept.text().await?);
    assert_eq!(account.entitlements(&store).await?[0]["state"], "started");
    let closed = account.request(&store, Method::DELETE, &session).send().await?;
    assert_eq!(closed.status(), StatusCode::NO_CONTENT);
    let (_, playback) = account.play(&store, entitlement, &json!({})).await?;
    assert_eq!(playback["position_seconds"], 7);

    let (status, answer) = rent_nosferatu(&store, &account, "third", "tok_visa").await?;
    assert_eq!(
        (status, &answer["code"]),
        (StatusCode::CONFLICT, &json!("ALREADY_HELD")),
        "{answer}"
    );
    assert!(store.stop().await?.success());
    Ok(())
}

#[tokio::test]
async fn a_film_is_found_rented_and_watched_in_one_process() -> Result<()> {
    the_whole_story(Opening::new()?).await
}

#[tokio::test]
async fn a_film_is_found_rented_and_watched_over_grpc() -> Result<()> {
    the_whole_story(Opening::new()?.with(&["--transport", "grpc"])).await
}

#[tokio::test]
async fn a_film_is_found_rented_and_watched_over_rest() -> Result<()> {
    the_whole_story(Opening::new()?.with(&["--transport", "rest"])).await
}

#[tokio::test]
async fn a_film_is_found_rented_and_watched_with_every_role_apart() -> Result<()> {
    for transport in ["grpc", "rest"] {
        the_whole_story(Opening::apart(Engine::Sqlite).await?.with(&["--transport", transport])).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_film_is_found_rented_and_watched_with_every_role_apart_on_postgres() -> Result<()> {
    for transport in ["grpc", "rest"] {
        the_whole_story(
            Opening::apart(Engine::Postgres)
                .await?
                .with(&["--transport", transport]),
        )
        .await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_film_is_found_rented_and_watched_with_every_role_apart_behind_a_pooler() -> Result<()> {
    for transport in ["grpc", "rest"] {
        the_whole_story(Opening::apart(Engine::Pooled).await?.with(&["--transport", transport])).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_rental_ends_when_its_window_does_behind_a_pooler() -> Result<()> {
    a_rental_ends(Opening::apart(Engine::Pooled).await?.with(&["--lab"])).await
}

#[tokio::test]
async fn a_film_is_found_rented_and_watched_in_one_process_on_postgres() -> Result<()> {
    let postgres = Postgres::start().await?;
    let (catalogue, rent) = (postgres.url("catalogue"), postgres.url("rent"));
    let urls = ["--catalogue-database-url", &catalogue, "--rent-database-url", &rent];
    for transport in ["local", "grpc", "rest"] {
        let opening = Opening::new()?.with(&urls).with(&["--transport", transport]);
        if transport == "local" {
            let (code, told) = opening.start_refused().await?;
            assert!(
                !code.success() && told.contains("dvs migrate --role catalogue"),
                "{told}"
            );
            postgres.migrate().await?;
        }
        let store = opening.start().await?;
        let media = format!("file://{}", opening.data_dir().join("media").display());
        let loaded = opening.tool(&["demonstration", "--media-url", &media]).await?;
        assert_eq!(loaded.code, 0, "{}", loaded.stderr);
        the_whole_story_as(store, transport).await?;
        assert_eq!(opening.complaints()?, Vec::<String>::new());
    }
    Ok(())
}

#[tokio::test]
async fn a_customer_cannot_see_what_another_one_has() -> Result<()> {
    let store = Store::open().await?;
    let ana = Account::open(&store, "ana").await?;
    let eva = Account::open(&store, "eva").await?;
    let (_, order) = rent_nosferatu(&store, &ana, "key", "tok_visa").await?;
    let entitlement = order["entitlements"][0]["id"].as_str().context("no entitlement")?;

    let order_path = format!("/api/v1/orders/{}", order["id"].as_str().context("no order")?);
    let seen = eva.request(&store, Method::GET, &order_path).send().await?;
    assert_eq!(seen.status(), StatusCode::NOT_FOUND);
    let (status, _) = eva.play(&store, entitlement, &json!({"confirm_start": true})).await?;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(eva.entitlements(&store).await?.is_empty());

    let guest = store.http().get(store.url(&order_path)).send().await?;
    assert_eq!(guest.status(), StatusCode::UNAUTHORIZED);
    Ok(())
}

#[tokio::test]
async fn a_purchase_is_owned_and_plays_without_a_window() -> Result<()> {
    let store = Store::open().await?;
    let account = Account::open(&store, "ana").await?;
    let title = store.title_id("nosferatu").await?;
    let offer = offer_of(&store, &title, "buy").await?;
    let (status, order) = account
        .order(
            &store,
            &Order {
                key: "k",
                offer: &offer,
                card: "tok_visa",
            },
        )
        .await?;
    assert_eq!(status, StatusCode::CREATED, "{order}");
    let held = account.entitlements(&store).await?;
    assert_eq!(held[0]["state"], "owned");
    let (status, playback) = account.play(&store, id_of(&held[0])?, &json!({})).await?;
    assert_eq!(status, StatusCode::OK, "{playback}");
    Ok(())
}

#[tokio::test]
async fn a_rental_ends_when_its_window_does() -> Result<()> {
    a_rental_ends(Opening::new()?.with(&["--lab"])).await
}

#[tokio::test]
async fn a_rental_ends_when_its_window_does_with_every_role_apart() -> Result<()> {
    a_rental_ends(Opening::apart(Engine::Postgres).await?.with(&["--lab"])).await
}

async fn a_rental_ends(opening: Opening) -> Result<()> {
    let store = opening.start().await?;
    let account = Account::open(&store, "ana").await?;
    let (_, order) = rent_nosferatu(&store, &account, "key", "tok_visa").await?;
    let entitlement = order["entitlements"][0]["id"].as_str().context("no entitlement")?;
    let (status, playback) = account
        .play(&store, entitlement, &json!({"confirm_start": true}))
        .await?;
    assert_eq!(status, StatusCode::OK, "{playback}");
    let media = store.url(playback["media_url"].as_str().context("no media")?);
    let session = playback["playback_id"].as_str().context("no id")?;
    let session = format!("/api/v1/library/{entitlement}/playback/{session}");
    let shown = account
        .request(&store, Method::PUT, &session)
        .json(&json!({"position_seconds": 0, "picture_shown": true}))
        .send()
        .await?;
    assert!(shown.status().is_success(), "{}", shown.text().await?);

    let moved = opening.tool(&["lab", "clock", "+49h"]).await?;
    assert_eq!(moved.code, 0, "{}", moved.stderr);
    assert_eq!(account.entitlements(&store).await?[0]["state"], "expired");
    let (status, answer) = account.play(&store, entitlement, &json!({})).await?;
    assert_eq!(status, StatusCode::CONFLICT, "{answer}");
    let gone = store.http().get(&media).send().await?;
    assert_eq!(gone.status(), StatusCode::NOT_FOUND);
    Ok(())
}
