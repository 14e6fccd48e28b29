//! Collections of films.

use api::catalogue::{Collection, LocalizedText};
use http::Method;
use serde_json::{Value, json};

use crate::support::{LIMITE, NOSFERATU, START_US, UNKNOWN, World, ask, refusal};

fn text(language: &str, text: &str) -> LocalizedText {
    LocalizedText {
        language: language.to_owned(),
        text: text.to_owned(),
    }
}

/// A world with one collection of three films, one of which does not exist any more.
fn world() -> World {
    let world = World::new();
    *world.catalogue.collections.lock().unwrap() = vec![Collection {
        collection_id: "shadows".to_owned(),
        names: vec![text("en", "Shadows"), text("pt-BR", "Sombras")],
        descriptions: vec![text("en", "Walls that lean.")],
        title_ids: [NOSFERATU, UNKNOWN, LIMITE].map(ToOwned::to_owned).into(),
        position: 1,
    }];
    world
}

fn ids(titles: &Value) -> Vec<&str> {
    let titles = titles.as_array().unwrap().iter();
    titles.map(|title| title["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_collection_comes_in_the_readers_language_with_its_titles_in_order() {
    let world = world();
    let collection = world.get("/api/v1/collections/shadows").await.json();
    assert_eq!(collection["name"], "Shadows");
    assert_eq!(ids(&collection["titles"]), [NOSFERATU, LIMITE]);
    assert_eq!(collection["title_count"], 3);
    let asked = ask(Method::GET, "/api/v1/collections/shadows").header("accept-language", "pt-BR");
    let collection = world.send(asked).await.json();
    assert_eq!(collection["name"], "Sombras");
    assert_eq!(
        collection["description"], "Walls that lean.",
        "a text in English is better than none"
    );
    let unknown = world.get("/api/v1/collections/light").await;
    assert_eq!(unknown.refusal(), refusal(404, "COLLECTION_NOT_FOUND"));
}

#[tokio::test]
async fn a_list_of_collections_shows_the_first_titles_of_each() {
    let world = world();
    let page = world.get("/api/v1/collections?page_size=10").await.json();
    assert_eq!(page["collections"][0]["id"], "shadows");
    assert_eq!(ids(&page["collections"][0]["titles"]), [NOSFERATU, LIMITE]);
    assert_eq!(page["next_page_token"], Value::Null);
    let refused = world.get("/api/v1/collections?page_size=101").await;
    assert_eq!(refused.problem()["fields"][0]["field"], "page_size");
}

#[tokio::test]
async fn what_cannot_be_ordered_now_is_left_out_of_a_collection() {
    let world = world();
    {
        let mut titles = world.catalogue.titles.lock().unwrap();
        titles.get_mut(LIMITE).unwrap().offers.clear();
        for offer in &mut titles.get_mut(NOSFERATU).unwrap().offers {
            offer.available_until_us = START_US + 60_000_000;
        }
    }
    let titles = async || world.get("/api/v1/collections/shadows").await.json()["titles"].clone();
    assert_eq!(ids(&titles().await), [NOSFERATU]);
    world.pass(61);
    assert_eq!(titles().await, json!([]));
}
