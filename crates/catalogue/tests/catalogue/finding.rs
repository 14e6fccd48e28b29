//! Titles are found by words, filters and people, page by page.

use api::catalogue::{
    BatchGetTitlesRequest, CatalogueService as _, GetOfferRequest, GetPersonRequest, GetTitleRequest,
    ListRelatedTitlesRequest, ListTitleIdsRequest, OfferInput, OfferKind, Relation, SearchTitlesRequest,
    SearchTitlesResponse, SuggestTitlesRequest, TitleInput, TitleSort,
};
use catalogue::MIGRATIONS;
use rpc::Code;
use store::{Clock, Db};

use crate::world::{Shop, by_guest, film, limite, rental, texts, words};

store::each_engine!(
    MIGRATIONS:
    a_catalogue_is_read_page_by_page_and_each_title_once,
    every_title_has_its_place_among_the_ids,
    a_page_that_is_none_is_refused,
    facets_count_what_the_filters_leave,
    unknown_and_ill_formed_ids_are_not_found,
    a_batch_keeps_the_order_asked_and_leaves_out_the_unknown,
    a_person_is_shown_with_their_titles,
    related_titles_begin_with_the_directors_own,
    a_related_title_says_what_it_has_in_common,
    offers_are_found_by_their_price_and_by_how_soon_they_end,
    a_price_or_an_end_that_is_none_is_refused,
    suggestions_are_few,
);

async fn a_catalogue_is_read_page_by_page_and_each_title_once(db: &Db) {
    let shop = Shop::open(db).await;
    shop.import((0..30).map(|number| film("Film", 1900 + number)).collect())
        .await;
    let mut years = Vec::new();
    let mut request = SearchTitlesRequest {
        sort: TitleSort::Year.into(),
        page_size: 7,
        ..SearchTitlesRequest::default()
    };
    loop {
        let page = shop.search(request.clone()).await;
        assert_eq!(page.total_size, 30);
        years.extend(page.titles.iter().map(|title| title.year));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(years, (1900..1930).rev().collect::<Vec<_>>());
}

async fn every_title_has_its_place_among_the_ids(db: &Db) {
    let shop = Shop::open(db).await;
    shop.import((0..7).map(|number| film("Film", 1900 + number)).collect())
        .await;
    let mut seen = Vec::new();
    loop {
        let after = seen.last().cloned().unwrap_or_default();
        let request = ListTitleIdsRequest { page_size: 3, after };
        let page = shop.service.list_title_ids(by_guest(request)).await.unwrap().titles;
        if page.is_empty() {
            break;
        }
        assert!(page.iter().all(|entry| entry.created_at_us == shop.clock.now_us()));
        seen.extend(page.into_iter().map(|entry| entry.title_id));
    }
    assert_eq!(seen.len(), 7);
    for (page_size, after, field) in [(10_001, "", "page_size"), (-1, "", "page_size"), (1, "x", "after")] {
        let after = after.to_owned();
        let request = ListTitleIdsRequest { page_size, after };
        let refused = shop.service.list_title_ids(by_guest(request)).await.unwrap_err();
        assert_eq!(refused.fields()[0].field, field);
    }
}

async fn a_page_that_is_none_is_refused(db: &Db) {
    let shop = Shop::open(db).await;
    shop.import((0..3).map(|number| film("Film", 1900 + number)).collect())
        .await;
    let first = shop
        .search(SearchTitlesRequest {
            page_size: 1,
            ..words("film")
        })
        .await;
    let of_another_list = SearchTitlesRequest {
        page_token: first.next_page_token.clone(),
        ..words("serial")
    };
    let garbage = SearchTitlesRequest {
        page_token: "garbage".to_owned(),
        ..words("film")
    };
    for request in [of_another_list, garbage] {
        let refused = shop.service.search_titles(by_guest(request)).await.unwrap_err();
        assert_eq!(
            (refused.code, &*refused.reason),
            (Code::InvalidArgument, "PAGE_TOKEN_UNKNOWN")
        );
    }
    for page_size in [-1, 101] {
        let request = SearchTitlesRequest {
            page_size,
            ..words("film")
        };
        let refused = shop.service.search_titles(by_guest(request)).await.unwrap_err();
        assert_eq!(refused.fields()[0].field, "page_size");
    }
    let many = SearchTitlesRequest {
        genres: texts(&["Drama"; 51]),
        ..SearchTitlesRequest::default()
    };
    let refused = shop.service.search_titles(by_guest(many)).await.unwrap_err();
    assert_eq!(refused.fields()[0].field, "genres");
}

async fn facets_count_what_the_filters_leave(db: &Db) {
    let shop = Shop::open(db).await;
    let comedy = TitleInput {
        genres: texts(&["Comedy"]),
        countries: texts(&["BR"]),
        ..film("Alô, Alô, Carnaval!", 1936)
    };
    shop.import(vec![limite(), comedy]).await;
    let dramas = SearchTitlesRequest {
        genres: texts(&["Drama"]),
        ..SearchTitlesRequest::default()
    };
    let found = shop.search(dramas).await;
    assert_eq!(found.total_size, 1);
    let facets = found.facets.unwrap();
    let counts = |counts: &[api::catalogue::FacetCount]| {
        let counts = counts.iter().map(|count| (count.value.clone(), count.count));
        counts.collect::<Vec<_>>()
    };
    assert_eq!(
        counts(&facets.genres),
        [("Comedy".to_owned(), 1), ("Drama".to_owned(), 1)],
        "a facet's own filter does not narrow it"
    );
    assert_eq!(counts(&facets.decades), [("1930".to_owned(), 1)]);
    assert_eq!(counts(&facets.offers), [("rent".to_owned(), 1)]);
    let to_rent = SearchTitlesRequest {
        offers: vec![OfferKind::Rent.into()],
        ..SearchTitlesRequest::default()
    };
    assert_eq!(shop.search(to_rent).await.titles[0].name, "Limite");
}

async fn unknown_and_ill_formed_ids_are_not_found(db: &Db) {
    let shop = Shop::open(db).await;
    shop.import(vec![limite()]).await;
    let known = shop.id_of("limite").await;
    for id in [
        "",
        "7",
        "garbage",
        "01a20bb9-3344-7ab4-9fd1-a1a0cd8b7361",
        &known.to_uppercase(),
    ] {
        let title = shop
            .service
            .get_title(by_guest(GetTitleRequest {
                title_id: id.to_owned(),
            }))
            .await;
        assert_eq!(&*title.unwrap_err().reason, "TITLE_NOT_FOUND", "{id}");
        let person = shop
            .service
            .get_person(by_guest(GetPersonRequest {
                person_id: id.to_owned(),
            }))
            .await;
        assert_eq!(&*person.unwrap_err().reason, "PERSON_NOT_FOUND", "{id}");
        let offer = shop
            .service
            .get_offer(by_guest(GetOfferRequest {
                offer_id: id.to_owned(),
            }))
            .await;
        assert_eq!(&*offer.unwrap_err().reason, "OFFER_NOT_FOUND", "{id}");
    }
}

async fn a_batch_keeps_the_order_asked_and_leaves_out_the_unknown(db: &Db) {
    let shop = Shop::open(db).await;
    shop.import(vec![film("One", 1901), film("Two", 1902)]).await;
    let (one, two) = (shop.id_of("one").await, shop.id_of("two").await);
    let request = BatchGetTitlesRequest {
        title_ids: vec![two.clone(), "garbage".to_owned(), one, two],
    };
    let found = shop.service.batch_get_titles(by_guest(request)).await.unwrap();
    let years: Vec<_> = found.titles.iter().map(|title| title.year).collect();
    assert_eq!(years, [1902, 1901, 1902]);
    let request = BatchGetTitlesRequest {
        title_ids: texts(&["garbage"; 101]),
    };
    let refused = shop.service.batch_get_titles(by_guest(request)).await.unwrap_err();
    assert_eq!(refused.fields()[0].field, "title_ids");
}

async fn a_person_is_shown_with_their_titles(db: &Db) {
    let shop = Shop::open(db).await;
    let both = |name, year| TitleInput {
        directors: texts(&["Charles Chaplin"]),
        cast: texts(&["Charles Chaplin", "Jackie Coogan"]),
        ..film(name, year)
    };
    let acted = TitleInput {
        cast: texts(&["Charles Chaplin"]),
        ..film("Tillie's Punctured Romance", 1914)
    };
    shop.import(vec![both("The Kid", 1921), both("City Lights", 1931), acted])
        .await;
    let person_id = shop.title("the kid").await.directors[0].person_id.clone();
    let person = shop
        .service
        .get_person(by_guest(GetPersonRequest { person_id }))
        .await
        .unwrap();
    let names =
        |titles: Vec<api::catalogue::TitleSummary>| titles.into_iter().map(|title| title.name).collect::<Vec<_>>();
    assert_eq!(person.name, "Charles Chaplin");
    assert_eq!(names(person.directed), ["City Lights", "The Kid"], "latest first");
    assert_eq!(
        names(person.acted),
        ["City Lights", "The Kid", "Tillie's Punctured Romance"]
    );
}

async fn related_titles_begin_with_the_directors_own(db: &Db) {
    let shop = Shop::open(db).await;
    let horror = |name, year, director| TitleInput {
        directors: texts(&[director]),
        genres: texts(&["Horror"]),
        ..film(name, year)
    };
    let comedy = TitleInput {
        directors: texts(&["F. W. Murnau"]),
        genres: texts(&["Comedy"]),
        ..film("The Finances of the Grand Duke", 1924)
    };
    shop.import(vec![
        horror("Nosferatu", 1922, "F. W. Murnau"),
        horror("Night of the Living Dead", 1968, "George A. Romero"),
        horror("Häxan", 1922, "Benjamin Christensen"),
        comedy,
        film("Limite", 1931),
    ])
    .await;
    let title_id = shop.id_of("nosferatu").await;
    let related = async || {
        let title_id = title_id.clone();
        let request = by_guest(ListRelatedTitlesRequest { title_id });
        let related = shop.service.list_related_titles(request).await.unwrap();
        let names = related.titles.into_iter().map(|related| related.title.unwrap().name);
        names.collect::<Vec<_>>()
    };
    let names = ["The Finances of the Grand Duke", "Häxan", "Night of the Living Dead"];
    assert_eq!(related().await, names);
    shop.import(vec![horror("Faust", 1926, "F. W. Murnau")]).await;
    assert_eq!(related().await.first().unwrap(), "Faust");
}

async fn a_related_title_says_what_it_has_in_common(db: &Db) {
    let shop = Shop::open(db).await;
    let made = |name, year, director, actor, genre, country| TitleInput {
        directors: texts(&[director]),
        cast: texts(&[actor]),
        genres: texts(&[genre, "Silent"]),
        countries: texts(&[country]),
        ..film(name, year)
    };
    shop.import(vec![
        made("Nosferatu", 1922, "F. W. Murnau", "Max Schreck", "Horror", "DE"),
        made("Faust", 1926, "F. W. Murnau", "Gösta Ekman", "Fantasy", "DE"),
        made("The Street", 1923, "Karl Grune", "Max Schreck", "Drama", "DE"),
        made("Häxan", 1922, "Benjamin Christensen", "Maren Pedersen", "Horror", "SE"),
        made("Dracula", 1931, "Tod Browning", "Bela Lugosi", "Horror", "US"),
        TitleInput {
            countries: texts(&["DE"]),
            ..film("M", 1931)
        },
        film("Limite", 1931),
    ])
    .await;
    let title_id = shop.id_of("nosferatu").await;
    let request = by_guest(ListRelatedTitlesRequest { title_id });
    let related = shop.service.list_related_titles(request).await.unwrap().titles;
    let reasons: Vec<_> = related
        .into_iter()
        .map(|related| (related.relation(), related.name, related.title.unwrap().name))
        .collect();
    let reason = |relation, name: &str, title: &str| (relation, name.to_owned(), title.to_owned());
    assert_eq!(
        reasons,
        [
            reason(Relation::Director, "F. W. Murnau", "Faust"),
            reason(Relation::Cast, "Max Schreck", "The Street"),
            reason(Relation::GenreAndDecade, "Horror", "Häxan"),
            reason(Relation::Genre, "Horror", "Dracula"),
            reason(Relation::Country, "DE", "M"),
        ]
    );
}

async fn offers_are_found_by_their_price_and_by_how_soon_they_end(db: &Db) {
    let shop = Shop::open(db).await;
    let day = |days: i64| shop.clock.now_us() + days * 24 * 60 * 60 * 1_000_000;
    let rented = |name, minor, until_us| TitleInput {
        offers: vec![OfferInput {
            available_until_us: until_us,
            ..rental(minor)
        }],
        ..film(name, 1922)
    };
    shop.import(vec![
        rented("Later", 1490, day(20)),
        rented("Soon", 590, day(3)),
        rented("Always", 590, 0),
    ])
    .await;
    let names = |found: SearchTitlesResponse| found.titles.into_iter().map(|title| title.name).collect::<Vec<_>>();
    let all = SearchTitlesRequest {
        sort: TitleSort::EndsSoon.into(),
        ..SearchTitlesRequest::default()
    };
    let found = shop.search(all.clone()).await;
    let prices: Vec<_> = found
        .facets
        .as_ref()
        .unwrap()
        .prices
        .iter()
        .map(|price| (&*price.value, price.count))
        .collect();
    assert_eq!(prices, [("BRL:500-1000", 2), ("BRL:1000-2000", 1)]);
    assert_eq!(names(found), ["Soon", "Later", "Always"]);
    let cheap = SearchTitlesRequest {
        prices: texts(&["BRL:500-1000"]),
        ..all.clone()
    };
    assert_eq!(names(shop.search(cheap).await), ["Soon", "Always"]);
    let within_a_week = SearchTitlesRequest {
        ends_within_days: 7,
        ..all
    };
    let found = shop.search(within_a_week.clone()).await;
    assert_eq!(found.titles[0].offers[0].available_until_us, day(3));
    assert_eq!(names(found), ["Soon"]);
    shop.clock.advance(std::time::Duration::from_hours(4 * 24));
    assert_eq!(names(shop.search(within_a_week).await), Vec::<String>::new());
}

async fn a_price_or_an_end_that_is_none_is_refused(db: &Db) {
    let shop = Shop::open(db).await;
    for price in ["", "cheap", "BRL", "BRL:0-501", "XYZ:0-500"] {
        let request = SearchTitlesRequest {
            prices: texts(&[price]),
            ..SearchTitlesRequest::default()
        };
        let refused = shop.service.search_titles(by_guest(request)).await.unwrap_err();
        assert_eq!(refused.fields()[0].field, "prices", "{price}");
    }
    for ends_within_days in [-1, 367] {
        let request = SearchTitlesRequest {
            ends_within_days,
            ..SearchTitlesRequest::default()
        };
        let refused = shop.service.search_titles(by_guest(request)).await.unwrap_err();
        assert_eq!(refused.fields()[0].field, "ends_within_days");
    }
}

async fn suggestions_are_few(db: &Db) {
    let shop = Shop::open(db).await;
    shop.import((0..20).map(|number| film("Nosferatu", 1920 + number)).collect())
        .await;
    let suggest = async |query: &str| {
        let request = SuggestTitlesRequest {
            query: query.to_owned(),
        };
        shop.service
            .suggest_titles(by_guest(request))
            .await
            .unwrap()
            .suggestions
    };
    assert_eq!(suggest("nosf").await.len(), 8);
    assert_eq!(suggest("").await.len(), 0);
    assert_eq!(suggest("nosf").await[0].name, "Nosferatu");
}
