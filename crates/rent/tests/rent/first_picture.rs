//! The viewing window starts with the first picture, and a player that opens again finds its session.

use crate::players_at_once::AT_ONCE;
use crate::watching::{beat, check, close, get_film, open, play, reason, report, state, to_open, with_film};
use crate::world::{Shopper, Store, World, by_guest, stories};
use api::rent::{CheckPlaybackRequest, EntitlementState, OpenPlaybackRequest, StartViewingRequest};
use futures::future::join_all;

stories!(
    a_viewing_window_starts_with_the_first_picture_and_not_when_the_player_opens,
    a_player_that_shows_nothing_costs_no_time,
    a_player_that_says_nothing_watches_no_film_for_free,
    a_player_that_opens_again_under_its_key_finds_its_session,
);

async fn start_viewing(store: &Store, media_token: &str) -> rpc::Result<()> {
    let media_token = media_token.to_owned();
    let call = by_guest(StartViewingRequest { media_token });
    store.rent.start_viewing(call).await.map(drop)
}

async fn a_viewing_window_starts_with_the_first_picture_and_not_when_the_player_opens(world: World) {
    let store = world.open();
    let (ana, film) = with_film(&store, "rent-1").await;
    let opened = open(&store, &ana, &film, true, false).await.unwrap();
    assert_eq!(state(&store, &ana).await, EntitlementState::NotStarted);
    world.seconds_pass(20);
    beat(&store, &ana, &film, &opened, 0).await.unwrap();
    assert_eq!(state(&store, &ana).await, EntitlementState::NotStarted);
    world.seconds_pass(20);
    report(&store, &ana, &film, &opened, 0, true).await.unwrap();
    let started = store.library(&ana).await.remove(0);
    assert_eq!(started.state(), EntitlementState::Started);
    assert_eq!(started.started_at_us - started.granted_at_us, 40 * 1_000_000);
    // A later picture is not the first one, and the session now lasts as long as a film.
    for second in (20..600).step_by(20) {
        world.seconds_pass(20);
        report(&store, &ana, &film, &opened, second, true).await.unwrap();
    }
    assert_eq!(store.library(&ana).await[0].started_at_us, started.started_at_us);
}

async fn a_player_that_shows_nothing_costs_no_time(world: World) {
    let store = world.open();
    let (ana, film) = with_film(&store, "rent-1").await;
    for _ in 0..2 {
        let opened = open(&store, &ana, &film, true, false).await.unwrap();
        for _ in 0..5 {
            world.seconds_pass(20);
            beat(&store, &ana, &film, &opened, 0).await.unwrap();
        }
        world.seconds_pass(20);
        assert_eq!(reason(beat(&store, &ana, &film, &opened, 0).await), "PLAYBACK_ENDED");
        assert_eq!(reason(check(&store, &opened.media_token).await), "PLAYBACK_ENDED");
        assert_eq!(state(&store, &ana).await, EntitlementState::NotStarted);
    }
    // The start must be confirmed again, and the whole window is still there.
    assert_eq!(
        reason(open(&store, &ana, &film, false, false).await),
        "START_NOT_CONFIRMED"
    );
    play(&store, &ana, &film).await;
    let started = store.library(&ana).await.remove(0);
    assert_eq!(started.watch_until_us - started.started_at_us, 48 * 3_600 * 1_000_000);
}

async fn a_player_that_says_nothing_watches_no_film_for_free(world: World) {
    let store = world.open();
    let (ana, film) = with_film(&store, "rent-1").await;
    let opened = open(&store, &ana, &film, true, false).await.unwrap();
    beat(&store, &ana, &film, &opened, 0).await.unwrap();
    assert_eq!(state(&store, &ana).await, EntitlementState::NotStarted);
    beat(&store, &ana, &film, &opened, 1).await.unwrap();
    assert_eq!(state(&store, &ana).await, EntitlementState::Started);

    // A player that reads the film's bytes and reports nothing.
    let bia = store.sign_up("bia").await;
    let film = get_film(&store, &bia, "rent-1").await;
    let opened = open(&store, &bia, &film, true, false).await.unwrap();
    let checked = || async {
        let media_token = opened.media_token.clone();
        let call = by_guest(CheckPlaybackRequest { media_token });
        store.rent.check_playback(call).await.unwrap()
    };
    let before = checked().await;
    assert_eq!(
        (before.awaits_picture, before.entitlement_id.as_str()),
        (true, film.as_str())
    );
    for _ in 0..2 {
        start_viewing(&store, &opened.media_token).await.unwrap();
        assert!(!checked().await.awaits_picture);
    }
    let started = store.library(&bia).await.remove(0);
    assert_eq!(started.state(), EntitlementState::Started);
    assert_eq!(reason(start_viewing(&store, "garbage").await), "PLAYBACK_ENDED");
    // A purchase has no window to start; that it was played counts when its money is asked back.
    let bought = get_film(&store, &bia, "buy-2").await;
    let playing = open(&store, &bia, &bought, false, false).await.unwrap();
    start_viewing(&store, &playing.media_token).await.unwrap();
    assert_ne!(store.library(&bia).await[0].started_at_us, 0);
}

async fn a_player_that_opens_again_under_its_key_finds_its_session(world: World) {
    let store = world.open();
    let (ana, film) = with_film(&store, "rent-1").await;
    let request = OpenPlaybackRequest {
        confirm_start: true,
        ..to_open(&film)
    };
    let send = async |store: &Store, who: &Shopper, request: OpenPlaybackRequest| {
        store.rent.open_playback(store.by(who, request).await).await
    };
    let first = send(&store, &ana, request.clone()).await.unwrap();
    world.seconds_pass(10);
    // The answer was lost; the player asks another process, and does not count as another device.
    let again = send(&world.open(), &ana, request.clone()).await.unwrap();
    assert_eq!(again.playback_id, first.playback_id);
    assert_eq!(again.expires_at_us - first.expires_at_us, 10_000_000);
    let many = join_all((0..AT_ONCE).map(|_| send(&store, &ana, request.clone()))).await;
    assert!(
        many.into_iter()
            .all(|one| one.unwrap().playback_id == first.playback_id)
    );

    // A key belongs to one customer and one film, and a refusal does not use it up.
    let bia = store.sign_up("bia").await;
    let hers = get_film(&store, &bia, "rent-1").await;
    let of_another = OpenPlaybackRequest {
        entitlement_id: hers,
        ..request.clone()
    };
    assert_ne!(
        send(&store, &bia, of_another).await.unwrap().playback_id,
        first.playback_id
    );
    let other = get_film(&store, &ana, "rent-2").await;
    let other_film = OpenPlaybackRequest {
        entitlement_id: other.clone(),
        ..request.clone()
    };
    assert_eq!(reason(send(&store, &ana, other_film).await), "IDEMPOTENCY_KEY_REUSED");
    let unconfirmed = to_open(&other);
    assert_eq!(
        reason(send(&store, &ana, unconfirmed.clone()).await),
        "START_NOT_CONFIRMED"
    );
    let confirmed = OpenPlaybackRequest {
        confirm_start: true,
        ..unconfirmed
    };
    send(&store, &ana, confirmed).await.unwrap();

    // A late repetition does not reopen a session that was taken over or has ended.
    open(&store, &ana, &film, true, true).await.unwrap();
    assert_eq!(reason(send(&store, &ana, request.clone()).await), "PLAYBACK_TAKEN_OVER");
    let closing = OpenPlaybackRequest {
        take_over: true,
        ..to_open(&film)
    };
    let closing = OpenPlaybackRequest {
        confirm_start: true,
        ..closing
    };
    let closed = send(&store, &ana, closing.clone()).await.unwrap();
    close(&store, &ana, &film, &closed).await.unwrap();
    assert_eq!(reason(send(&store, &ana, closing).await), "PLAYBACK_ENDED");
    for key in [String::new(), "a b".to_owned(), "k".repeat(256)] {
        let keyless = OpenPlaybackRequest {
            idempotency_key: key,
            ..request.clone()
        };
        let fault = send(&store, &ana, keyless).await.unwrap_err();
        assert_eq!(fault.fields()[0].field, "idempotency_key");
    }
}
