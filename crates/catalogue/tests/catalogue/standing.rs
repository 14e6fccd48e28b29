//! Titles are ranked by their orders, people are identified by their names, and kinds and years are filters.

use api::catalogue::{
    CatalogueService as _, GetPersonRequest, SearchTitlesRequest, SetTitleOrdersRequest, TitleInput, TitleKind,
    TitleOrders,
};
use catalogue::MIGRATIONS;
use rpc::{Call, Code};
use store::{Db, execute, write_tx};
use uuid::Uuid;

use crate::world::{Shop, by_guest, film, texts};

store::each_engine!(
    MIGRATIONS:
    what_is_ordered_more_comes_first_and_the_same_count_changes_nothing,
    people_of_an_earlier_definition_of_names_are_written_again,
    kinds_and_years_are_filters,
);

async fn what_is_ordered_more_comes_first_and_the_same_count_changes_nothing(db: &Db) {
    let shop = Shop::open(db).await;
    let seeded = TitleInput {
        popularity: 90,
        ..film("Film of the seed", 1922)
    };
    shop.import(vec![seeded, film("Film of the people", 1922)]).await;
    assert_eq!(shop.named("film").await, ["Film of the seed", "Film of the people"]);
    let ordered = shop.title("people").await;
    let tell = async |titles: &[(&str, i32)]| {
        let titles = titles.iter().map(|(title_id, orders)| TitleOrders {
            title_id: (*title_id).to_owned(),
            orders: *orders,
        });
        let request = SetTitleOrdersRequest {
            titles: titles.collect(),
        };
        shop.service.set_title_orders(Call::by_service(request)).await
    };
    for _ in 0..2 {
        tell(&[(&ordered.title_id, 2), ("no title", 9)]).await.unwrap();
        assert_eq!(shop.named("film").await, ["Film of the people", "Film of the seed"]);
    }
    assert_eq!(shop.title("people").await.revision, ordered.revision + 1);
    tell(&[]).await.unwrap();
    assert_eq!(shop.named("film").await, ["Film of the seed", "Film of the people"]);
    let refused = tell(&[(&ordered.title_id, 0)]).await.unwrap_err();
    assert_eq!(refused.fields()[0].field, "titles");
    let request = SetTitleOrdersRequest::default();
    let by_customer = shop.service.set_title_orders(shop.by_customer(request)).await;
    assert_eq!(by_customer.unwrap_err().code, Code::PermissionDenied);
}

async fn people_of_an_earlier_definition_of_names_are_written_again(db: &Db) {
    let shop = Shop::open(db).await;
    let by = |name, year, director: &str| TitleInput {
        directors: texts(&[director]),
        ..film(name, year)
    };
    shop.import(vec![by("One", 1901, "राम"), by("Two", 1902, "रमा")]).await;
    let people: Vec<_> = [shop.title("one").await, shop.title("two").await]
        .into_iter()
        .map(|title| title.directors[0].person_id.clone())
        .collect();
    assert_ne!(people[0], people[1]);
    // As an earlier version stored them: one person for both names, under an id that no name gives now.
    let earlier = Uuid::from_u128(7);
    people_as_one(db, earlier, "राम").await;
    drop(shop);
    let shop = Shop::open(db).await;
    let person = async |id: &str| {
        let person_id = id.to_owned();
        let person = shop
            .service
            .get_person(by_guest(GetPersonRequest { person_id }))
            .await
            .unwrap();
        let films: Vec<_> = person.directed.into_iter().map(|title| title.name).collect();
        (person.person_id, person.name, films)
    };
    let found = |place: usize, name: &str, film: &str| (people[place].clone(), name.to_owned(), texts(&[film]));
    assert_eq!(person(&people[0]).await, found(0, "राम", "One"));
    assert_eq!(person(&people[1]).await, found(1, "रमा", "Two"));
    assert_eq!(
        person(&earlier.to_string()).await,
        found(0, "राम", "One"),
        "an address that was kept"
    );
}

/// Gives every credit to one person, as in a store that an earlier version filled.
async fn people_as_one(db: &Db, id: Uuid, name: &str) {
    write_tx!(db, |tx| -> Result<(), store::Error> {
        execute!(tx, "INSERT INTO people (person_id, name) VALUES ($1, $2)", id, name)?;
        execute!(tx, "UPDATE credits SET person_id = $1", id)?;
        execute!(tx, "DELETE FROM people WHERE person_id <> $1", id)?;
        execute!(tx, "UPDATE names_of_people SET version = 1")?;
        Ok(())
    })
    .unwrap();
}

async fn kinds_and_years_are_filters(db: &Db) {
    let shop = Shop::open(db).await;
    let short = TitleInput {
        runtime_minutes: 15,
        ..film("A Trip to the Moon", 1902)
    };
    shop.import(vec![film("One", 1901), short]).await;
    let of = |kind: TitleKind| SearchTitlesRequest {
        kinds: vec![kind.into()],
        ..SearchTitlesRequest::default()
    };
    assert_eq!(shop.search(of(TitleKind::Feature)).await.titles[0].name, "One");
    assert_eq!(
        shop.search(of(TitleKind::Short)).await.titles[0].name,
        "A Trip to the Moon"
    );
    let of_year = SearchTitlesRequest {
        years: vec![1902],
        ..SearchTitlesRequest::default()
    };
    let found = shop.search(of_year).await;
    assert_eq!((found.total_size, &*found.titles[0].name), (1, "A Trip to the Moon"));
    let years = found
        .facets
        .unwrap()
        .years
        .into_iter()
        .map(|year| (year.value, year.count));
    let both = [("1901".to_owned(), 1), ("1902".to_owned(), 1)];
    assert_eq!(
        years.collect::<Vec<_>>(),
        both,
        "a facet's own filter does not narrow it"
    );
}
