//! Watching: windows, leases, devices, media tokens, positions.

use std::sync::atomic::{AtomicU64, Ordering};

use api::rent::{
    CheckPlaybackRequest, ClosePlaybackRequest, DeleteCustomerRequest, Entitlement, EntitlementState,
    ListEntitlementsRequest, OpenPlaybackRequest, Playback, StartViewingRequest, UpdatePlaybackRequest,
};
use futures::future::join_all;
use metrics_exporter_prometheus::PrometheusBuilder;
use rpc::Code;

use crate::catalogue::RUNTIME_MINUTES;
use crate::world::{Shopper, Store, World, anybody, order, stories};

/// As many as there are films.
const AT_ONCE: usize = 10;

stories!(
    the_clock_of_a_rental_starts_once_when_the_customer_confirms,
    a_clock_does_not_start_for_a_film_that_cannot_be_played,
    a_rental_never_started_ends_with_its_start_window,
    a_rental_ends_with_its_viewing_window,
    the_position_is_kept_and_resumed_on_another_device,
    a_media_token_works_while_its_lease_lives,
    a_media_token_that_nobody_signed_is_refused,
    a_media_token_outlives_the_change_of_the_key_that_signed_it,
    a_rental_plays_on_one_device_and_the_first_is_told,
    an_account_plays_three_films_at_most,
    players_that_open_at_once_keep_to_the_limits_too,
    a_film_that_plays_when_its_window_ends_may_be_finished,
    a_playback_that_was_closed_has_ended,
    a_purchase_plays_for_ever,
    a_viewing_window_starts_with_the_first_picture_and_not_when_the_player_opens,
    a_player_that_shows_nothing_costs_no_time,
    a_player_that_says_nothing_watches_no_film_for_free,
    a_player_that_opens_again_under_its_key_finds_its_session,
    customers_who_press_play_at_once_never_meet,
    somebody_whose_account_is_gone_opens_nothing,
    what_is_held_of_a_title_is_asked_by_title,
    what_is_held_is_said_as_it_is_after_every_change,
    what_is_held_is_listed_newest_first_page_by_page,
);

/// Presses play, confirms that the clock starts, and sees the first picture.
pub(crate) async fn play(store: &Store, shopper: &Shopper, entitlement_id: &str) -> Playback {
    let opened = open(store, shopper, entitlement_id, true, false).await.unwrap();
    report(store, shopper, entitlement_id, &opened, opened.position_seconds, true)
        .await
        .unwrap()
}

async fn open(
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

/// A player's wish to open, under a key that no other has.
pub(crate) fn to_open(entitlement_id: &str) -> OpenPlaybackRequest {
    OpenPlaybackRequest {
        entitlement_id: entitlement_id.to_owned(),
        idempotency_key: format!("key-{}", KEYS.fetch_add(1, Ordering::Relaxed)),
        ..OpenPlaybackRequest::default()
    }
}

async fn beat(
    store: &Store,
    shopper: &Shopper,
    entitlement: &str,
    playing: &Playback,
    at: i32,
) -> rpc::Result<Playback> {
    report(store, shopper, entitlement, playing, at, false).await
}

async fn report(
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

async fn close(store: &Store, shopper: &Shopper, entitlement: &str, playing: &Playback) -> rpc::Result<()> {
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

/// What a gateway asks for every media request.
async fn check(store: &Store, media_token: &str) -> rpc::Result<String> {
    let media_token = media_token.to_owned();
    let checked = store
        .rent
        .check_playback(anybody(CheckPlaybackRequest { media_token }))
        .await?;
    Ok(checked.title_id)
}

/// Somebody with one film, and its entitlement.
async fn with_film(store: &Store, offer: &str) -> (Shopper, String) {
    let ana = store.sign_up("ana").await;
    let film = get_film(store, &ana, offer).await;
    (ana, film)
}

async fn get_film(store: &Store, ana: &Shopper, offer: &str) -> String {
    let order = store.place(ana, order(offer, offer)).await.unwrap();
    order.entitlements[0].entitlement_id.clone()
}

fn reason<T: std::fmt::Debug>(outcome: rpc::Result<T>) -> String {
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
    // What has started goes on without asking.
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

async fn a_media_token_that_nobody_signed_is_refused(world: World) {
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
            .check_playback(anybody(CheckPlaybackRequest {
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
    // A player that went silent does not stand in the way for longer than its lease.
    world.seconds_pass(30);
    assert!(open(&store, &ana, &film, false, false).await.is_ok());
}

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
    // Others have streams of their own.
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
    // It is reloaded in the middle, after the window has ended.
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
    // Under another film, or for another customer, it is not there at all.
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

/// What a page of a title says of it.
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
        // Two of them in the same moment.
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

async fn state(store: &Store, shopper: &Shopper) -> EntitlementState {
    store.library(shopper).await[0].state()
}

async fn start_viewing(store: &Store, media_token: &str) -> rpc::Result<()> {
    let media_token = media_token.to_owned();
    let call = anybody(StartViewingRequest { media_token });
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
    // Another picture is no first one, and the session now lasts as a film does.
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
    // The start is confirmed again, and the whole window is still there.
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

    // And one that takes the film's bytes and reports nothing at all.
    let bia = store.sign_up("bia").await;
    let film = get_film(&store, &bia, "rent-1").await;
    let opened = open(&store, &bia, &film, true, false).await.unwrap();
    let checked = || async {
        let media_token = opened.media_token.clone();
        let call = anybody(CheckPlaybackRequest { media_token });
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
    // A purchase has no window to start.
    let bought = get_film(&store, &bia, "buy-2").await;
    let playing = open(&store, &bia, &bought, false, false).await.unwrap();
    start_viewing(&store, &playing.media_token).await.unwrap();
    assert_eq!(store.library(&bia).await[0].started_at_us, 0);
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
    // The answer was lost; another process is asked, and this device is not taken for another.
    let again = send(&world.open(), &ana, request.clone()).await.unwrap();
    assert_eq!(again.playback_id, first.playback_id);
    assert_eq!(again.expires_at_us - first.expires_at_us, 10_000_000);
    let many = join_all((0..AT_ONCE).map(|_| send(&store, &ana, request.clone()))).await;
    assert!(
        many.into_iter()
            .all(|one| one.unwrap().playback_id == first.playback_id)
    );

    // A key is one customer's and one film's, and is not used up by a refusal.
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

    // What was taken over, or has ended, is not opened again by a late repetition.
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

async fn somebody_whose_account_is_gone_opens_nothing(world: World) {
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
