//! Players that open at the same time, and how many films one account may play at once.

use crate::watching::{close, get_film, open, play, reason, report, with_film};
use crate::world::{Shopper, World, stories};
use api::rent::EntitlementState;
use futures::future::join_all;
use metrics_exporter_prometheus::PrometheusBuilder;

/// As many as there are films.
pub(crate) const AT_ONCE: usize = 10;

stories!(
    an_account_plays_three_films_at_most,
    players_that_open_at_once_keep_to_the_limits_too,
    customers_who_press_play_at_once_never_meet,
);

async fn an_account_plays_three_films_at_most(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let mut playing = Vec::new();
    for offer in ["rent-1", "rent-2", "buy-3"] {
        let film = get_film(&store, &ana, offer).await;
        playing.push((play(&store, &ana, &film).await, film));
    }
    let fourth = get_film(&store, &ana, "rent-4").await;
    let fault = open(&store, &ana, &fourth, true, true).await.unwrap_err();
    assert_eq!((fault.code.http_status(), &*fault.reason), (409, "TOO_MANY_STREAMS"));
    assert!(fault.message.contains("Film 1, Film 2, Film 3"), "{}", fault.message);
    let unstarted = store
        .library(&ana)
        .await
        .into_iter()
        .find(|one| one.entitlement_id == fourth)
        .unwrap();
    assert_eq!(unstarted.state(), EntitlementState::NotStarted);

    let (first, film) = &playing[0];
    close(&store, &ana, film, first).await.unwrap();
    assert!(open(&store, &ana, &fourth, true, false).await.is_ok());
    // Another customer has streams of their own.
    let bia = store.sign_up("bia").await;
    let film = get_film(&store, &bia, "rent-1").await;
    play(&store, &bia, &film).await;
}

async fn players_that_open_at_once_keep_to_the_limits_too(world: World) {
    let store = world.open();
    let (ana, film) = with_film(&store, "rent-0").await;
    let devices = join_all((0..AT_ONCE).map(|_| open(&store, &ana, &film, true, false))).await;
    let (playing, refused): (Vec<_>, Vec<_>) = devices.into_iter().partition(Result::is_ok);
    assert_eq!(playing.len(), 1);
    assert!(refused.into_iter().all(|one| reason(one) == "PLAYING_ELSEWHERE"));

    let bia = store.sign_up("bia").await;
    let mut films = Vec::new();
    for number in 0..AT_ONCE {
        films.push(get_film(&store, &bia, &format!("rent-{number}")).await);
    }
    let players = join_all(films.iter().map(|film| open(&store, &bia, film, true, false))).await;
    let (playing, refused): (Vec<_>, Vec<_>) = players.into_iter().partition(Result::is_ok);
    assert_eq!(playing.len(), 3);
    assert!(refused.into_iter().all(|one| reason(one) == "TOO_MANY_STREAMS"));
}

async fn customers_who_press_play_at_once_never_meet(world: World) {
    let store = world.open();
    let mut crowd = Vec::new();
    for number in 0..AT_ONCE {
        let shopper = store.sign_up(&format!("customer-{number}")).await;
        let film = get_film(&store, &shopper, "rent-1").await;
        crowd.push((shopper, film));
    }
    let counted = PrometheusBuilder::new().build_recorder();
    let told = counted.handle();
    let _guard = metrics::set_default_local_recorder(&counted);
    for _ in 0..10 {
        let watch = async |(shopper, film): &(Shopper, String)| {
            let opened = open(&store, shopper, film, true, true).await?;
            report(&store, shopper, film, &opened, 0, true).await?;
            close(&store, shopper, film, &opened).await
        };
        let watched = join_all(crowd.iter().map(watch)).await;
        assert!(watched.iter().all(Result::is_ok), "{watched:?}");
    }
    let told = told.render();
    assert!(!told.contains("dvs_store_contention"), "{told}");
}
