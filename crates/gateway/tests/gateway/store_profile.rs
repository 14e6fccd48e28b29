//! What the store says of itself is the same wherever it is said, and follows the catalogue.

use std::sync::atomic::Ordering;
use std::time::Duration;

use api::catalogue::StoreSettings;
use http::Method;
use serde_json::{Value, json};

use crate::support::{LOGO, World, ask, refusal};

const WITHIN: Duration = Duration::from_secs(5);

fn belem() -> StoreSettings {
    StoreSettings {
        name: "Cine <Belém>".to_owned(),
        is_named: true,
        tagline: "Filmes de sempre".to_owned(),
        accent: "#8a1c4a".to_owned(),
        accent_light: "#8a1c4a".to_owned(),
        accent_dark: "#c2819a".to_owned(),
        contact_email: "ajuda@films.example".to_owned(),
        legal_name: "Cine Belém Ltda.".to_owned(),
        address: "Rua do Cinema, 1".to_owned(),
        tax_id: "12.345.678/0001-90".to_owned(),
        mail_sender: "loja@films.example".to_owned(),
        logo_hash: LOGO.0.to_owned(),
        revision: 7,
    }
}

fn world() -> World {
    World::with(|settings| settings.public_url = Some("https://films.example".to_owned()))
}

async fn text(world: &World, path: &str) -> String {
    String::from_utf8(world.get(path).await.body.to_vec()).unwrap()
}

fn json_between(page: &str, before: &str) -> Value {
    let rest = page
        .split_once(before)
        .unwrap_or_else(|| panic!("{before} is not in {page}"))
        .1;
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

/// Waits until the gateway has heard of a name.
async fn heard(world: &World, name: &str) {
    let wait = async {
        while world.get("/api/v1/store").await.json()["name"] != name {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(WITHIN, wait).await.unwrap();
}

#[tokio::test]
async fn a_change_is_on_the_page_the_manifest_and_in_the_api_at_once() {
    let world = world();
    let before = text(&world, "/").await;
    assert!(
        before.contains("<title>Cine Clube</title>") && !before.contains("#8a1c4a"),
        "{before}"
    );
    world.catalogue.settings.send_replace(belem());
    heard(&world, "Cine <Belém>").await;
    let store = world.get("/api/v1/store").await.json();
    let profile = json!({
        "name": "Cine <Belém>",
        "tagline": "Filmes de sempre",
        "logo_url": format!("/logo/{}", LOGO.0),
        "accent": "#8a1c4a",
        "contact_email": "ajuda@films.example",
        "legal_name": "Cine Belém Ltda.",
        "address": "Rua do Cinema, 1",
        "tax_id": "12.345.678/0001-90",
    });
    for (field, value) in profile.as_object().unwrap() {
        assert_eq!(store[field], *value, "{field}");
    }
    let spoken: Vec<_> = languages::Language::all().map(languages::Language::tag).collect();
    assert_eq!(store["languages"], json!(spoken));
    assert!(
        store["payment_methods"].is_array() && store.get("mail_sender").is_none(),
        "{store}"
    );
    // The cached page is less than five seconds old; a change of the settings replaces it.
    let page = text(&world, "/").await;
    for line in [
        "<title>Cine &lt;Belém&gt;</title>",
        "<meta property=\"og:site_name\" content=\"Cine &lt;Belém&gt;\" />",
        "<meta name=\"description\" content=\"Filmes de sempre\" />",
        "--color-accent:light-dark(#8a1c4a,#c2819a)",
    ] {
        assert!(page.contains(line), "{line} is not in {page}");
    }
    assert_eq!(
        json_between(&page, "<script type=\"application/json\" id=\"dvs-store\">"),
        profile
    );
    let site = json_between(&page, "<script type=\"application/ld+json\">");
    assert_eq!(site["name"], "Cine <Belém>");
    let publisher = json!({
        "@type": "Organization",
        "name": "Cine <Belém>",
        "url": "https://films.example/",
        "slogan": "Filmes de sempre",
        "logo": format!("https://films.example/logo/{}", LOGO.0),
        "legalName": "Cine Belém Ltda.",
        "address": "Rua do Cinema, 1",
        "taxID": "12.345.678/0001-90",
        "email": "ajuda@films.example",
    });
    assert_eq!(site["publisher"], publisher);
    let manifest = world.get("/manifest.webmanifest").await;
    assert_eq!(manifest.header("content-type"), "application/manifest+json");
    assert_eq!(manifest.header("cache-control"), "no-cache");
    let manifest = manifest.json();
    assert_eq!(
        (&manifest["name"], &manifest["theme_color"], &manifest["description"]),
        (&profile["name"], &profile["accent"], &profile["tagline"])
    );
    assert_eq!(manifest["display"], "standalone");
}

#[tokio::test]
async fn the_terms_and_the_privacy_statement_name_the_seller_in_every_language() {
    let world = world();
    let words = async |name: &str, language: &str| {
        let asked = ask(Method::GET, &format!("/api/v1/words/{name}")).header("accept-language", language);
        world.send(asked).await.json()["text"].as_str().unwrap().to_owned()
    };
    let languages = world.get("/api/v1/store").await.json()["languages"].clone();
    let languages = languages.as_array().unwrap().iter().map(|tag| tag.as_str().unwrap());
    for language in languages.clone() {
        for name in ["terms", "privacy"] {
            let text = words(name, language).await;
            assert!(!text.contains('{') && !text.contains("Belém Ltda."), "{text}");
        }
    }
    world.catalogue.settings.send_replace(belem());
    heard(&world, "Cine <Belém>").await;
    for language in languages {
        for (name, said) in [
            ("terms", &["Cine <Belém>", "12.345.678/0001-90"][..]),
            ("privacy", &[][..]),
        ] {
            let text = words(name, language).await;
            for line in said
                .iter()
                .chain(&["Cine Belém Ltda.", "Rua do Cinema, 1", "ajuda@films.example"])
            {
                assert!(text.contains(line), "{language}: {line} is not in {text}");
            }
        }
    }
}

#[tokio::test]
async fn a_gateway_without_its_catalogue_says_what_it_heard_last() {
    let world = world();
    heard(&world, "Cine Clube").await;
    world.catalogue.is_down.store(true, Ordering::Relaxed);
    assert!(text(&world, "/account").await.contains("<title>Cine Clube</title>"));
    let never_heard = self::world();
    never_heard.catalogue.is_down.store(true, Ordering::Relaxed);
    assert!(
        text(&never_heard, "/account")
            .await
            .contains("<title>Film store</title>")
    );
}

#[tokio::test]
async fn a_logo_is_kept_for_ever_at_its_address_and_is_at_no_other() {
    let world = world();
    let logo = world.get(&format!("/logo/{}", LOGO.0)).await;
    assert_eq!((logo.status.as_u16(), &*logo.body), (200, LOGO.1));
    assert_eq!(logo.header("content-type"), "image/png");
    assert_eq!(logo.header("cache-control"), "public, max-age=31536000, immutable");
    for path in ["/logo/0123456789abcdef0123456789abcdef", "/logo/", "/logo"] {
        assert_eq!(world.get(path).await.refusal(), refusal(404, "NOT_FOUND"), "{path}");
    }
}
