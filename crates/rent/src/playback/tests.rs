//! The rules of playback, one sentence each.

use super::*;
use crate::time::{HOUR_US, MINUTE_US, SECOND_US};
use crate::world::{entitlement, entitlement_id, playback_id, title_id};

const WINDOW_US: i64 = 48 * HOUR_US;
const YES: Wish = Wish {
    confirm_start: true,
    take_over: false,
    device: String::new(),
    key: None,
};
const TAKE_OVER: Wish = Wish {
    confirm_start: true,
    take_over: true,
    device: String::new(),
    key: None,
};

fn open_at(now_us: i64, rental: &Entitlement, streams: &[LiveStream], wish: &Wish) -> Result<Opening> {
    open(playback_id(9), rental, streams, None, wish, &Limits::default(), now_us)
}

fn stream(number: u8, of: &Entitlement) -> LiveStream {
    LiveStream {
        playback: playback_id(number),
        entitlement: of.id,
        title_name: of.title_name.clone(),
        device: String::new(),
    }
}

fn another(number: u8) -> Entitlement {
    Entitlement {
        id: entitlement_id(number),
        title: title_id(number),
        ..entitlement()
    }
}

#[test]
fn a_lease_lives_half_a_minute_after_its_player_was_last_heard_of() {
    let limits = Limits::default();
    let mut playback = open_at(0, &entitlement(), &[], &YES).unwrap().playback;
    assert!(playback.is_live(30 * SECOND_US - 1));
    assert!(!playback.is_live(30 * SECOND_US));
    playback.renew(&limits, 20 * SECOND_US).unwrap();
    assert!(playback.is_live(50 * SECOND_US - 1));
    assert!(matches!(
        playback.renew(&limits, 50 * SECOND_US),
        Err(Fault::PlaybackEnded)
    ));
}

/// The end of a session's last lease, if it is renewed as long as possible.
fn last_lease_us(mut playback: Playback, from_us: i64) -> i64 {
    let limits = Limits::default();
    let beats = (1..).map(|beat| from_us + beat * 20 * SECOND_US);
    for now_us in beats {
        if playback.renew(&limits, now_us).is_err() {
            break;
        }
    }
    playback.lease_until_us
}

#[test]
fn a_session_ends_after_twelve_hours_whatever_its_player_says() {
    let owned = Entitlement {
        holding: Holding::Purchase,
        ..entitlement()
    };
    let playback = open_at(0, &owned, &[], &YES).unwrap().playback;
    assert_eq!(last_lease_us(playback, 0), 12 * HOUR_US);
}

#[test]
fn a_rentals_session_ends_after_twelve_hours_too_though_its_window_is_longer() {
    let mut rental = entitlement();
    rental.show_picture(0);
    let opened_us = HOUR_US;
    let playback = open_at(opened_us, &rental, &[], &YES).unwrap().playback;
    assert_eq!(playback.ends_at_us, opened_us + 12 * HOUR_US);
    assert_eq!(last_lease_us(playback, opened_us), opened_us + 12 * HOUR_US);
    // The same holds for the session that showed the first picture.
    let mut fresh = entitlement();
    let mut first = open_at(0, &fresh, &[], &YES).unwrap().playback;
    assert!(first.show_picture(&mut fresh, &Limits::default(), SECOND_US).unwrap());
    assert_eq!(last_lease_us(first, SECOND_US), SECOND_US + 12 * HOUR_US);
}

#[test]
fn a_session_without_a_picture_is_short_and_starts_no_clock() {
    let rental = entitlement();
    let playback = open_at(0, &rental, &[], &YES).unwrap().playback;
    assert!(playback.awaits_picture);
    assert_eq!(last_lease_us(playback, 0), 2 * MINUTE_US);
    assert_eq!(rental.started_at_us, None);
}

#[test]
fn the_first_picture_starts_the_clock_and_lengthens_the_session() {
    let limits = Limits::default();
    let mut rental = entitlement();
    let mut playback = open_at(0, &rental, &[], &YES).unwrap().playback;
    assert!(playback.show_picture(&mut rental, &limits, 9 * SECOND_US).unwrap());
    assert_eq!(rental.started_at_us, Some(9 * SECOND_US));
    assert!(!playback.awaits_picture);
    assert_eq!(playback.lease_until_us, 39 * SECOND_US);
    assert!(!playback.show_picture(&mut rental, &limits, 12 * SECOND_US).unwrap());
    assert_eq!(rental.started_at_us, Some(9 * SECOND_US));
    // A session that has ended cannot show a picture.
    let mut late = entitlement();
    let mut ended = open_at(0, &late, &[], &YES).unwrap().playback;
    assert!(ended.show_picture(&mut late, &limits, 30 * SECOND_US).is_err());
    assert_eq!(late.started_at_us, None);
}

#[test]
fn a_player_admitted_in_the_last_second_of_the_start_window_keeps_its_rental() {
    let mut rental = entitlement();
    let last_us = 720 * HOUR_US - SECOND_US;
    let mut playback = open_at(last_us, &rental, &[], &YES).unwrap().playback;
    let shown_us = last_us + 20 * SECOND_US;
    assert!(
        playback
            .show_picture(&mut rental, &Limits::default(), shown_us)
            .unwrap()
    );
    assert_eq!(rental.watch_until_us(), Some(shown_us + WINDOW_US));
}

#[test]
fn a_position_that_needs_a_picture_counts_as_one() {
    let playback = open_at(0, &entitlement(), &[], &YES).unwrap().playback;
    for (says_so, position, shows) in [(false, 0, false), (false, 1, true), (true, 0, true)] {
        assert_eq!(
            playback.shows_first_picture(says_so, position),
            shows,
            "{says_so} {position}"
        );
    }
    let mut started = entitlement();
    started.show_picture(0);
    let again = open_at(1, &started, &[], &YES).unwrap().playback;
    assert!(!again.shows_first_picture(true, 600));
}

#[test]
fn a_film_that_plays_when_its_window_ends_may_be_finished_once() {
    let mut rental = entitlement();
    rental.show_picture(0);
    let opened_us = WINDOW_US - 10 * MINUTE_US;
    let playback = open_at(opened_us, &rental, &[], &YES).unwrap().playback;
    assert_eq!(playback.ends_at_us, opened_us + 94 * MINUTE_US);
}

#[test]
fn a_film_that_ends_before_its_window_may_be_played_until_the_window_ends() {
    let mut rental = entitlement();
    rental.show_picture(0);
    let opened_us = WINDOW_US - 3 * HOUR_US;
    let playback = open_at(opened_us, &rental, &[], &YES).unwrap().playback;
    assert_eq!(playback.ends_at_us, WINDOW_US);
}

#[test]
fn a_player_that_reloads_while_it_finishes_a_film_gains_no_time() {
    let mut rental = entitlement();
    rental.show_picture(0);
    let until_us = WINDOW_US + 84 * MINUTE_US;
    let reopen = |now_us, rental: &Entitlement| {
        open(
            playback_id(2),
            rental,
            &[],
            Some(until_us),
            &YES,
            &Limits::default(),
            now_us,
        )
    };
    let playback = reopen(WINDOW_US + MINUTE_US, &rental).unwrap().playback;
    assert_eq!(playback.ends_at_us, until_us);
    assert!(matches!(reopen(until_us, &rental), Err(Fault::ViewingWindowEnded)));
    assert!(matches!(
        open_at(WINDOW_US, &rental, &[], &YES),
        Err(Fault::ViewingWindowEnded)
    ));
}

#[test]
fn a_rental_plays_on_one_device_until_another_takes_it_over() {
    let rental = entitlement();
    let streams = [stream(1, &rental)];
    assert!(matches!(
        open_at(0, &rental, &streams, &YES),
        Err(Fault::PlayingElsewhere { .. })
    ));
    assert_eq!(rental.started_at_us, None);
    let opening = open_at(0, &rental, &streams, &TAKE_OVER).unwrap();
    assert_eq!(opening.taken_over, [playback_id(1)]);
}

#[test]
fn a_purchase_plays_on_several_devices_until_one_takes_over() {
    let owned = Entitlement {
        holding: Holding::Purchase,
        ..entitlement()
    };
    let streams = [stream(1, &owned), stream(2, &owned)];
    let opening = open_at(0, &owned, &streams, &YES).unwrap();
    assert!(opening.taken_over.is_empty());
    let opening = open_at(0, &owned, &streams, &TAKE_OVER).unwrap();
    assert_eq!(opening.taken_over, [playback_id(1), playback_id(2)]);
}

#[test]
fn an_account_plays_on_three_devices_and_is_told_what_plays() {
    let (rental, others) = (entitlement(), [another(2), another(3), another(4)]);
    let mut streams: Vec<_> = others
        .iter()
        .zip(1..)
        .map(|(other, number)| stream(number, other))
        .collect();
    let refused = open_at(0, &rental, &streams, &TAKE_OVER);
    assert!(matches!(refused, Err(Fault::TooManyStreams { titles }) if titles.len() == 3));
    streams.pop();
    streams.push(stream(3, &rental));
    assert!(open_at(0, &rental, &streams, &TAKE_OVER).is_ok());
}

#[test]
fn a_player_that_was_taken_over_is_told_so() {
    let mut playback = open_at(0, &entitlement(), &[], &YES).unwrap().playback;
    playback.taken_over = true;
    let refused = playback.renew(&Limits::default(), 1);
    assert!(matches!(refused, Err(Fault::PlaybackTakenOver)));
}

#[test]
fn a_position_stays_within_the_film() {
    let rental = entitlement();
    assert_eq!(check_position(60, &rental).unwrap(), 60);
    assert_eq!(check_position(i32::MAX, &rental).unwrap(), 94 * 60);
    assert!(check_position(-1, &rental).is_err());
    assert_eq!(check_position(0, &rental).unwrap(), 0);
    let unknown = Entitlement {
        runtime_minutes: 0,
        ..rental
    };
    assert_eq!(check_position(i32::MAX, &unknown).unwrap(), POSITION_LIMIT_SECONDS);
}

#[test]
fn a_position_is_kept_within_twelve_hours_where_the_running_time_is_not_known() {
    let unknown = Entitlement {
        runtime_minutes: 0,
        ..entitlement()
    };
    assert_eq!(check_position(50_000, &unknown).unwrap(), 43_200);
    assert_eq!(check_position(43_199, &unknown).unwrap(), 43_199);
}
