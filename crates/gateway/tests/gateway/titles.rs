//! Finding films, and a film's page.

use std::sync::atomic::Ordering;
use std::time::Duration;

use api::catalogue::{OfferKind, TitleKind, TitleSort};
use api::rent::EntitlementState;
use http::Method;
use serde_json::{Value, json};

use crate::support::{LIMITE, NOSFERATU, UNKNOWN, World, ask, entitlement, refusal};

#[tokio::test]
async fn a_page_of_titles_has_what_a_list_shows() {
    let world = World::new();
    let page = world.get("/api/v1/titles").await.json();
    let nosferatu = &page["titles"][0];
    assert_eq!(nosferatu["id"], NOSFERATU);
    assert_eq!(nosferatu["display_name"], "Nosferatu");
    assert_eq!(nosferatu["director"], "F. W. Murnau");
    assert_eq!(nosferatu["age_rating"], Value::Null);
    assert_eq!(nosferatu["poster_url"], format!("/posters/{NOSFERATU}.svg"));
    let rent = json!({
        "id": "offer-1490", "kind": "rent", "price": {"amount_minor": 1490, "currency_code": "BRL", "minor_digits": 2},
        "start_window_hours": 720, "viewing_window_hours": 48, "available_from": null, "available_until": null,
    });
    assert_eq!(nosferatu["offers"][0], rent);
    assert_eq!(nosferatu["offers"][1]["viewing_window_hours"], Value::Null);
    for colour in ["ground", "shape", "accent", "ink"] {
        let colour = nosferatu["palette"][colour].as_str().unwrap();
        assert!(colour.len() == 7 && colour.starts_with('#'), "{colour}");
    }
    assert_eq!(page["facets"]["genres"], json!([{"value": "horror", "count": 2}]));
    assert_eq!(page["facets"]["offers"], json!([]));
    assert_eq!(page["total_size"], 2);
    assert_eq!(page["next_page_token"], Value::Null);
}

#[tokio::test]
async fn every_part_of_a_search_reaches_the_catalogue() {
    let world = World::new();
    let path = "/api/v1/titles?q=n%C3%B3s&genre=horror&genre=drama&decade=1920&decade=1930&country=DE&language=pt-BR\
        &offer=rent&offer=buy&price=BRL:0-500&year=1922&kind=short&kind=silent&ends_within_days=7&sort=newest&page_size=100&page_token=abc&utm_source=mail";
    world.get(path).await.json();
    let search = world.catalogue.last_search.lock().unwrap().clone();
    assert_eq!(search.query, "nós");
    assert_eq!(search.genres, ["horror", "drama"]);
    assert_eq!(search.decades, [1920, 1930]);
    assert_eq!(search.countries, ["DE"]);
    assert_eq!(search.languages, ["pt-BR"]);
    assert_eq!(search.offers, [i32::from(OfferKind::Rent), i32::from(OfferKind::Buy)]);
    assert_eq!(search.prices, ["BRL:0-500"]);
    assert_eq!(search.years, [1922]);
    assert_eq!(
        search.kinds,
        [i32::from(TitleKind::Short), i32::from(TitleKind::Silent)]
    );
    assert_eq!(search.ends_within_days, 7);
    assert_eq!(search.sort(), TitleSort::Newest);
    assert_eq!(search.page_size, 100);
    assert_eq!(search.page_token, "abc");
}

#[tokio::test]
async fn an_empty_filter_is_none() {
    let world = World::new();
    world
        .get("/api/v1/titles?q=&genre=&decade=&country=&language=&offer=&price=&year=&kind=&ends_within_days=&sort=&page_size=&page_token=")
        .await
        .json();
    assert_eq!(
        *world.catalogue.last_search.lock().unwrap(),
        api::catalogue::SearchTitlesRequest::default()
    );
}

#[tokio::test]
async fn words_may_end_with_a_sign_that_empty_fields_end_with() {
    let world = World::new();
    for (typed, words) in [("zzzz=", "zzzz="), ("=", "="), ("a=b=", "a=b=")] {
        world.get(&format!("/api/v1/titles?q={typed}")).await.json();
        assert_eq!(world.catalogue.last_search.lock().unwrap().query, words);
    }
}

#[tokio::test]
async fn a_bad_query_names_its_field() {
    let world = World::new();
    let cases = [
        ("page_size=0", "page_size"),
        ("page_size=101", "page_size"),
        ("page_size=many", "page_size"),
        ("sort=best", "sort"),
        ("decade=1920&decade=twenties", "decade"),
        ("offer=rent&offer=steal", "offer"),
        ("ends_within_days=0", "ends_within_days"),
        ("ends_within_days=367", "ends_within_days"),
        ("price=cheap", "price"),
    ];
    for (query, field) in cases {
        let answer = world.get(&format!("/api/v1/titles?{query}")).await;
        assert_eq!(answer.refusal(), refusal(400, "INVALID_ARGUMENT"), "{query}");
        assert_eq!(answer.problem()["fields"][0]["field"], field, "{query}");
    }
}

#[tokio::test]
async fn a_reader_of_portuguese_gets_names_and_synopses_in_it() {
    let world = World::new();
    let ask = |path: &str| ask(Method::GET, path).header("accept-language", "pt,en;q=0.5");
    let page = world.send(ask("/api/v1/titles")).await.json();
    assert_eq!(page["titles"][0]["name"], "Nosferatu");
    assert_eq!(page["titles"][0]["display_name"], "Nosferatu em português");
    let title = world.send(ask(&format!("/api/v1/titles/{NOSFERATU}"))).await;
    assert_eq!(title.json()["synopsis"], "Chega um navio.");
    assert!(title.header("vary").contains("accept-language"));
}

#[tokio::test]
async fn a_guest_sees_a_films_page_without_an_entitlement() {
    let world = World::new();
    let title = world.get(&format!("/api/v1/titles/{NOSFERATU}")).await.json();
    assert_eq!(title["original_name"], "Nosferatu (original)");
    assert_eq!(title["synopsis"], "A ship comes.");
    assert_eq!(title["directors"], json!([{"id": "murnau", "name": "F. W. Murnau"}]));
    assert_eq!(title["director"], "F. W. Murnau");
    assert_eq!(title["related"][0]["id"], LIMITE);
    assert_eq!(
        title["related"][0]["reason"],
        json!({"kind": "director", "name": "F. W. Murnau"})
    );
    assert_eq!(title["trailer_url"], Value::Null);
    assert_eq!(title["has_media"], true);
    assert_eq!(title["entitlement"], Value::Null);
}

#[tokio::test]
async fn a_customer_sees_the_best_of_what_they_hold() {
    let world = World::new();
    *world.rent.entitlements.lock().unwrap() = vec![
        entitlement("old", NOSFERATU, EntitlementState::Expired),
        entitlement("owned", NOSFERATU, EntitlementState::Owned),
        entitlement("rented", NOSFERATU, EntitlementState::Started),
        entitlement("another", LIMITE, EntitlementState::Expired),
    ];
    let page = async |title_id: &str| {
        let asked = ask(Method::GET, &format!("/api/v1/titles/{title_id}")).with_anas_cookie();
        world.send(asked).await.json()["entitlement"].clone()
    };
    let held = page(NOSFERATU).await;
    assert_eq!((&held["id"], &held["state"]), (&json!("owned"), &json!("owned")));
    assert_eq!(held["start_by"], "2026-12-24T00:00:00Z");
    assert_eq!(held["started_at"], Value::Null);
    assert_eq!(page(LIMITE).await, Value::Null);
}

#[tokio::test]
async fn a_films_page_opens_while_rent_rests_and_for_a_session_that_ended() {
    let world = World::new();
    let path = format!("/api/v1/titles/{NOSFERATU}");
    let ended = ask(Method::GET, &path).header("cookie", "dvs_session=ended");
    assert_eq!(world.send(ended).await.json()["entitlement"], Value::Null);
    world.rent.is_down.store(true, Ordering::Relaxed);
    let asked = ask(Method::GET, &path).with_anas_cookie();
    assert_eq!(world.send(asked).await.json()["entitlement"], Value::Null);
}

#[tokio::test]
async fn a_films_page_says_when_nothing_can_be_ordered() {
    let world = World::new();
    let path = format!("/api/v1/titles/{NOSFERATU}");
    let guest = || ask(Method::GET, &path);
    let ana = || ask(Method::GET, &path).with_anas_cookie();
    for asked in [guest(), ana()] {
        assert_eq!(world.send(asked).await.json()["orders_open"], true);
    }
    world.rent.is_down.store(true, Ordering::Relaxed);
    world.pass(60);
    for asked in [guest(), ana()] {
        let title = world.send(asked).await.json();
        assert_eq!(title["orders_open"], false);
        assert_eq!(title["offers"].as_array().unwrap().len(), 2);
    }
    world.rent.is_down.store(false, Ordering::Relaxed);
    world.pass(3);
    for asked in [guest(), ana()] {
        assert_eq!(world.send(asked).await.json()["orders_open"], true);
    }
}

#[tokio::test]
async fn a_films_page_does_not_wait_long_for_a_rent_that_does_not_answer() {
    let world = World::new();
    let asked = || ask(Method::GET, &format!("/api/v1/titles/{NOSFERATU}")).with_anas_cookie();
    world.send(asked()).await.json();
    world.rent.silence.begin();
    // Her session is cached at first; a minute later it is not.
    for seconds in [0, 60] {
        world.pass(seconds);
        assert_eq!(world.send(asked()).await.json()["entitlement"], Value::Null);
        assert!(world.rent.silence.longest_wait() <= Duration::from_secs(2));
    }
}

#[tokio::test]
async fn unknown_and_ill_formed_ids_are_not_found() {
    let world = World::new();
    for id in [UNKNOWN, "nonsense", "%00", "%ff", "..%2f..", &"x".repeat(5000)] {
        let answer = world.get(&format!("/api/v1/titles/{id}")).await;
        assert_eq!(answer.status, 404, "{id}");
        answer.problem();
    }
    assert_eq!(
        world.get("/api/v1/people/unknown").await.refusal(),
        refusal(404, "PERSON_NOT_FOUND")
    );
}

#[tokio::test]
async fn suggestions_have_posters() {
    let world = World::new();
    let answer = world.get("/api/v1/titles:suggest?q=nos").await.json();
    let first = json!({"id": NOSFERATU, "name": "Nosferatu", "display_name": "Nosferatu", "year": 1922, "poster_url": format!("/posters/{NOSFERATU}.svg")});
    assert_eq!(answer["suggestions"][0], first);
}

#[tokio::test]
async fn suggestions_and_posters_are_in_the_readers_language() {
    let world = World::new();
    let read = async |path: &str| {
        let asked = ask(Method::GET, path).header("accept-language", "pt-BR");
        world.send(asked).await.json()
    };
    let suggestion = &read("/api/v1/titles:suggest?q=nos").await["suggestions"][0];
    assert_eq!(suggestion["display_name"], "Nosferatu em português");
    let poster = format!("/posters/{NOSFERATU}.pt-BR.svg");
    assert_eq!(suggestion["poster_url"], poster);
    assert_eq!(read("/api/v1/titles").await["titles"][0]["poster_url"], poster);
    let drawn = async |path: &str| {
        let answer = world.get(path).await;
        String::from_utf8(answer.body.to_vec()).unwrap()
    };
    let own = drawn(&format!("/posters/{NOSFERATU}.svg")).await;
    assert!(own.contains("Nosferatu (1922)"), "{own}");
    let translated = drawn(&poster).await;
    assert!(translated.contains("Nosferatu em português (1922)"), "{translated}");
    let unknown = world.get(&format!("/posters/{NOSFERATU}.fr.svg")).await;
    assert_eq!(unknown.refusal().0, 404, "there is no such name");
}

#[tokio::test]
async fn a_person_comes_with_their_films() {
    let world = World::new();
    let person = world.get("/api/v1/people/murnau").await.json();
    assert_eq!(person["name"], "F. W. Murnau");
    assert_eq!(person["directed"][1]["name"], "Limite");
    assert_eq!(person["acted"], json!([]));
    assert_eq!(
        (&person["first_year"], &person["last_year"]),
        (&json!(1922), &json!(1931))
    );
}

#[tokio::test]
async fn what_is_rented_most_comes_from_rent_and_its_films_from_the_catalogue() {
    let world = World::new();
    let most = async |query: &str| world.get(&format!("/api/v1/titles:most-rented{query}")).await;
    assert_eq!(most("").await.json(), json!({"titles": []}));
    let ordered = [LIMITE, UNKNOWN, NOSFERATU].map(ToOwned::to_owned);
    *world.rent.most_ordered.lock().unwrap() = ordered.into();
    let titles = most("?days=30&page_size=5").await.json()["titles"].clone();
    assert_eq!(
        (&titles[0]["id"], &titles[1]["id"]),
        (&json!(LIMITE), &json!(NOSFERATU))
    );
    assert_eq!(titles[2], Value::Null, "a title that left the catalogue is left out");
    let asked = *world.rent.last_most_ordered.lock().unwrap();
    assert_eq!((asked.days, asked.page_size), (30, 5));
    for (query, field) in [("?days=0", "days"), ("?days=31", "days"), ("?page_size=0", "page_size")] {
        assert_eq!(most(query).await.problem()["fields"][0]["field"], field, "{query}");
    }
    world.rent.is_down.store(true, Ordering::Relaxed);
    assert_eq!(most("").await.refusal(), refusal(503, "UNAVAILABLE"));
}
