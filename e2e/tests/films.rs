//! Only films that are there are sold.

use anyhow::{Context, Result};
use e2e::{Account, Opening, Order, offer_of};
use reqwest::StatusCode;
use serde_json::{Value, json};

/// A film with a price and without a file, as an import leaves it.
const LIMITE: &str = r#"{"source":"test","source_id":"limite","name":"Limite","year":1931}"#;

/// A store of its own, with that film in it and nothing else.
async fn with_limite(arguments: &[&str]) -> Result<Opening> {
    let opening = Opening::new()?.with(&["--no-demo"]).with(arguments);
    let file = opening.path("films.jsonl");
    std::fs::write(&file, LIMITE)?;
    let imported = opening
        .tool(&["import", &file.display().to_string(), "--rent-price", "BRL:590"])
        .await?;
    assert_eq!(imported.code, 0, "{imported:?}");
    Ok(opening)
}

fn leader(opening: &Opening) -> Result<String> {
    let file = opening.path("leader.mp4");
    std::fs::write(&file, include_bytes!("../../crates/catalogue/demo/leader.mp4"))?;
    Ok(file.display().to_string())
}

#[tokio::test]
async fn a_film_is_sold_from_when_it_is_there() -> Result<()> {
    let opening = with_limite(&[]).await?;
    let store = opening.start().await?;
    let ana = Account::open(&store, "ana").await?;
    let id = store.title_id("limite").await?;
    let title: Value = store.get(&format!("/api/v1/titles/{id}")).await?;
    assert_eq!(
        (&title["playable"], &title["has_media"]),
        (&json!(false), &json!(false))
    );
    let listed = store.get("/api/v1/titles").await?;
    assert_eq!(listed["titles"][0]["playable"], false);
    let to_rent = store.get("/api/v1/titles?offer=rent").await?;
    assert_eq!(
        to_rent["total_size"], 0,
        "what cannot be rented is not found as what can"
    );
    let page = store
        .http()
        .get(store.url(&format!("/titles/{id}")))
        .send()
        .await?
        .text()
        .await?;
    assert!(!page.contains("schema.org/InStock"), "nor is it offered to other sites");

    let offer = offer_of(&store, &id, "rent").await?;
    let order = Order {
        key: "k1",
        offer: &offer,
        card: "tok_visa",
    };
    let (status, refused) = ana.order(&store, &order).await?;
    assert_eq!(
        (status, &refused["code"]),
        (StatusCode::CONFLICT, &json!("NOT_PLAYABLE"))
    );
    assert_eq!(refused["title_id"], json!(id));
    let doctor = opening.tool(&["doctor"]).await?;
    assert_eq!(doctor.code, 0, "{doctor:?}");
    let offer_id = offer["id"].as_str().context("an offer has an id")?;
    assert!(doctor.stdout.contains(offer_id), "{doctor:?}");
    assert!(doctor.stdout.contains("1 offer"), "{doctor:?}");
    let charges = opening.tool(&["sandbox", "charges"]).await?;
    assert_eq!(charges.stdout, "", "nothing was charged");

    let added = opening.tool(&["media", "add", &id, &leader(&opening)?]).await?;
    assert_eq!(added.code, 0, "{added:?}");
    // The refused order did not use up its key.
    let (status, placed) = ana.order(&store, &order).await?;
    assert_eq!(
        (status, &placed["state"]),
        (StatusCode::CREATED, &json!("fulfilled")),
        "{placed}"
    );
    let doctor = opening.tool(&["doctor"]).await?;
    assert!(!doctor.stdout.contains(offer_id), "{doctor:?}");
    store.stop().await?;

    let doctor = opening.tool(&["doctor"]).await?;
    assert_eq!(doctor.code, 0, "of a closed store too: {doctor:?}");
    Ok(())
}

#[tokio::test]
async fn a_test_may_sell_without_film_and_a_public_store_may_not() -> Result<()> {
    let opening = with_limite(&["--sell-without-film"]).await?;
    let store = opening.start().await?;
    let ana = Account::open(&store, "ana").await?;
    let id = store.title_id("limite").await?;
    let title: Value = store.get(&format!("/api/v1/titles/{id}")).await?;
    assert_eq!((&title["playable"], &title["has_media"]), (&json!(true), &json!(false)));
    let offer = offer_of(&store, &id, "rent").await?;
    let order = Order {
        key: "k1",
        offer: &offer,
        card: "tok_visa",
    };
    let (status, placed) = ana.order(&store, &order).await?;
    assert_eq!(status, StatusCode::CREATED, "{placed}");
    store.stop().await?;

    let public = Opening::new()?.with(&["--sell-without-film", "--public-url", "https://films.example"]);
    let (status, told) = public.start_refused().await?;
    assert!(!status.success());
    assert!(told.contains("--sell-without-film"), "{told}");
    assert!(!public.data_dir().exists(), "and nothing is made");
    Ok(())
}
