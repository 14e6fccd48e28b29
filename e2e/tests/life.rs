//! How a store starts, stops and dies, and how tools work on it.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use e2e::{Account, Opening, Order, Output, Store, dvs, offer_becomes, offer_of};
use reqwest::StatusCode;
use serde_json::json;

async fn tool(arguments: &[&str], data_dir: &Path) -> Result<Output> {
    let data_dir = ["--data-dir".as_ref(), data_dir.as_os_str()];
    dvs(arguments.iter().map(AsRef::as_ref).chain(data_dir)).await
}

#[tokio::test]
async fn ctrl_c_drains_and_ends_well_with_a_clean_log() -> Result<()> {
    let store = Store::open().await?;
    let opening = store.opening().clone();
    store.get("/api/v1/titles").await?;
    assert!(store.stop().await?.success());
    let log = opening.log_text()?;
    assert!(!log.contains("ERROR") && !log.contains("WARN"), "{log}");
    Ok(())
}

#[tokio::test]
async fn a_store_that_is_killed_keeps_every_order_it_acknowledged() -> Result<()> {
    let store = Store::open().await?;
    let account = Account::open(&store, "ana").await?;
    let offer = offer_of(&store, &store.title_id("nosferatu").await?, "rent").await?;
    let order = Order {
        key: "k",
        offer: &offer,
        card: "tok_visa",
    };
    let (status, before) = account.order(&store, &order).await?;
    assert_eq!(status, StatusCode::CREATED);

    let store = store.kill().await?.start().await?;
    let (status, after) = account.order(&store, &order).await?;
    assert_eq!((status, &after["id"]), (StatusCode::CREATED, &before["id"]));
    assert_eq!(account.entitlements(&store).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_port_in_use_is_named() -> Result<()> {
    let held = TcpListener::bind("127.0.0.1:0")?;
    let address = held.local_addr()?.to_string();
    let (status, error) = Opening::new()?.with(&["--listen", &address]).start_refused().await?;
    assert_eq!(status.code(), Some(1));
    assert!(error.contains(&address) && error.contains("in use"), "{error}");
    Ok(())
}

#[tokio::test]
async fn a_public_store_does_not_give_films_away_by_accident() -> Result<()> {
    for url in [
        "https://films.example",
        "HTTPS://FILMS.example/",
        " https://films.example",
        "https://[2001:db8::1]:8443",
    ] {
        let opening = Opening::new()?.with(&["--listen", "127.0.0.1:0", "--public-url", url]);
        let (status, error) = opening.start_refused().await?;
        assert_eq!(status.code(), Some(1), "{url}");
        assert!(
            error.contains("sandbox") && error.contains("--allow-sandbox"),
            "{error}"
        );
        assert!(!opening.data_dir().exists(), "a refused start leaves nothing behind");
    }
    Ok(())
}

#[tokio::test]
async fn a_public_address_that_is_none_is_refused() -> Result<()> {
    // Each of these could be taken for an address without https, and the store for one that is not public.
    for url in [
        "films.example",
        "https:films.example",
        "//films.example",
        "ftp://films.example",
    ] {
        let opening = Opening::new()?.with(&["--listen", "127.0.0.1:0", "--public-url", url]);
        let (status, error) = opening.start_refused().await?;
        assert_eq!(status.code(), Some(2), "{url}");
        assert!(
            error.contains(url) && error.contains("https://films.example"),
            "{error}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_data_folder_that_cannot_be_used_is_named() -> Result<()> {
    let opening = Opening::new()?;
    // A file is where the folder should be, so that not even root can write there.
    std::fs::write(opening.data_dir(), "not a folder")?;
    let (status, error) = opening.start_refused().await?;
    assert_eq!(status.code(), Some(1));
    assert!(error.contains("data folder") && error.contains("data"), "{error}");
    Ok(())
}

#[tokio::test]
async fn a_second_store_on_one_folder_is_refused() -> Result<()> {
    let store = Store::open().await?;
    let (status, error) = store.opening().start_refused().await?;
    assert_eq!(status.code(), Some(1));
    assert!(error.contains("in use by dvs serve"), "{error}");
    assert!(
        store.get("/readyz").await.is_ok()
            || store
                .http()
                .get(store.url("/readyz"))
                .send()
                .await?
                .status()
                .is_success()
    );
    Ok(())
}

#[tokio::test]
async fn what_is_secret_in_the_folder_is_its_owners_alone() -> Result<()> {
    let store = Store::open().await?;
    let data_dir = store.opening().data_dir();
    for entry in std::fs::read_dir(&data_dir)? {
        let entry = entry?;
        let name = entry.file_name().into_string().ok().context("a name")?;
        if [".key", ".sock"].iter().any(|ending| name.ends_with(ending)) {
            let mode = entry.metadata()?.permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{name}");
        }
    }
    assert_eq!(std::fs::metadata(&data_dir)?.permissions().mode() & 0o777, 0o700);
    Ok(())
}

#[tokio::test]
async fn tools_work_on_a_running_store_and_on_a_closed_one() -> Result<()> {
    let store = Store::open().await?;
    let data_dir = store.opening().data_dir();
    let title = store.title_id("nosferatu").await?;
    let set = tool(&["offer", "set", &title, "rent", "BRL:777"], &data_dir).await?;
    ensure!(set.code == 0, "{}", set.stderr);
    offer_becomes(&store, &title, "rent", |offer| offer["price"]["amount_minor"] == 777).await?;

    let opening = store.opening().clone();
    assert!(store.stop().await?.success());
    let set = tool(&["offer", "set", &title, "rent", "BRL:888"], &data_dir).await?;
    ensure!(set.code == 0, "{}", set.stderr);
    let store = opening.start().await?;
    assert_eq!(offer_of(&store, &title, "rent").await?["price"]["amount_minor"], 888);
    Ok(())
}

#[tokio::test]
async fn a_sold_rental_keeps_the_windows_it_was_sold_with() -> Result<()> {
    let store = Store::open().await?;
    let account = Account::open(&store, "ana").await?;
    let title = store.title_id("nosferatu").await?;
    let offer = offer_of(&store, &title, "rent").await?;
    let order = Order {
        key: "k",
        offer: &offer,
        card: "tok_visa",
    };
    let (_, sold) = account.order(&store, &order).await?;
    let command = [
        "offer",
        "set",
        &title,
        "rent",
        "BRL:990",
        "--viewing-window",
        "24",
        "--start-window",
        "48",
    ];
    let set = tool(&command, &store.opening().data_dir()).await?;
    ensure!(set.code == 0, "{}", set.stderr);
    offer_becomes(&store, &title, "rent", |offer| offer["viewing_window_hours"] == 24).await?;
    let held = &account.entitlements(&store).await?[0];
    assert_eq!(held["viewing_window_hours"], offer["viewing_window_hours"]);
    assert_eq!(held["start_by"], sold["entitlements"][0]["start_by"]);
    Ok(())
}

#[tokio::test]
async fn the_clock_moves_in_the_lab_alone() -> Result<()> {
    let store = Store::open().await?;
    let refused = tool(&["lab", "clock", "+49h"], &store.opening().data_dir()).await?;
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("--lab"), "{}", refused.stderr);
    Ok(())
}

#[tokio::test]
async fn a_title_gets_a_file_of_its_own() -> Result<()> {
    let store = Store::open().await?;
    let account = Account::open(&store, "ana").await?;
    let title = store.title_id("nosferatu").await?;
    let film = store.opening().path("film.mp4");
    let mut bytes = include_bytes!("../../crates/catalogue/demo/leader.mp4").to_vec();
    // A box that players skip makes it a different film, of many pieces.
    bytes.extend((8 + 4 * 300_000u32).to_be_bytes());
    bytes.extend(b"free");
    bytes.extend((0..300_000u32).flat_map(u32::to_le_bytes));
    std::fs::write(&film, &bytes)?;
    let data_dir = store.opening().data_dir();
    let added = tool(&["media", "add", &title, film.to_str().context("a path")?], &data_dir).await?;
    ensure!(added.code == 0, "{}", added.stderr);

    let offer = offer_of(&store, &title, "buy").await?;
    let (_, order) = account
        .order(
            &store,
            &Order {
                key: "k",
                offer: &offer,
                card: "tok_visa",
            },
        )
        .await?;
    let entitlement = order["entitlements"][0]["id"].as_str().context("no entitlement")?;
    let (_, playback) = account.play(&store, entitlement, &json!({})).await?;
    let media = store.url(playback["media_url"].as_str().context("no media")?);
    let whole = store.http().get(&media).send().await?.bytes().await?;
    assert!(whole == bytes, "the film came back changed: {} bytes", whole.len());
    let tail = store.http().get(&media).header("range", "bytes=-100").send().await?;
    assert_eq!(tail.status(), StatusCode::PARTIAL_CONTENT);
    assert!(tail.bytes().await? == bytes[bytes.len() - 100..]);
    let beyond = store
        .http()
        .get(&media)
        .header("range", "bytes=99999999-")
        .send()
        .await?;
    assert_eq!(beyond.status(), StatusCode::RANGE_NOT_SATISFIABLE);

    std::fs::write(&film, "not a film")?;
    let refused = tool(&["media", "add", &title, film.to_str().context("a path")?], &data_dir).await?;
    assert_eq!(refused.code, 1, "{}", refused.stdout);
    Ok(())
}
