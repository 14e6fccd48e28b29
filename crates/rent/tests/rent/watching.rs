//! Watching: windows, leases, devices, media tokens, positions.

use std::sync::atomic::{AtomicU64, Ordering};

use api::rent::{
    CheckPlaybackRequest, ClosePlaybackRequest, DeleteCustomerRequest, EntitlementState, OpenPlaybackRequest, Playback,
    UpdatePlaybackRequest,
};
use rpc::Code;

use crate::catalogue::RUNTIME_MINUTES;
use crate::world::{Shopper, Store, World, by_guest, order, stories};

stories!(
    the_clock_of_a_rental_starts_once_when_the_customer_confirms,
    a_clock_does_not_start_for_a_film_that_cannot_be_played,
    a_rental_never_started_ends_with_its_start_window,
    a_rental_ends_with_its_viewing_window,
    the_position_is_kept_and_resumed_on_another_device,
    a_media_token_works_while_its_lease_lives,
    a_media_token_without_a_valid_signature_is_refused,
    a_media_token_outlives_the_change_of_the_key_that_signed_it,
    a_rental_plays_on_one_device_and_the_first_is_told,
    a_film_that_plays_when_its_window_ends_may_be_finished,
    a_playback_that_was_closed_has_ended,
    a_purchase_plays_for_ever,
    a_deleted_customer_cannot_open_a_player,
);

/// Presses play, confirms the start of the viewing window, and reports the first picture.
pub(crate) async fn play(store: &Store, shopper: &Shopper, entitlement_id: &str) -> Playback {
    let opened = open(store, shopper, entitlement_id, true, false).await.unwrap();
    report(store, shopper, entitlement_id, &opened, opened.position_seconds, true)
        .await
        .unwrap()
}

pub(crate) async fn open(
    store: &Store,
    shopper: &Shopper,
    entitlement_id: &str,
    confirm_start: bool,
    take_over: bool,
) -> rpc::Result<Playback> {
    let request = OpenPlaybackRequest {
        confirm_start,
        take_over,
        ..to_open(entitlement_id)
    };
    store.rent.open_playback(store.by(shopper, request).await).await
}

static KEYS: AtomicU64 = AtomicU64::new(0);

/// A player's request to open, with a new key.
pub(crate) fn to_open(entitlement_id: &str) -> OpenPlaybackRequest {
    OpenPlaybackRequest {
        entitlement_id: entitlement_id.to_owned(),
        idempotency_key: format!("key-{}", KEYS.fetch_add(1, Ordering::Relaxed)),
        ..OpenPlaybackRequest::default()
    }
}

pub(crate) async fn beat(
    store: &Store,
    shopper: &Shopper,
    entitlement: &str,
    playing: &Playback,
    at: i32,
) -> rpc::Result<Playback> {
    report(store, shopper, entitlement, playing, at, false).await
}

pub(crate) async fn report(
    store: &Store,
    shopper: &Shopper,
    entitlement: &str,
    playing: &Playback,
    at: i32,
    picture_shown: bool,
) -> rpc::Result<Playback> {
    let request = UpdatePlaybackRequest {
        entitlement_id: entitlement.to_owned(),
        playback_id: playing.playback_id.clone(),
        position_seconds: at,
        picture_shown,
    };
    store.rent.update_playback(store.by(shopper, request).await).await
}

pub(crate) async fn close(store: &Store, shopper: &Shopper, entitlement: &str, playing: &Playback) -> rpc::Result<()> {
    let request = ClosePlaybackRequest {
        entitlement_id: entitlement.to_owned(),
        playback_id: playing.playback_id.clone(),
    };
    store
        .rent
        .close_playback(store.by(shopper, request).await)
        .await
        .map(drop)
}

/// The call of a gateway for every media request.
pub(crate) async fn check(store: &Store, media_token: &str) -> rpc::Result<String> {
    let media_token = media_token.to_owned();
    let checked = store
        .rent
        .check_playback(by_guest(CheckPlaybackRequest { media_token }))
        .await?;
    Ok(checked.title_id)
}

/// A customer with one film, and its entitlement.
pub(crate) async fn with_film(store: &Store, offer: &str) -> (Shopper, String) {
    let ana = store.sign_up("ana").await;
    let film = get_film(store, &ana, offer).await;
    (ana, film)
}

pub(crate) async fn get_film(store: &Store, ana: &Shopper, offer: &str) -> String {
    let order = store.place(ana, order(offer, offer)).await.unwrap();
    order.entitlements[0].entitlement_id.clone()
}

pub(crate) fn reason<T: std::fmt::Debug>(outcome: rpc::Result<T>) -> String {
    outcome.unwrap_err().reason.into_owned()
}

async fn the_clock_of_a_rental_starts_once_when_the_customer_confirms(world: World) {
    let store = world.open();
    let (ana, film) = with_film(&store, "rent-1").await;
    let fault = open(&store, &ana, &film, false, false).await.unwrap_err();
    assert_eq!(
        (fault.code, &*fault.reason),
        (Code::FailedPrecondition, "START_NOT_CONFIRMED")
    );
    assert_eq!(fault.metadata("viewing_window_hours"), Some("48"));
    assert_eq!(store.library(&ana).await[0].state(), EntitlementState::NotStarted);

    let playing = play(&store, &ana, &film).await;
    let started = store.library(&ana).await.remove(0);
    assert_eq!(started.state(), EntitlementState::Started);
    assert_eq!(started.watch_until_us - started.started_at_us, 48 * 3_600 * 1_000_000);
    close(&store, &ana, &film, &playing).await.unwrap();
    world.hours_pass(1);
    open(&store, &ana, &film, false, false).await.unwrap();
    assert_eq!(store.library(&ana).await[0], started);
}

async fn a_clock_does_not_start_for_a_film_that_cannot_be_played(world: World) {
    let store = world.open();
    let (ana, film) = with_film(&store, "rent-1").await;
    world.films.have_media(false);
    let fault = open(&store, &ana, &film, true, false).await.unwrap_err();
    assert_eq!((fault.code, &*fault.reason), (Code::NotFound, "MEDIA_NOT_FOUND"));
    assert_eq!(store.library(&ana).await[0].state(), EntitlementState::NotStarted);

    world.films.have_media(true);
    play(&store, &ana, &film).await;
    let other = get_film(&store, &ana, "rent-2").await;
    world.films.go_down();
    let fault = open(&store, &ana, &other, true, false).await.unwrap_err();
    assert_eq!(
        (fault.code, &*fault.reason),
        (Code::Unavailable, "CATALOGUE_UNAVAILABLE")
    );
    assert_eq!(store.library(&ana).await[0].state(), EntitlementState::NotStarted);
    // A rental that has started needs no confirmation.
    open(&store, &ana, &film, false, true).await.unwrap();
}

async fn a_rental_never_started_ends_with_its_start_window(world: World) {
    let store = world.open();
    let (ana, film) = with_film(&store, "rent-1").await;
    world.hours_pass(720);
    assert_eq!(store.library(&ana).await[0].state(), EntitlementState::Expired);
    assert_eq!(
        reason(open(&store, &ana, &film, true, false).await),
        "START_WINDOW_ENDED"
    );
}

async fn a_rental_ends_with_its_viewing_window(world: World) {
    let store = world.open();
    let (ana, film) = with_film(&store, "rent-1").await;
    let playing = play(&store, &ana, &film).await;
    world.hours_pass(48);
    assert_eq!(store.library(&ana).await[0].state(), EntitlementState::Expired);
    assert_eq!(
        reason(open(&store, &ana, &film, true, true).await),
        "VIEWING_WINDOW_ENDED"
    );
    assert_eq!(reason(check(&store, &playing.media_token).await), "PLAYBACK_ENDED");
}

async fn the_position_is_kept_and_resumed_on_another_device(world: World) {
    let store = world.open();
    let (ana, film) = with_film(&store, "rent-1").await;
    let playing = play(&store, &ana, &film).await;
    assert_eq!(playing.position_seconds, 0);
    world.seconds_pass(5);
    let beaten = beat(&store, &ana, &film, &playing, 1234).await.unwrap();
    assert_eq!(beaten.position_seconds, 1234);
    assert_eq!(beaten.expires_at_us - playing.expires_at_us, 5_000_000);
    assert_eq!(
        open(&store, &ana, &film, false, true).await.unwrap().position_seconds,
        1234
    );
    assert_eq!(store.library(&ana).await[0].resume_position_seconds, 1234);

    let playing = open(&store, &ana, &film, false, true).await.unwrap();
    let beyond = beat(&store, &ana, &film, &playing, i32::MAX).await.unwrap();
    assert_eq!(beyond.position_seconds, RUNTIME_MINUTES * 60);
    let fault = beat(&store, &ana, &film, &playing, -1).await.unwrap_err();
    assert_eq!(fault.fields()[0].field, "position_seconds");
}

async fn a_media_token_works_while_its_lease_lives(world: World) {
    let store = world.open();
    let (ana, film) = with_film(&store, "rent-1").await;
    let playing = play(&store, &ana, &film).await;
    world.seconds_pass(29);
    assert_eq!(check(&store, &playing.media_token).await.unwrap(), "film-1");
    beat(&store, &ana, &film, &playing, 29).await.unwrap();
    world.seconds_pass(29);
    assert_eq!(check(&world.open(), &playing.media_token).await.unwrap(), "film-1");
    world.seconds_pass(1);
    assert_eq!(reason(check(&store, &playing.media_token).await), "PLAYBACK_ENDED");
    assert_eq!(reason(beat(&store, &ana, &film, &playing, 30).await), "PLAYBACK_ENDED");
}

async fn a_media_token_without_a_valid_signature_is_refused(world: World) {
    let store = world.open();
    let (ana, film) = with_film(&store, "rent-1").await;
    let token = play(&store, &ana, &film).await.media_token;
    let forged = |index: usize| {
        let mut bytes = token.clone().into_bytes();
        bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).unwrap()
    };
    let tokens = [0, 12, 20, 40, 70, token.len() - 1].map(forged);
    for token in tokens
        .iter()
        .map(String::as_str)
        .chain(["", "garbage", &"A".repeat(10_000)])
    {
        let fault = store
            .rent
            .check_playback(by_guest(CheckPlaybackRequest {
                media_token: token.to_owned(),
            }))
            .await;
        let fault = fault.unwrap_err();
        assert_eq!((fault.code, &*fault.reason), (Code::NotFound, "PLAYBACK_ENDED"));
    }
    assert!(check(&store, &token).await.is_ok());
}

async fn a_media_token_outlives_the_change_of_the_key_that_signed_it(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let (first, second) = (
        get_film(&store, &ana, "buy-1").await,
        get_film(&store, &ana, "buy-2").await,
    );
    play(&store, &ana, &first).await;
    world.hours_pass(7 * 24 - 1);
    let old = play(&store, &ana, &first).await;
    for _ in 0..(61 * 3) {
        world.seconds_pass(20);
        beat(&store, &ana, &first, &old, 1).await.unwrap();
    }
    let new = play(&store, &ana, &second).await;
    assert_ne!(old.media_token[..11], new.media_token[..11], "the key was not changed");
    for process in [&store, &world.open()] {
        assert_eq!(check(process, &old.media_token).await.unwrap(), "film-1");
        assert_eq!(check(process, &new.media_token).await.unwrap(), "film-2");
    }
}

async fn a_rental_plays_on_one_device_and_the_first_is_told(world: World) {
    let store = world.open();
    let (ana, film) = with_film(&store, "rent-1").await;
    let first = play(&store, &ana, &film).await;
    let fault = open(&store, &ana, &film, false, false).await.unwrap_err();
    assert_eq!(
        (fault.code, &*fault.reason),
        (Code::FailedPrecondition, "PLAYING_ELSEWHERE")
    );
    let second = open(&store, &ana, &film, false, true).await.unwrap();
    assert_eq!(
        reason(beat(&store, &ana, &film, &first, 1).await),
        "PLAYBACK_TAKEN_OVER"
    );
    assert_eq!(reason(check(&store, &first.media_token).await), "PLAYBACK_ENDED");
    assert!(beat(&store, &ana, &film, &second, 1).await.is_ok());
    // A player that sends nothing blocks others only until its lease expires.
    world.seconds_pass(30);
    assert!(open(&store, &ana, &film, false, false).await.is_ok());
}

async fn a_film_that_plays_when_its_window_ends_may_be_finished(world: World) {
    let store = world.open();
    let (ana, film) = with_film(&store, "rent-1").await;
    let first = play(&store, &ana, &film).await;
    close(&store, &ana, &film, &first).await.unwrap();
    world.hours_pass(48);
    world.clock.advance(std::time::Duration::from_secs(1));
    assert_eq!(
        reason(open(&store, &ana, &film, false, false).await),
        "VIEWING_WINDOW_ENDED"
    );

    let bia = store.sign_up("bia").await;
    let film = get_film(&store, &bia, "rent-1").await;
    let first = play(&store, &bia, &film).await;
    close(&store, &bia, &film, &first).await.unwrap();
    world.seconds_pass(48 * 3_600 - 60);
    let mut playing = open(&store, &bia, &film, false, false).await.unwrap();
    // The player is reloaded in the middle, after the window has ended.
    let seconds_left = i32::from(u8::try_from(RUNTIME_MINUTES).unwrap()) * 60;
    for seconds in (20..seconds_left).step_by(20) {
        world.seconds_pass(20);
        playing = match seconds {
            600 => open(&store, &bia, &film, false, true).await.unwrap(),
            _ => beat(&store, &bia, &film, &playing, seconds).await.unwrap(),
        };
        assert!(check(&store, &playing.media_token).await.is_ok(), "{seconds}");
    }
    world.seconds_pass(20);
    assert_eq!(reason(check(&store, &playing.media_token).await), "PLAYBACK_ENDED");
    assert_eq!(
        reason(open(&store, &bia, &film, false, true).await),
        "VIEWING_WINDOW_ENDED"
    );
}

async fn a_playback_that_was_closed_has_ended(world: World) {
    let store = world.open();
    let (ana, film) = with_film(&store, "rent-1").await;
    let playing = play(&store, &ana, &film).await;
    close(&store, &ana, &film, &playing).await.unwrap();
    close(&store, &ana, &film, &playing).await.unwrap();
    assert_eq!(reason(check(&store, &playing.media_token).await), "PLAYBACK_ENDED");
    assert_eq!(reason(beat(&store, &ana, &film, &playing, 1).await), "PLAYBACK_ENDED");
    // With another film, or for another customer, the key finds no session.
    let again = open(&store, &ana, &film, false, false).await.unwrap();
    let other = get_film(&store, &ana, "rent-2").await;
    assert_eq!(reason(close(&store, &ana, &other, &again).await), "PLAYBACK_ENDED");
    let bia = store.sign_up("bia").await;
    assert_eq!(reason(close(&store, &bia, &film, &again).await), "PLAYBACK_ENDED");
    assert!(check(&store, &again.media_token).await.is_ok());
}

async fn a_purchase_plays_for_ever(world: World) {
    let store = world.open();
    let (ana, film) = with_film(&store, "buy-1").await;
    world.hours_pass(20 * 365 * 24);
    open(&store, &ana, &film, false, false).await.unwrap();
    let owned = store.library(&ana).await.remove(0);
    assert_eq!(owned.state(), EntitlementState::Owned);
    assert_eq!(
        (owned.start_by_us, owned.started_at_us, owned.watch_until_us),
        (0, 0, 0)
    );
}

pub(crate) async fn state(store: &Store, shopper: &Shopper) -> EntitlementState {
    store.library(shopper).await[0].state()
}

async fn a_deleted_customer_cannot_open_a_player(world: World) {
    let store = world.open();
    let (ana, film) = with_film(&store, "buy-1").await;
    let late = store.by(&ana, to_open(&film)).await;
    let delete = DeleteCustomerRequest {
        current_password: crate::world::PASSWORD.to_owned(),
    };
    store.rent.delete_customer(store.by(&ana, delete).await).await.unwrap();
    let fault = store.rent.open_playback(late).await.unwrap_err();
    assert!(
        ["UNAUTHENTICATED", "ENTITLEMENT_NOT_FOUND"].contains(&&*fault.reason),
        "{fault:?}"
    );
}
