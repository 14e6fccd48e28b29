//! Page tokens, the clock, ids and randomness.

use std::sync::Arc;
use std::time::Duration;

use store::clock::lab_offset_seconds;
use store::testing::{ManualClock, SeededRandomness, SequentialIds};
use store::{
    Clock, Db, Ids, InvalidPageToken, OsRandomness, PageSize, PageToken, QuickRandomness, Randomness, ShiftedClock,
};
use store::{SystemClock, TimeOrderedIds};
use uuid::Uuid;

use crate::{MIGRATIONS, id};

#[test]
fn a_page_token_brings_its_position_back() {
    let query = ("drama", Some(1990));
    let token = PageToken::encode(&(1_700_000_000_i64, id(7)), &query);
    let position: (i64, Uuid) = PageToken::decode(&token, &query).unwrap();
    assert_eq!(position, (1_700_000_000, id(7)));
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    assert!(token.bytes().all(plain), "{token} goes into a URL as it is");
}

#[test]
fn a_page_token_of_another_query_is_refused() {
    let token = PageToken::encode(&id(7), "genre=drama");
    assert_eq!(
        PageToken::decode::<Uuid, _>(&token, "genre=western"),
        Err(InvalidPageToken)
    );
}

#[test]
fn what_is_no_page_token_is_refused() {
    let of_another_shape = PageToken::encode(&"seven", "all");
    let cut = &PageToken::encode(&id(7), "all")[1..];
    let long = "A".repeat(100_000);
    for token in ["", "¿", "e30", "AAAA=", cut, &of_another_shape, &long] {
        assert_eq!(
            PageToken::decode::<Uuid, _>(token, "all"),
            Err(InvalidPageToken),
            "{token:.40}"
        );
    }
}

#[test]
fn a_page_has_1_to_100_entries_and_24_by_default() {
    for (asked, rows) in [
        (0, Some(24)),
        (1, Some(1)),
        (100, Some(100)),
        (101, None),
        (-1, None),
        (i32::MAX, None),
    ] {
        assert_eq!(PageSize::parse(asked).ok().map(PageSize::rows), rows, "{asked}");
    }
}

#[test]
fn one_row_more_than_the_page_says_that_another_page_follows() {
    let size = PageSize::parse(2).unwrap();
    assert_eq!(size.limit(), 3);
    assert_eq!(size.cut(vec!['a', 'b', 'c']), (vec!['a', 'b'], true));
    assert_eq!(size.cut(vec!['a', 'b']), (vec!['a', 'b'], false));
}

#[test]
fn the_system_clock_counts_microseconds() {
    let (year_2025_us, year_2125_us) = (1_735_689_600_000_000, 4_891_363_200_000_000);
    assert!((year_2025_us..year_2125_us).contains(&SystemClock.now_us()));
}

#[test]
fn ids_sort_in_the_order_of_their_creation_even_when_the_clock_stops_or_goes_back() {
    let clock = Arc::new(ManualClock::default());
    let ids = TimeOrderedIds::new(clock.clone(), Arc::new(SeededRandomness::new(1)));
    let mut made: Vec<Uuid> = (0..10_000).map(|_| ids.next()).collect();
    clock.advance(Duration::from_mins(1));
    made.push(ids.next());
    clock.set_us(0);
    made.push(ids.next());
    assert!(made.is_sorted_by(|earlier, later| earlier < later));
    assert!(made.iter().all(|id| id.get_version_num() == 7));
}

#[test]
fn an_id_holds_the_millisecond_of_its_creation() {
    let clock = Arc::new(ManualClock::at_us(1_767_268_800_123_456));
    let ids = TimeOrderedIds::new(clock, Arc::new(OsRandomness));
    let (seconds, nanoseconds) = ids.next().get_timestamp().unwrap().to_unix();
    assert_eq!((seconds, nanoseconds / 1_000_000), (1_767_268_800, 123));
}

#[test]
fn ids_of_two_processes_differ_at_the_same_moment() {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::default());
    let one = TimeOrderedIds::new(clock.clone(), Arc::new(OsRandomness));
    let other = TimeOrderedIds::new(clock, Arc::new(OsRandomness));
    assert_ne!(one.next(), other.next());
}

#[test]
fn sequential_ids_count_from_one() {
    let ids = SequentialIds::default();
    assert_eq!([ids.next(), ids.next()], [id(1), id(2)]);
}

#[test]
fn seeded_randomness_repeats_and_the_systems_does_not() {
    let bytes = |source: &dyn Randomness| {
        let mut bytes = [0; 37];
        source.fill(&mut bytes);
        bytes
    };
    assert_eq!(bytes(&SeededRandomness::new(7)), bytes(&SeededRandomness::new(7)));
    assert_ne!(bytes(&SeededRandomness::new(7)), bytes(&SeededRandomness::new(8)));
    assert_ne!(bytes(&OsRandomness), bytes(&OsRandomness));
    assert_ne!(bytes(&QuickRandomness), bytes(&QuickRandomness));
}

store::each_engine!(
    MIGRATIONS:
    the_labs_clock_moves_for_everyone_on_the_database,
);

async fn the_labs_clock_moves_for_everyone_on_the_database(db: &Db) {
    let machine = Arc::new(ManualClock::at_us(1_000_000));
    let lab = ShiftedClock::new(machine.clone());
    lab.read(db).await.unwrap();
    assert_eq!(lab.now_us(), 1_000_000);
    let other = ShiftedClock::new(machine.clone());
    other.shift(db, 49 * 3600).await.unwrap();
    other.shift(db, -3600).await.unwrap();
    assert_eq!(other.now_us(), 48 * 3600 * 1_000_000 + 1_000_000);
    assert_eq!(lab_offset_seconds(db).await.unwrap(), 48 * 3600);
    lab.read(db).await.unwrap();
    machine.advance(Duration::from_micros(5));
    assert_eq!(lab.now_us(), 48 * 3600 * 1_000_000 + 1_000_005);
}
