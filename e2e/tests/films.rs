//! The store sells only films that have a file that plays.

#![expect(clippy::similar_names, reason = "a film and its file, a list and its parts")]

use anyhow::{Context, Result};
use e2e::{Account, Opening, Order, offer_of};
use reqwest::StatusCode;
use serde_json::{Value, json};

/// A film with a price and without a file, as an import leaves it.
const LIMITE: &str = r#"{"source":"test","source_id":"limite","name":"Limite","year":1931}"#;

/// Another film.
const RIO: &str = r#"{"source":"test","source_id":"rio","name":"Rio 40 Graus","year":1955}"#;

/// A store of its own, with only the film Limite.
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
    assert!(!doctor.stdout.contains("cannot be ordered"), "{doctor:?}");
    let rio = opening.path("rio.jsonl");
    std::fs::write(&rio, RIO)?;
    let imported = opening
        .tool(&["import", &rio.display().to_string(), "--buy-price", "BRL:2990"])
        .await?;
    assert_eq!(imported.code, 0, "{imported:?}");
    let doctor = opening.tool(&["doctor"]).await?;
    assert!(doctor.stdout.contains("1 offer cannot be ordered"), "{doctor:?}");
    assert!(doctor.stdout.contains("Rio 40 Graus"), "{doctor:?}");
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

#[tokio::test]
async fn a_variable_of_the_environment_says_the_same_as_the_option() -> Result<()> {
    let opening = with_limite(&[]).await?;
    let order_of = async |opening: Opening, name: &str| {
        let store = opening.start().await?;
        let account = Account::open(&store, name).await?;
        let offer = offer_of(&store, &store.title_id("limite").await?, "rent").await?;
        let order = Order {
            key: "k1",
            offer: &offer,
            card: "tok_visa",
        };
        let (status, _) = account.order(&store, &order).await?;
        store.stop().await?;
        anyhow::Ok(status)
    };
    let without_film = |value: &str| opening.clone().told_by(&[("DVS_SELL_WITHOUT_FILM", value)]);
    assert_eq!(order_of(without_film("false"), "ana").await?, StatusCode::CONFLICT);
    assert_eq!(order_of(without_film("true"), "bia").await?, StatusCode::CREATED);

    let https = ("DVS_PUBLIC_URL", "https://films.example");
    let dangerous = without_film("true").told_by(&[https, ("DVS_ALLOW_SANDBOX", "true")]);
    let (status, told) = dangerous.start_refused().await?;
    assert!(!status.success() && told.contains("--sell-without-film"), "{told}");
    let (status, told) = Opening::new()?.told_by(&[https]).start_refused().await?;
    assert!(!status.success() && told.contains("DVS_ALLOW_SANDBOX=true"), "{told}");
    // What is allowed gets further: to the address, which another process has.
    let taken = std::net::TcpListener::bind("127.0.0.1:0")?;
    let listen = taken.local_addr()?.to_string();
    let allowed = [https, ("DVS_ALLOW_SANDBOX", "true"), ("DVS_LISTEN", &listen)];
    let (status, told) = Opening::new()?.told_by(&allowed).start_refused().await?;
    assert!(!status.success() && told.contains(&listen), "{told}");
    Ok(())
}

/// The demonstration's film, marked as HEVC in its index.
fn hevc(opening: &Opening) -> Result<String> {
    let mut film = include_bytes!("../../crates/catalogue/demo/leader.mp4").to_vec();
    let entry = film
        .windows(4)
        .rposition(|kind| kind == b"avc1")
        .context("it is H.264")?;
    film[entry..entry + 4].copy_from_slice(b"hev1");
    let file = opening.path("hevc.mp4");
    std::fs::write(&file, film)?;
    Ok(file.display().to_string())
}

async fn status(opening: &Opening, title: &str) -> Result<Value> {
    let told = opening.tool(&["media", "status", title, "--json"]).await?;
    anyhow::ensure!(told.code == 0, "{told:?}");
    Ok(serde_json::from_str(&told.stdout)?)
}

#[tokio::test]
async fn a_film_is_checked_before_it_is_sold() -> Result<()> {
    let opening = with_limite(&[]).await?;
    let store = opening.start().await?;
    let id = store.title_id("limite").await?;
    assert_eq!(status(&opening, "Limite").await?["state"], "none");

    let film = hevc(&opening)?;
    let added = opening.tool(&["media", "add", &id, &film]).await?;
    assert_eq!(added.code, 0, "{added:?}");
    assert!(
        added.stdout.contains("Browsers do not show HEVC (H.265) video"),
        "{added:?}"
    );
    let told = status(&opening, &id).await?;
    assert_eq!(told["state"], "unplayable");
    assert!(
        told["reason"].as_str().is_some_and(|reason| reason.contains("HEVC")),
        "{told}"
    );
    let doctor = opening.tool(&["doctor"]).await?;
    assert!(doctor.stdout.contains("HEVC"), "{doctor:?}");
    let title = store.get(&format!("/api/v1/titles/{id}")).await?;
    assert_eq!(title["playable"], false);

    // A film that plays takes its place, and subtitles and chapters in other forms become WebVTT.
    let good = leader(&opening)?;
    let subtitles = opening.path("limite.srt");
    std::fs::write(
        &subtitles,
        b"1\r\n00:00:01,000 --> 00:00:03,000\r\nOl\xe1, cora\xe7\xe3o!\r\n",
    )?;
    let subtitles = format!("pt-BR:{}", subtitles.display());
    let added = opening
        .tool(&["media", "add", &id, &good, "--subtitles", &subtitles])
        .await?;
    assert_eq!(added.code, 0, "{added:?}");
    for note in ["MP4, 0:00:22, H.264", "It was SubRip (SRT).", "Windows-1252"] {
        assert!(added.stdout.contains(note), "{note}: {added:?}");
    }
    let told = status(&opening, &id).await?;
    assert_eq!((&told["state"], &told["percent"]), (&json!("ready"), &json!(100)));
    assert_eq!(told["subtitles"], json!(["pt-BR"]));
    assert!(
        told["renditions"][0]["height"]
            .as_i64()
            .is_some_and(|height| height > 0),
        "{told}"
    );

    // Files that are not better are refused with the reason, and change nothing.
    let cut_off = opening.path("cut-off.mp4");
    std::fs::write(&cut_off, &std::fs::read(&good)?[..20_000])?;
    let cut_off = cut_off.display().to_string();
    for (worse, found) in [(film.as_str(), "HEVC"), (cut_off.as_str(), "cut off")] {
        let refused = opening.tool(&["media", "add", &id, worse]).await?;
        assert_ne!(refused.code, 0, "{refused:?}");
        assert!(refused.stderr.contains(found), "{refused:?}");
        assert_eq!(status(&opening, &id).await?, told);
    }
    assert_eq!(store.get(&format!("/api/v1/titles/{id}")).await?["playable"], true);
    store.stop().await?;
    assert_eq!(opening.complaints()?, [""; 0]);
    Ok(())
}

#[tokio::test]
async fn a_film_that_browsers_do_not_play_is_sold_only_if_the_operator_says_so() -> Result<()> {
    let opening = with_limite(&[]).await?;
    let store = opening.start().await?;
    let ana = Account::open(&store, "ana").await?;
    let id = store.title_id("limite").await?;
    let offer = offer_of(&store, &id, "rent").await?;
    let order = Order {
        key: "k1",
        offer: &offer,
        card: "tok_visa",
    };
    let film = hevc(&opening)?;
    let added = opening.tool(&["media", "add", &id, &film]).await?;
    assert!(added.code == 0 && added.stdout.contains("--sell-anyway"), "{added:?}");
    let (status, refused) = ana.order(&store, &order).await?;
    assert_eq!(
        (status, &refused["code"]),
        (StatusCode::CONFLICT, &json!("NOT_PLAYABLE"))
    );

    let added = opening.tool(&["media", "add", &id, &film, "--sell-anyway"]).await?;
    assert_eq!(added.code, 0, "{added:?}");
    let (status, placed) = ana.order(&store, &order).await?;
    assert_eq!(status, StatusCode::CREATED, "{placed}");
    let doctor = opening.tool(&["doctor"]).await?;
    assert!(!doctor.stdout.contains("cannot be ordered"), "{doctor:?}");
    store.stop().await?;
    Ok(())
}

#[tokio::test]
async fn a_kill_during_an_upload_leaves_no_file() -> Result<()> {
    let opening = with_limite(&[]).await?;
    let store = opening.start().await?;
    let id = store.title_id("limite").await?;
    let added = opening.tool(&["media", "add", &id, &leader(&opening)?]).await?;
    assert_eq!(added.code, 0, "{added:?}");
    let before = files(&opening);
    assert_eq!(before.len(), 1, "{before:?}");

    // A film that is large enough for its upload to take a while.
    let large = opening.path("large.mp4");
    std::fs::copy(leader(&opening)?, &large)?;
    std::fs::File::options().append(true).open(&large)?.set_len(2 << 30)?;
    let uploading = opening.clone();
    let film = large.display().to_string();
    let of = id.clone();
    let upload = tokio::spawn(async move { uploading.tool(&["media", "add", &of, &film]).await });
    until(&opening, |files| files.len() > 1).await?;
    let opening = store.kill().await?;
    let broken_off = upload.await??;
    assert_ne!(broken_off.code, 0, "{broken_off:?}");

    let store = opening.start().await?;
    until(&opening, |files| *files == before).await?;
    assert_eq!(status(&opening, &id).await?["state"], "ready");
    store.stop().await?;
    Ok(())
}

#[tokio::test]
async fn doctor_counts_the_files_that_the_catalogue_does_not_know() -> Result<()> {
    let opening = with_limite(&[]).await?;
    let place = "media/titles/019ac0de-0000-7000-8000-000000000001/019ac0de-0000-7000-8000-000000000002";
    let place = opening.data_dir().join(place);
    std::fs::create_dir_all(&place)?;
    std::fs::write(place.join("film.mp4"), "a film of another catalogue")?;
    let store = opening.start().await?;
    // The store lists its media when it has started.
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_mins(1);
    let mut doctor = opening.tool(&["doctor"]).await?;
    while !doctor.stdout.contains("does not know 1 media file,") && tokio::time::Instant::now() < deadline {
        doctor = opening.tool(&["doctor"]).await?;
    }
    assert!(doctor.stdout.contains("does not know 1 media file,"), "{doctor:?}");
    assert_eq!(doctor.code, 0, "{doctor:?}");
    store.stop().await?;
    let closed = opening.tool(&["doctor"]).await?;
    assert!(closed.stdout.contains("does not know 1 media file,"), "{closed:?}");
    assert!(place.join("film.mp4").exists());
    Ok(())
}

/// All files of uploads, complete and incomplete.
fn files(opening: &Opening) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![opening.data_dir().join("media/titles")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            // The store may remove a file while the test lists the folder.
            let Ok(entry) = entry else { continue };
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder {
                folders.push(entry.path());
            } else {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    found
}

async fn until(opening: &Opening, looks: impl Fn(&Vec<std::path::PathBuf>) -> bool) -> Result<()> {
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_mins(1);
    while tokio::time::Instant::now() < deadline {
        if looks(&files(opening)) {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    anyhow::bail!("the files are {:?}", files(opening))
}
