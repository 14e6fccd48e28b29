//! What the store says of itself is set by its staff, and is the same everywhere at once.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::{Account, Cluster, Opening, Store, expect_refused};
use reqwest::StatusCode;
use serde_json::Value;
use tokio::time::Instant;

/// How soon every gateway knows.
const SOON: Duration = Duration::from_secs(1);
const MAIL_WITHIN: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(20);
const GATEWAYS: [usize; 2] = [4, 5];

/// As much of a picture as says what it is and how large.
const LOGO: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x20\0\0\0\x10\x08\x06\0\0\0\0\0\0\0";

async fn set(opening: &Opening, key: &str, value: &str) -> Result<()> {
    let told = opening.tool(&["settings", "set", key, value]).await?;
    ensure!(told.code == 0, "{key}: {told:?}");
    Ok(())
}

async fn text(store: &Store, path: &str) -> Result<String> {
    let answer = store.http().get(store.url(path)).send().await?;
    Ok(answer.error_for_status()?.text().await?)
}

/// The JSON in the element of a page that begins so.
fn json_in(page: &str, opening: &str) -> Result<Value> {
    let (_, rest) = page.split_once(opening).with_context(|| format!("{opening}: {page}"))?;
    let (json, _) = rest.split_once("</script>").context("the element does not end")?;
    Ok(serde_json::from_str(json)?)
}

/// The first mail in a folder.
async fn mail(folder: &Path) -> Result<String> {
    let wait = async {
        loop {
            let mut files = fs::read_dir(folder).into_iter().flatten();
            match files.next().transpose()? {
                Some(file) if file.path().extension().is_some_and(|ending| ending == "eml") => {
                    return Ok(fs::read_to_string(file.path())?);
                }
                _ => tokio::time::sleep(PAUSE).await,
            }
        }
    };
    tokio::time::timeout(MAIL_WITHIN, wait).await.context("no mail came")?
}

#[tokio::test]
async fn two_gateways_show_a_change_within_a_second() -> Result<()> {
    let cluster = Cluster::start().await?;
    for (round, catalogue) in [0, 1].into_iter().enumerate() {
        let name = format!("Cine Clube {round}");
        let told = cluster.tool_at(catalogue, &["settings", "set", "name", &name]).await?;
        ensure!(told.code == 0, "{told:?}");
        let set_at = Instant::now();
        for gateway in GATEWAYS {
            for (path, said) in [
                ("/api/v1/store", format!("\"name\":\"{name}\"")),
                ("/", format!("<title>{name}</title>")),
            ] {
                while !reqwest::get(format!("{}{path}", cluster.address(gateway)))
                    .await?
                    .text()
                    .await?
                    .contains(&said)
                {
                    ensure!(
                        set_at.elapsed() < SOON,
                        "gateway {gateway} does not say {said:?} on {path}"
                    );
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn page_manifest_api_and_mail_say_the_same_and_a_restart_keeps_it() -> Result<()> {
    let opening = Opening::new()?.with(&["--store-name", "Cine Clube"]);
    let logo = opening.path("logo.png");
    fs::write(&logo, LOGO)?;
    let store = opening.start().await?;
    ensure!(store.get("/api/v1/store").await?["name"] == "Cine Clube");
    for (key, value) in [
        ("name", "Cine Belém"),
        ("tagline", "Filmes de sempre"),
        ("accent", "#8a1c4a"),
        ("legal_name", "Cine Belém Ltda."),
        ("address", "Rua do Cinema, 1"),
        ("tax_id", "12.345.678/0001-90"),
        ("contact_email", "ajuda@films.example"),
        ("mail_sender", "Belém <loja@films.example>"),
        ("logo", &logo.display().to_string()),
    ] {
        set(&opening, key, value).await?;
    }
    let told = store.get("/api/v1/store").await?;
    ensure!(told["name"] == "Cine Belém" && told["accent"] == "#8a1c4a", "{told}");
    ensure!(told["payment_methods"][0]["provider"] == "sandbox", "{told}");

    let page = text(&store, "/").await?;
    let brought = json_in(&page, "<script type=\"application/json\" id=\"dvs-store\">")?;
    for (field, value) in brought.as_object().context("the profile is an object")? {
        ensure!(told[field] == *value && value.is_string(), "{field}: {value} {told}");
    }
    let site = json_in(&page, "<script type=\"application/ld+json\">")?;
    ensure!(site["publisher"]["legalName"] == "Cine Belém Ltda.", "{site}");
    let manifest: Value = serde_json::from_str(&text(&store, "/manifest.webmanifest").await?)?;
    ensure!(
        manifest["name"] == "Cine Belém" && manifest["theme_color"] == "#8a1c4a",
        "{manifest}"
    );
    let words = store.get("/api/v1/words/terms").await?;
    ensure!(
        words["text"]
            .as_str()
            .is_some_and(|text| text.contains("Cine Belém Ltda.")),
        "{words}"
    );
    let path = told["logo_url"].as_str().context("there is a logo")?;
    let shown = store.http().get(store.url(path)).send().await?.error_for_status()?;
    ensure!(shown.headers()["content-type"] == "image/png" && shown.bytes().await? == LOGO);

    Account::open(&store, "ana").await?;
    let welcome = mail(&opening.data_dir().join("mail")).await?;
    for line in [
        "<loja@films.example>",
        "Cine Belém Ltda.",
        "12.345.678/0001-90",
        "#8a1c4a",
    ] {
        ensure!(welcome.contains(line), "{line}: {welcome}");
    }

    ensure!(store.stop().await?.success());
    let store = opening.start().await?;
    ensure!(
        store.get("/api/v1/store").await? == told,
        "the name of the first start does not come back"
    );
    let shown = opening.tool(&["settings", "show", "--json"]).await?;
    let shown: Value = serde_json::from_str(&shown.stdout)?;
    ensure!(
        shown["name"] == "Cine Belém" && shown["mail_sender"] == "Belém <loja@films.example>",
        "{shown}"
    );
    set(&opening, "tagline", "").await?;
    ensure!(store.get("/api/v1/store").await?["tagline"].is_null());
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_set_is_refused_with_what_can() -> Result<()> {
    let opening = Opening::new()?;
    let store = opening.start().await?;
    let before = store.get("/api/v1/store").await?;
    let svg = opening.path("logo.svg");
    fs::write(
        &svg,
        "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    )?;
    let (svg, nowhere) = (
        svg.display().to_string(),
        opening.path("nowhere.png").display().to_string(),
    );
    for (key, value, says) in [
        ("colour", "#8a1c4a", &["accent", "mail_sender"][..]),
        ("accent", "#777777", &["3.57", "3.85", "4.5", "The nearest colour"]),
        ("accent", "red", &["#f2a93b"]),
        ("name", "x\u{200b}y", &["name"]),
        ("mail_sender", "nobody", &["Cine Clube <loja@films.example>"]),
        ("logo", &svg, &["PNG, JPEG or WebP"]),
        ("logo", &nowhere, &["nowhere.png"]),
    ] {
        expect_refused(&opening.tool(&["settings", "set", key, value]).await?, says)?;
    }
    ensure!(store.get("/api/v1/store").await? == before);
    let shown = opening.tool(&["settings", "show"]).await?;
    ensure!(
        shown.stdout.contains("(not set)") && shown.stdout.lines().count() == 9,
        "{shown:?}"
    );
    let anybody = store.http().post(store.url("/v1/settings")).send().await?;
    ensure!(
        anybody.status() == StatusCode::NOT_FOUND,
        "the gateway serves no such thing"
    );

    let (status, error) = Opening::new()?
        .with(&["--store-name", "\u{feff}"])
        .start_refused()
        .await?;
    ensure!(!status.success() && error.contains("--store-name"), "{error}");
    Ok(())
}
