//! Everyone may see which titles are rented most, and the list shows nothing of a single customer.

use std::collections::BTreeMap;

use api::rent::ListMostRentedTitlesRequest;

use crate::world::{Store, World, by_guest, order, stories};

stories!(
    the_most_rented_titles_come_first_and_single_rentals_are_kept_quiet,
    what_was_rented_long_ago_and_what_was_bought_do_not_count,
    a_page_of_favourites_has_its_limits,
    the_catalogue_learns_which_titles_are_rented_and_only_what_has_changed,
);

async fn favourites(store: &Store, days: i32, page_size: i32) -> Vec<String> {
    let request = ListMostRentedTitlesRequest { days, page_size };
    let most = store.rent.list_most_rented_titles(by_guest(request)).await.unwrap();
    most.title_ids
}

/// This many customers order an offer.
async fn order_times(store: &Store, offer_id: &str, times: usize) {
    for number in 0..times {
        let shopper = store.sign_up(&format!("{offer_id}-{number}")).await;
        store.place(&shopper, order("once", offer_id)).await.unwrap();
    }
}

async fn the_most_rented_titles_come_first_and_single_rentals_are_kept_quiet(world: World) {
    let store = world.open();
    assert_eq!(favourites(&store, 0, 0).await, Vec::<String>::new());
    order_times(&store, "rent-1", 2).await;
    order_times(&store, "rent-2", 3).await;
    order_times(&store, "rent-3", 1).await;
    world.seconds_pass(10);
    assert_eq!(favourites(&store, 0, 0).await, ["film-2", "film-1"]);
    assert_eq!(favourites(&store, 7, 1).await, ["film-2"]);
}

async fn what_was_rented_long_ago_and_what_was_bought_do_not_count(world: World) {
    let store = world.open();
    order_times(&store, "rent-1", 2).await;
    order_times(&store, "buy-2", 2).await;
    assert_eq!(favourites(&store, 7, 0).await, ["film-1"]);
    world.hours_pass(8 * 24);
    assert_eq!(favourites(&store, 7, 0).await, Vec::<String>::new());
    assert_eq!(favourites(&store, 30, 0).await, ["film-1"]);
}

async fn a_page_of_favourites_has_its_limits(world: World) {
    let store = world.open();
    for (days, page_size, field) in [
        (31, 0, "days"),
        (-1, 0, "days"),
        (7, 101, "page_size"),
        (7, -1, "page_size"),
    ] {
        let request = ListMostRentedTitlesRequest { days, page_size };
        let refused = store.rent.list_most_rented_titles(by_guest(request)).await.unwrap_err();
        assert_eq!(refused.fields()[0].field, field);
    }
}

async fn the_catalogue_learns_which_titles_are_rented_and_only_what_has_changed(world: World) {
    let store = world.open();
    let popularity = store.service.popularity();
    order_times(&store, "rent-1", 2).await;
    order_times(&store, "rent-2", 3).await;
    order_times(&store, "rent-3", 1).await;
    world.films.go_down();
    popularity.tell().await.unwrap_err();
    world.films.come_back();
    popularity.tell().await.unwrap();
    popularity.tell().await.unwrap();
    let told = |titles: &[(&str, i32)]| {
        let titles = titles.iter().map(|(title, orders)| ((*title).to_owned(), *orders));
        titles.collect::<BTreeMap<_, _>>()
    };
    let both = told(&[("film-1", 2), ("film-2", 3)]);
    assert_eq!(world.films.told_orders(), std::slice::from_ref(&both));
    world.hours_pass(91 * 24);
    popularity.tell().await.unwrap();
    assert_eq!(world.films.told_orders(), [both, BTreeMap::new()]);
}
