//! Recorded histories: several devices of one customer order, open, take over, beat and close at the same time. Their
//! answers must be the same as if the calls had run in some order one after the other, under the rules of the store
//! (linearizability). The small model below has these rules.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use api::rent::{ClosePlaybackRequest, OpenPlaybackRequest, UpdatePlaybackRequest};
use futures::future::join_all;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rpc::{Call, Context};

use crate::ledger_check::expect_right;
use crate::watching::to_open;
use crate::world::{Store, World, order, stories};

stories!(what_devices_are_answered_is_explained_by_the_rules);

const HISTORIES: u64 = 1_000;
/// After this many, another customer is used: an order reads all rentals of its title that the customer ever had, so
/// the orders of a single customer would take longer and longer.
const HISTORIES_A_CUSTOMER: u64 = 50;
const DEVICES: usize = 3;
const CALLS_A_DEVICE: usize = 4;
/// The number of films; each is rented again when the last rental of it has ended.
const FILMS: u64 = 10;
/// Longer than the start window of a rental.
const UNTIL_ENDED_HOURS: u64 = 24 * 40;

/// The answer that a device got.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Answer {
    Ordered,
    AlreadyHeld,
    /// Another order of this title was under way.
    BeingOrdered,
    /// The session that was opened, by its id.
    Granted {
        take_over: bool,
        session: String,
    },
    PlayingElsewhere,
    Renewed {
        session: String,
    },
    Closed {
        session: String,
    },
    /// The session is not the one that plays.
    Ended {
        session: String,
    },
}

/// A call, with the times before and after it.
#[derive(Debug, Clone)]
struct Record {
    begun: u64,
    ended: u64,
    answer: Answer,
}

/// The rules: a customer has a title once, and a rental plays in one session.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
struct Model {
    is_held: bool,
    playing: Option<String>,
}

impl Model {
    /// The state after this answer; `None` if the rules do not allow the answer.
    fn after(&self, answer: &Answer) -> Option<Self> {
        let mut after = self.clone();
        let is_allowed = match answer {
            Answer::Ordered => {
                after.is_held = true;
                !self.is_held
            }
            Answer::AlreadyHeld => self.is_held,
            Answer::BeingOrdered => true,
            Answer::Granted { take_over, session } => {
                after.playing = Some(session.clone());
                self.is_held && (*take_over || self.playing.is_none())
            }
            Answer::PlayingElsewhere => self.playing.is_some(),
            Answer::Renewed { session } => self.playing.as_ref() == Some(session),
            // Closing a session that has ended has no effect.
            Answer::Closed { session } => {
                after.playing = after.playing.filter(|playing| playing != session);
                true
            }
            Answer::Ended { session } => self.playing.as_ref() != Some(session),
        };
        is_allowed.then_some(after)
    }
}

/// Whether some order of the calls explains the answers: a call that ended before another began comes first.
fn is_explained(history: &[Record]) -> bool {
    fn search(history: &[Record], done: u64, model: &Model, seen: &mut HashSet<(u64, Model)>) -> bool {
        if done.count_ones() as usize == history.len() {
            return true;
        }
        if !seen.insert((done, model.clone())) {
            return false;
        }
        let is_open = |index: &usize| done & (1 << index) == 0;
        let first_end = (0..history.len())
            .filter(is_open)
            .map(|index| history[index].ended)
            .min();
        (0..history.len()).filter(is_open).any(|index| {
            let record = &history[index];
            first_end.is_none_or(|end| record.begun <= end)
                && model
                    .after(&record.answer)
                    .is_some_and(|after| search(history, done | 1 << index, &after, seen))
        })
    }
    search(history, 0, &Model::default(), &mut HashSet::new())
}

/// The answer that a title is being ordered is allowed only while another order of it was under way.
fn refusals_have_a_reason(history: &[Record]) -> bool {
    let is_order = |record: &Record| {
        matches!(
            record.answer,
            Answer::Ordered | Answer::AlreadyHeld | Answer::BeingOrdered
        )
    };
    history
        .iter()
        .filter(|record| record.answer == Answer::BeingOrdered)
        .all(|refused| {
            let overlaps = |other: &&Record| other.begun <= refused.ended && refused.begun <= other.ended;
            history.iter().filter(|other| is_order(other)).filter(overlaps).count() > 1
        })
}

async fn what_devices_are_answered_is_explained_by_the_rules(world: World) {
    #[expect(clippy::disallowed_methods, reason = "a failure tells its seed")]
    let seed = rand::random();
    let mut random = StdRng::seed_from_u64(seed);
    let store = world.open();
    let mut customer = store.sign_up("customer-0").await;
    for number in 0..HISTORIES {
        if number % FILMS == 0 {
            world.hours_pass(UNTIL_ENDED_HOURS);
        }
        if number > 0 && number % HISTORIES_A_CUSTOMER == 0 {
            customer = store.sign_up(&format!("customer-{number}")).await;
        }
        let play = Play {
            store: store.clone(),
            // An identity is valid for longer than a history takes by the test's clock.
            context: store.by(&customer, ()).await.context,
            film: number % FILMS,
            number,
            moment: Arc::default(),
            entitlement: Arc::default(),
        };
        let devices = (0..DEVICES).map(|device| play.device(device, StdRng::seed_from_u64(random.random())));
        let history: Vec<_> = join_all(devices).await.into_iter().flatten().collect();
        assert!(
            is_explained(&history) && refusals_have_a_reason(&history),
            "seed {seed}, history {number}: {history:#?}"
        );
        // Sessions that are still open expire, so that the account's streams are free for the next history.
        world.seconds_pass(60);
    }
    expect_right(&store, &format!("seed {seed}")).await;
}

/// A history while it runs.
struct Play {
    store: Store,
    /// The customer's context, with their identity.
    context: Context,
    film: u64,
    number: u64,
    moment: Arc<AtomicU64>,
    entitlement: Arc<Mutex<Option<String>>>,
}

impl Play {
    fn call<T>(&self, message: T) -> Call<T> {
        Call::new(message, self.context.clone())
    }

    async fn device(&self, device: usize, mut random: StdRng) -> Vec<Record> {
        let mut records = Vec::new();
        let mut session = None;
        for call in 0..CALLS_A_DEVICE {
            for _ in 0..random.random_range(0..4) {
                tokio::task::yield_now().await;
            }
            let begun = self.moment.fetch_add(1, Ordering::SeqCst);
            let entitlement = self.entitlement.lock().unwrap().clone();
            let choice = random.random_range(0..8);
            let answer = match (entitlement, session.clone(), choice) {
                (Some(entitlement), Some(session), 0..3) => self.beat(&entitlement, session).await,
                (Some(entitlement), Some(session), 3) => self.close(&entitlement, session).await,
                (Some(entitlement), _, 4..) => self.open(&entitlement, choice == 7).await,
                _ => self.order(device, call).await,
            };
            if let Answer::Granted { session: granted, .. } = &answer {
                session = Some(granted.clone());
            }
            let ended = self.moment.fetch_add(1, Ordering::SeqCst);
            records.push(Record { begun, ended, answer });
        }
        records
    }

    async fn order(&self, device: usize, call: usize) -> Answer {
        let key = format!("{}-{device}-{call}", self.number);
        let request = order(&key, &format!("rent-{}", self.film));
        match self.store.rent.place_order(self.call(request)).await {
            Ok(order) => {
                *self.entitlement.lock().unwrap() = Some(order.entitlements[0].entitlement_id.clone());
                Answer::Ordered
            }
            Err(fault) => match &*fault.reason {
                "ALREADY_HELD" => Answer::AlreadyHeld,
                "TITLE_BEING_ORDERED" => Answer::BeingOrdered,
                _ => panic!("{fault:?}"),
            },
        }
    }

    async fn open(&self, entitlement: &str, take_over: bool) -> Answer {
        let request = OpenPlaybackRequest {
            confirm_start: true,
            take_over,
            ..to_open(entitlement)
        };
        match self.store.rent.open_playback(self.call(request)).await {
            Ok(playback) => Answer::Granted {
                take_over,
                session: playback.playback_id,
            },
            Err(fault) if fault.reason == "PLAYING_ELSEWHERE" => Answer::PlayingElsewhere,
            Err(fault) => panic!("{fault:?}"),
        }
    }

    async fn beat(&self, entitlement: &str, session: String) -> Answer {
        let request = UpdatePlaybackRequest {
            entitlement_id: entitlement.to_owned(),
            playback_id: session.clone(),
            position_seconds: 1,
            picture_shown: true,
        };
        match self.store.rent.update_playback(self.call(request)).await {
            Ok(_) => Answer::Renewed { session },
            Err(fault) => ended(&fault, session),
        }
    }

    async fn close(&self, entitlement: &str, session: String) -> Answer {
        let request = ClosePlaybackRequest {
            entitlement_id: entitlement.to_owned(),
            playback_id: session.clone(),
        };
        match self.store.rent.close_playback(self.call(request)).await {
            Ok(_) => Answer::Closed { session },
            Err(fault) => ended(&fault, session),
        }
    }
}

fn ended(fault: &rpc::Fault, session: String) -> Answer {
    match &*fault.reason {
        "PLAYBACK_ENDED" | "PLAYBACK_TAKEN_OVER" => Answer::Ended { session },
        _ => panic!("{fault:?}"),
    }
}

#[test]
fn the_check_finds_what_the_rules_forbid() {
    let record = |begun, ended, answer| Record { begun, ended, answer };
    let granted = |session: &str| Answer::Granted {
        take_over: false,
        session: session.to_owned(),
    };
    // The customer has the title twice, and two sessions play at once, however the calls overlap.
    assert!(!is_explained(&[
        record(0, 3, Answer::Ordered),
        record(1, 2, Answer::Ordered)
    ]));
    let two = [
        record(0, 1, Answer::Ordered),
        record(2, 5, granted("a")),
        record(3, 4, granted("b")),
    ];
    assert!(!is_explained(&two));
    // The answer says that the customer has the title, before any order has given it.
    assert!(!is_explained(&[
        record(0, 1, Answer::AlreadyHeld),
        record(2, 3, Answer::Ordered)
    ]));
    assert!(is_explained(&[
        record(0, 3, Answer::AlreadyHeld),
        record(1, 2, Answer::Ordered)
    ]));
    assert!(!refusals_have_a_reason(&[
        record(0, 1, Answer::BeingOrdered),
        record(2, 3, Answer::Ordered)
    ]));
}
