//! What search engines find: the meta data of the app's page, its first data, and the site map.

use std::sync::atomic::Ordering;

use api::catalogue::{Collection, LocalizedText};
use http::Method;
use languages::Language;
use serde_json::{Value, json};

use crate::support::{ANAS_TOKEN, LIMITE, NOSFERATU, START_US, UNKNOWN, World, ask, refusal};

const DAY_S: i64 = 86_400;

fn world() -> World {
    let world = World::with(|settings| settings.public_url = Some("https://films.example".to_owned()));
    *world.catalogue.collections.lock().unwrap() = vec![Collection {
        collection_id: "shadows".to_owned(),
        names: vec![LocalizedText {
            language: "en".to_owned(),
            text: "Shadows".to_owned(),
        }],
        title_ids: vec![NOSFERATU.to_owned()],
        ..Collection::default()
    }];
    world
}

async fn page(world: &World, path: &str) -> String {
    let answer = world.get(path).await;
    String::from_utf8(answer.body.to_vec()).unwrap()
}

/// The text between two marks.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let rest = text
        .split_once(before)
        .unwrap_or_else(|| panic!("{before} is not in {text}"))
        .1;
    rest.split_once(after).unwrap().0
}

fn first_data(page: &str) -> Value {
    let element = between(page, "<script type=\"application/json\" id=\"dvs-data\"", "</script>");
    serde_json::from_str(element.split_once('>').unwrap().1).unwrap()
}

fn things(page: &str) -> Vec<Value> {
    let elements = page.split("<script type=\"application/ld+json\">").skip(1);
    let things = elements.map(|rest| serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap());
    things.collect()
}

#[tokio::test]
async fn a_films_page_brings_what_it_will_ask_for_first() {
    let world = world();
    let page = page(&world, &format!("/titles/{NOSFERATU}")).await;
    let path = format!("/api/v1/titles/{NOSFERATU}");
    let body = world.get(&path).await.json();
    assert_eq!(first_data(&page), json!([{"path": path, "body": body}]));
}

#[tokio::test]
async fn a_films_page_says_what_it_is_about() {
    let world = world();
    let page = page(&world, &format!("/titles/{NOSFERATU}")).await;
    let url = format!("https://films.example/titles/{NOSFERATU}");
    assert_eq!(between(&page, "<title>", "</title>"), "Nosferatu (1922) · Cine Clube");
    assert_eq!(page.matches("<title>").count(), 1);
    for line in [
        "<meta name=\"description\" content=\"A ship comes.\" />".to_owned(),
        format!("<link rel=\"canonical\" href=\"{url}\" />"),
        "<meta property=\"og:type\" content=\"video.movie\" />".to_owned(),
        format!("<meta property=\"og:image\" content=\"https://films.example/posters/{NOSFERATU}.png\" />"),
        format!("<link rel=\"preload\" as=\"image\" href=\"/posters/{NOSFERATU}.svg\" fetchpriority=\"high\" />"),
    ] {
        assert!(page.contains(&line), "{line} is not in {page}");
    }
    for language in Language::all().map(Language::tag) {
        let link = format!("<link rel=\"alternate\" hreflang=\"{language}\" href=\"{url}?lang={language}\" />");
        assert!(page.contains(&link), "{link} is not in {page}");
    }
    assert!(!page.contains("noindex"));
    let things = things(&page);
    let movie = &things[0];
    assert_eq!(
        (&movie["@type"], &movie["name"]),
        (&json!("Movie"), &json!("Nosferatu"))
    );
    assert_eq!(
        (&movie["datePublished"], &movie["duration"]),
        (&json!("1922"), &json!("PT94M"))
    );
    assert_eq!(movie["director"][0]["name"], "F. W. Murnau");
    let offer = &movie["offers"][0];
    assert_eq!(
        (&offer["price"], &offer["priceCurrency"]),
        (&json!("14.90"), &json!("BRL"))
    );
    assert_eq!(things[1]["itemListElement"][2]["name"], "Nosferatu");
}

/// The posters that a page preloads.
fn fetched_early(page: &str) -> Vec<&str> {
    let links = page.split("<link rel=\"preload\" as=\"image\" href=\"").skip(1);
    links.map(|rest| rest.split_once('"').unwrap().0).collect()
}

#[tokio::test]
async fn a_page_has_the_posters_fetched_early_that_are_seen_first() {
    let world = world();
    let poster = |id: &str| format!("/posters/{id}.svg");
    let shown = page(&world, "/search").await;
    let popular = first_data(&shown)[0]["body"]["titles"].clone();
    let url = |at: usize| popular[at]["poster_url"].as_str().unwrap().to_owned();
    assert_eq!(fetched_early(&shown), [url(0), url(1)]);
    assert_eq!(
        fetched_early(&page(&world, &format!("/titles/{NOSFERATU}")).await),
        [poster(NOSFERATU)]
    );
    // Each day another film is the first one, chosen as in the app.
    let films = popular.as_array().unwrap().len().min(10);
    let day = usize::try_from(START_US / 1_000_000 / DAY_S).unwrap();
    assert_eq!(fetched_early(&page(&world, "/").await), [url(day % films)]);
    world.pass(DAY_S);
    assert_eq!(fetched_early(&page(&world, "/").await), [url((day + 1) % films)]);
    // On a person's page it is not known which poster is seen first.
    assert!(fetched_early(&page(&world, "/people/murnau").await).is_empty());
}

#[tokio::test]
async fn a_page_is_in_the_readers_language_or_in_that_of_its_address() {
    let world = world();
    let path = format!("/titles/{NOSFERATU}");
    let asked = ask(Method::GET, &path).header("accept-language", "pt,en;q=0.5");
    let answer = world.send(asked).await;
    assert_eq!(answer.header("content-language"), "pt-BR");
    assert!(answer.header("vary").contains("accept-language"));
    let by_header = String::from_utf8(answer.body.to_vec()).unwrap();
    assert!(by_header.contains("<html lang=\"pt-BR\">") && by_header.contains("Nosferatu em português (1922)"));
    let by_address = page(&world, &format!("{path}?lang=pt-BR")).await;
    assert_eq!(
        first_data(&by_address)[0]["body"]["display_name"],
        "Nosferatu em português"
    );
    let canonical = format!("<link rel=\"canonical\" href=\"https://films.example{path}?lang=pt-BR\" />");
    assert!(by_address.contains(&canonical));
    assert!(page(&world, &path).await.contains("<html lang=\"en\">"));
}

#[tokio::test]
async fn every_language_has_words_of_its_own_for_what_a_page_is_about() {
    let world = world();
    let mut heads = Vec::new();
    for language in Language::all().map(Language::tag) {
        let search = page(&world, &format!("/search?lang={language}")).await;
        assert!(search.contains(&format!("<html lang=\"{language}\">")), "{search}");
        let person = page(&world, &format!("/people/murnau?lang={language}")).await;
        let head = [
            between(&search, "<title>", "</title>").to_owned(),
            between(&search, "<meta name=\"description\" content=\"", "\"").to_owned(),
            between(&search, "<meta property=\"og:locale\" content=\"", "\"").to_owned(),
            between(&person, "<meta name=\"description\" content=\"", "\"").to_owned(),
        ];
        assert!(
            head[3].contains("F. W. Murnau") && head[3].contains("Nosferatu"),
            "{head:?}"
        );
        for other in &heads {
            for (text, in_another) in head.iter().zip(other) {
                assert_ne!(text, in_another, "{language}");
            }
        }
        heads.push(head);
    }
    let in_spanish = page(&world, "/collections/shadows?lang=es").await;
    assert_eq!(things(&in_spanish)[1]["itemListElement"][1]["name"], "Colecciones");
}

#[tokio::test]
async fn what_is_not_there_is_said_so_with_the_apps_page() {
    let world = world();
    for path in [
        "/people/unknown",
        "/collections/light",
        "/titles/nonsense",
        &format!("/titles/{UNKNOWN}"),
        "/nope",
        "/titles",
        "/library/nope",
        "/account/nope?lang=pt-BR",
    ] {
        let answer = world.get(path).await;
        assert_eq!(
            (answer.status.as_u16(), &*answer.header("content-type")),
            (404, "text/html; charset=utf-8")
        );
        let text = String::from_utf8(answer.body.to_vec()).unwrap();
        assert!(text.contains("noindex") && !text.contains("canonical"), "{path}");
    }
}

#[tokio::test]
async fn every_page_of_the_app_is_found() {
    let world = world();
    for path in [
        "/genres",
        "/collections",
        "/library/",
        "/Checkout?title=1",
        "/orders/1",
        "/account/reset",
        "/terms",
    ] {
        assert_eq!(world.get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn pages_open_while_the_services_rest() {
    let world = world();
    world.catalogue.is_down.store(true, Ordering::Relaxed);
    world.rent.is_down.store(true, Ordering::Relaxed);
    for path in ["/", "/search?q=nos", &format!("/titles/{NOSFERATU}")] {
        let answer = world.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(!String::from_utf8(answer.body.to_vec()).unwrap().contains("dvs-data"));
    }
    world.catalogue.is_down.store(false, Ordering::Relaxed);
    // A failed call is not cached.
    assert!(page(&world, "/").await.contains("dvs-data"));
}

#[tokio::test]
async fn names_cannot_break_out_of_the_page() {
    let world = world();
    let hostile = "</script></title><script>alert(1)</script>\"'><img src=x onerror=alert(1)> & \u{2028}";
    world.catalogue.titles.lock().unwrap().get_mut(NOSFERATU).unwrap().name = hostile.to_owned();
    let page = page(&world, &format!("/titles/{NOSFERATU}")).await;
    assert!(
        !page.contains("<script>alert") && !page.contains("<img src=x"),
        "{page}"
    );
    assert_eq!(first_data(&page)[0]["body"]["name"], hostile);
    assert_eq!(things(&page)[0]["name"], hostile);
}

#[tokio::test]
async fn a_forged_host_is_not_written_down() {
    let world = World::new();
    let asked = ask(Method::GET, "/").header("host", "evil.example\"><script>");
    let answer = world.send(asked).await;
    assert!(!String::from_utf8(answer.body.to_vec()).unwrap().contains("evil"));
    let asked = ask(Method::GET, "/").header("host", "localhost:8000");
    let answer = world.send(asked).await;
    assert!(
        String::from_utf8(answer.body.to_vec())
            .unwrap()
            .contains("http://localhost:8000/")
    );
}

#[tokio::test]
async fn guests_share_a_page_for_a_moment_and_customers_have_their_own() {
    let world = world();
    let path = format!("/titles/{NOSFERATU}");
    let before = page(&world, &path).await;
    world.catalogue.titles.lock().unwrap().get_mut(NOSFERATU).unwrap().name = "Orlok".to_owned();
    // A film is cached for less than a second, a page for longer.
    world.pass(1);
    assert_eq!(page(&world, &path).await, before);
    let cookie = format!("__Host-dvs_session={ANAS_TOKEN}");
    let own = world.send(ask(Method::GET, &path).header("cookie", &cookie)).await;
    assert_eq!(own.header("cache-control"), "private, no-store");
    assert!(String::from_utf8(own.body.to_vec()).unwrap().contains("Orlok"));
    world.pass(6);
    assert!(page(&world, &path).await.contains("Orlok"));
}

#[tokio::test]
async fn people_and_collections_say_what_they_are_about() {
    let world = world();
    let murnau = page(&world, "/people/murnau").await;
    assert_eq!(between(&murnau, "<title>", "</title>"), "F. W. Murnau · Cine Clube");
    assert_eq!(things(&murnau)[0]["@type"], "Person");
    let shadows = page(&world, "/collections/shadows").await;
    assert_eq!(between(&shadows, "<title>", "</title>"), "Shadows · Cine Clube");
    assert_eq!(
        things(&shadows)[0]["mainEntity"]["itemListElement"][0]["name"],
        "Nosferatu"
    );
    let home = page(&world, "/").await;
    assert_eq!(things(&home)[0]["potentialAction"]["@type"], "SearchAction");
    assert_eq!(first_data(&home)[0]["path"], "/api/v1/titles?sort=popular&page_size=24");
    assert!(page(&world, "/search?q=nos").await.contains("noindex"));
    assert!(page(&world, "/account").await.contains("noindex"));
}

#[tokio::test]
async fn robots_find_the_site_map_and_in_it_every_title() {
    let world = world();
    let robots = page(&world, "/robots.txt").await;
    assert!(robots.contains("Disallow: /api/") && robots.contains("Sitemap: https://films.example/sitemap.xml"));
    let index = world.get("/sitemap.xml").await;
    assert_eq!(index.header("content-type"), "application/xml; charset=utf-8");
    let index = String::from_utf8(index.body.to_vec()).unwrap();
    assert!(
        index.contains("<loc>https://films.example/sitemaps/titles.xml</loc>"),
        "{index}"
    );
    let titles = page(&world, "/sitemaps/titles.xml").await;
    for id in [NOSFERATU, LIMITE] {
        let entry = format!("<loc>https://films.example/titles/{id}</loc><lastmod>2026-11-24T00:00:00Z</lastmod>");
        assert!(titles.contains(&entry), "{titles}");
    }
    let rest = page(&world, &format!("/sitemaps/{NOSFERATU}.xml")).await;
    assert!(rest.contains(LIMITE) && !rest.contains(NOSFERATU));
    let pages = page(&world, "/sitemaps/pages.xml").await;
    assert!(pages.contains("<loc>https://films.example/collections/shadows</loc>"));
    assert_eq!(world.get("/sitemaps/").await.refusal(), refusal(404, "NOT_FOUND"));
    assert_eq!(START_US, 1_795_478_400_000_000, "the day above");
}
