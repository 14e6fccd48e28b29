//! Titles are found by words, filters and people, page by page.

use api::catalogue::{
    BatchGetTitlesRequest, Catalogue, GetOfferRequest, GetPersonRequest, GetTitleRequest, ListRelatedTitlesRequest,
    OfferKind, SearchTitlesRequest, SuggestTitlesRequest, TitleInput, TitleSort,
};
use catalogue::MIGRATIONS;
use rpc::Code;
use store::Db;

use crate::world::{Shop, anybody, film, limite, texts, words};

store::each_engine!(
    MIGRATIONS:
    a_catalogue_is_read_page_by_page_and_each_title_once,
    a_page_that_is_none_is_refused,
    facets_count_what_the_filters_leave,
    unknown_and_ill_formed_ids_are_not_found,
    a_batch_keeps_the_order_asked_and_leaves_out_the_unknown,
    a_person_is_shown_with_their_titles,
    related_titles_begin_with_the_directors_own,
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
        let refused = shop.service.search_titles(anybody(request)).await.unwrap_err();
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
        let refused = shop.service.search_titles(anybody(request)).await.unwrap_err();
        assert_eq!(refused.fields()[0].field, "page_size");
    }
    let many = SearchTitlesRequest {
        genres: texts(&["Drama"; 51]),
        ..SearchTitlesRequest::default()
    };
    let refused = shop.service.search_titles(anybody(many)).await.unwrap_err();
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
            .get_title(anybody(GetTitleRequest {
                title_id: id.to_owned(),
            }))
            .await;
        assert_eq!(&*title.unwrap_err().reason, "TITLE_NOT_FOUND", "{id}");
        let person = shop
            .service
            .get_person(anybody(GetPersonRequest {
                person_id: id.to_owned(),
            }))
            .await;
        assert_eq!(&*person.unwrap_err().reason, "PERSON_NOT_FOUND", "{id}");
        let offer = shop
            .service
            .get_offer(anybody(GetOfferRequest {
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
    let found = shop.service.batch_get_titles(anybody(request)).await.unwrap();
    let years: Vec<_> = found.titles.iter().map(|title| title.year).collect();
    assert_eq!(years, [1902, 1901, 1902]);
    let request = BatchGetTitlesRequest {
        title_ids: texts(&["garbage"; 101]),
    };
    let refused = shop.service.batch_get_titles(anybody(request)).await.unwrap_err();
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
        .get_person(anybody(GetPersonRequest { person_id }))
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
        let request = anybody(ListRelatedTitlesRequest { title_id });
        let related = shop.service.list_related_titles(request).await.unwrap();
        related.titles.into_iter().map(|title| title.name).collect::<Vec<_>>()
    };
    let names = ["The Finances of the Grand Duke", "Häxan", "Night of the Living Dead"];
    assert_eq!(related().await, names);
    shop.import(vec![horror("Faust", 1926, "F. W. Murnau")]).await;
    assert_eq!(related().await.first().unwrap(), "Faust");
}

async fn suggestions_are_few(db: &Db) {
    let shop = Shop::open(db).await;
    shop.import((0..20).map(|number| film("Nosferatu", 1920 + number)).collect())
        .await;
    let suggest = async |query: &str| {
        let request = SuggestTitlesRequest {
            query: query.to_owned(),
        };
        shop.service.suggest_titles(anybody(request)).await.unwrap().suggestions
    };
    assert_eq!(suggest("nosf").await.len(), 8);
    assert_eq!(suggest("").await.len(), 0);
    assert_eq!(suggest("nosf").await[0].name, "Nosferatu");
}
