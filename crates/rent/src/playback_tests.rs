//! The rules of playback, one sentence each.

use super::*;
use crate::time::{HOUR_US, MINUTE_US, SECOND_US};
use crate::world::{entitlement, entitlement_id, playback_id, title_id};

const WINDOW_US: i64 = 48 * HOUR_US;
const YES: Wish = Wish {
    confirm_start: true,
    take_over: false,
    device: String::new(),
};
const TAKE_OVER: Wish = Wish {
    confirm_start: true,
    take_over: true,
    device: String::new(),
};

fn open_at(now_us: i64, rental: &mut Entitlement, streams: &[LiveStream], wish: &Wish) -> Result<Opening> {
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
    let mut playback = open_at(0, &mut entitlement(), &[], &YES).unwrap().playback;
    assert!(playback.is_live(30 * SECOND_US - 1));
    assert!(!playback.is_live(30 * SECOND_US));
    playback.renew(&limits, 20 * SECOND_US).unwrap();
    assert!(playback.is_live(50 * SECOND_US - 1));
    assert!(matches!(
        playback.renew(&limits, 50 * SECOND_US),
        Err(Fault::PlaybackEnded)
    ));
}

#[test]
fn a_session_ends_after_twelve_hours_whatever_its_player_says() {
    let limits = Limits::default();
    let mut owned = Entitlement {
        holding: Holding::Purchase,
        ..entitlement()
    };
    let mut playback = open_at(0, &mut owned, &[], &YES).unwrap().playback;
    let end_us = 12 * HOUR_US;
    for beat in 1..=12 * 60 * 3 {
        if playback.renew(&limits, beat * 20 * SECOND_US).is_err() {
            assert_eq!(beat * 20 * SECOND_US, end_us);
        }
    }
    assert_eq!(playback.lease_until_us, end_us);
}

#[test]
fn a_film_that_plays_when_its_window_ends_may_be_finished_once() {
    let mut rental = entitlement();
    rental.start(true, 0).unwrap();
    let opened_us = WINDOW_US - 10 * MINUTE_US;
    let playback = open_at(opened_us, &mut rental, &[], &YES).unwrap().playback;
    assert_eq!(playback.ends_at_us, opened_us + 94 * MINUTE_US);
}

#[test]
fn a_film_that_ends_before_its_window_may_be_played_until_the_window_ends() {
    let mut rental = entitlement();
    rental.start(true, 0).unwrap();
    let opened_us = WINDOW_US - 3 * HOUR_US;
    let playback = open_at(opened_us, &mut rental, &[], &YES).unwrap().playback;
    assert_eq!(playback.ends_at_us, WINDOW_US);
}

#[test]
fn a_player_that_reloads_while_it_finishes_a_film_gains_no_time() {
    let mut rental = entitlement();
    rental.start(true, 0).unwrap();
    let until_us = WINDOW_US + 84 * MINUTE_US;
    let reopen = |now_us, rental: &mut Entitlement| {
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
    let playback = reopen(WINDOW_US + MINUTE_US, &mut rental).unwrap().playback;
    assert_eq!(playback.ends_at_us, until_us);
    assert!(matches!(reopen(until_us, &mut rental), Err(Fault::ViewingWindowEnded)));
    assert!(matches!(
        open_at(WINDOW_US, &mut rental, &[], &YES),
        Err(Fault::ViewingWindowEnded)
    ));
}

#[test]
fn a_rental_plays_on_one_device_until_another_takes_it_over() {
    let mut rental = entitlement();
    let streams = [stream(1, &rental)];
    assert!(matches!(
        open_at(0, &mut rental, &streams, &YES),
        Err(Fault::PlayingElsewhere { .. })
    ));
    assert_eq!(rental.started_at_us, None);
    let opening = open_at(0, &mut rental, &streams, &TAKE_OVER).unwrap();
    assert_eq!(opening.taken_over, [playback_id(1)]);
}

#[test]
fn a_purchase_plays_on_several_devices_until_one_takes_over() {
    let mut owned = Entitlement {
        holding: Holding::Purchase,
        ..entitlement()
    };
    let streams = [stream(1, &owned), stream(2, &owned)];
    let opening = open_at(0, &mut owned, &streams, &YES).unwrap();
    assert!(opening.taken_over.is_empty());
    let opening = open_at(0, &mut owned, &streams, &TAKE_OVER).unwrap();
    assert_eq!(opening.taken_over, [playback_id(1), playback_id(2)]);
}

#[test]
fn an_account_plays_on_three_devices_and_is_told_what_plays() {
    let (mut rental, others) = (entitlement(), [another(2), another(3), another(4)]);
    let mut streams: Vec<_> = others
        .iter()
        .zip(1..)
        .map(|(other, number)| stream(number, other))
        .collect();
    let refused = open_at(0, &mut rental, &streams, &TAKE_OVER);
    assert!(matches!(refused, Err(Fault::TooManyStreams { titles }) if titles.len() == 3));
    streams.pop();
    streams.push(stream(3, &rental));
    assert!(open_at(0, &mut rental, &streams, &TAKE_OVER).is_ok());
}

#[test]
fn a_player_that_was_taken_over_is_told_so() {
    let mut playback = open_at(0, &mut entitlement(), &[], &YES).unwrap().playback;
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
    let unknown = Entitlement {
        runtime_minutes: 0,
        ..rental
    };
    assert_eq!(check_position(i32::MAX, &unknown).unwrap(), POSITION_LIMIT_SECONDS);
}
