//! The entitlements to a title, as pages and lists show them.

use crate::watching::{beat, get_film, play};
use crate::world::{Shopper, Store, World, order, stories};
use api::rent::{Entitlement, EntitlementState, ListEntitlementsRequest};

stories!(
    what_is_held_of_a_title_is_asked_by_title,
    what_is_held_is_said_as_it_is_after_every_change,
    what_is_held_is_listed_newest_first_page_by_page,
);

async fn what_is_held_of_a_title_is_asked_by_title(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    get_film(&store, &ana, "rent-1").await;
    get_film(&store, &ana, "rent-2").await;
    world.hours_pass(720);
    let again = store.place(&ana, order("again", "rent-1")).await.unwrap();
    assert_eq!(held(&store, &ana, "film-1").await, again.entitlements);
    assert_eq!(held(&store, &ana, "film-2").await, []);
    assert_eq!(held(&store, &ana, "film-9").await, []);
}

/// The entitlement that a title's page shows.
async fn held(store: &Store, shopper: &Shopper, title_id: &str) -> Vec<Entitlement> {
    let request = ListEntitlementsRequest {
        title_id: title_id.to_owned(),
        ..ListEntitlementsRequest::default()
    };
    let answer = store.rent.list_entitlements(store.by(shopper, request).await).await;
    answer.unwrap().entitlements
}

async fn what_is_held_is_said_as_it_is_after_every_change(world: World) {
    let store = world.open();
    let (ana, ben) = (store.sign_up("ana").await, store.sign_up("ben").await);
    let of_ana = async || held(&store, &ana, "film-1").await;
    assert_eq!(of_ana().await, []);
    let film = get_film(&store, &ana, "rent-1").await;
    assert_eq!(of_ana().await[0].state(), EntitlementState::NotStarted);
    assert_eq!(held(&store, &ben, "film-1").await, []);
    let playing = play(&store, &ana, &film).await;
    assert_eq!(of_ana().await[0].state(), EntitlementState::Started);
    beat(&store, &ana, &film, &playing, 1234).await.unwrap();
    assert_eq!(of_ana().await[0].resume_position_seconds, 1234);
    let other = world.open();
    let order = other.place(&ana, order("again", "buy-1")).await.unwrap();
    assert_eq!(of_ana().await.first(), order.entitlements.first());
    world.hours_pass(48);
    let held: Vec<_> = of_ana().await.iter().map(Entitlement::state).collect();
    assert_eq!(held, [EntitlementState::Owned]);
    assert_eq!(store.library(&ana).await.len(), 2);
}

async fn what_is_held_is_listed_newest_first_page_by_page(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    for number in 0..5 {
        // Two of them at the same time.
        world.seconds_pass(u64::from(number != 2));
        get_film(&store, &ana, &format!("rent-{number}")).await;
    }
    let mut seen = Vec::new();
    let mut request = ListEntitlementsRequest {
        page_size: 2,
        ..ListEntitlementsRequest::default()
    };
    loop {
        let call = store.by(&ana, request.clone()).await;
        let page = store.rent.list_entitlements(call).await.unwrap();
        seen.extend(page.entitlements.into_iter().map(|held| held.title_id));
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, ["film-4", "film-3", "film-2", "film-1", "film-0"]);
}
