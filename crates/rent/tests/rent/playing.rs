//! The playback session as a conversation, and the messages to watchers of orders.

use api::rent::play_event::question::Question;
use api::rent::play_event::{Event, PlayingElsewhere, StartNotConfirmed};
use api::rent::play_request::{Message, Open, Position};
use api::rent::{EntitlementState, OrderState, OrdersChanged, PlayEvent, PlayRequest, Playback, WatchOrdersRequest};
use futures::channel::mpsc;
use futures::{SinkExt, StreamExt};
use rpc::{Code, Stream};

use crate::world::{Shopper, Store, World, order, stories};

stories!(
    a_player_opens_beats_and_stops,
    the_clock_of_a_rental_starts_when_the_question_is_answered,
    a_session_is_continued_for_its_own_film_only,
    a_player_whose_grant_was_lost_opens_the_same_session_again,
    a_second_player_asks_and_the_first_is_told,
    a_device_has_a_name_of_one_line,
    a_player_that_vanishes_frees_its_place_when_its_lease_ends,
    a_player_that_was_cut_off_continues_its_session,
    a_position_is_written_every_few_seconds_and_when_the_player_leaves,
    a_player_is_told_that_its_window_ends_and_finishes_the_film,
    a_conversation_is_about_ones_own_film,
    a_watcher_receives_orders_and_resumes_at_its_revision,
);

/// A player, with the store's messages to it.
struct Conversation {
    say: mpsc::Sender<rpc::Result<PlayRequest>>,
    events: Stream<PlayEvent>,
}

impl Conversation {
    async fn begin(store: &Store, shopper: &Shopper) -> Self {
        let (say, said) = mpsc::channel(4);
        let call = store.by(shopper, Box::pin(said) as Stream<PlayRequest>).await;
        let events = store.rent.play(call).await.unwrap();
        Self { say, events }
    }

    async fn say(&mut self, message: Message) {
        let request = PlayRequest { message: Some(message) };
        self.say.send(Ok(request)).await.unwrap();
    }

    async fn open(&mut self, open: Open) {
        self.say(Message::Open(open)).await;
    }

    async fn event(&mut self) -> Event {
        self.events.next().await.unwrap().unwrap().event.unwrap()
    }

    async fn granted(&mut self) -> Playback {
        match self.event().await {
            Event::Granted(playback) => playback,
            other => panic!("{other:?}"),
        }
    }

    async fn renewed(&mut self) -> Playback {
        match self.event().await {
            Event::Renewed(playback) => playback,
            other => panic!("{other:?}"),
        }
    }

    async fn asked(&mut self) -> Question {
        match self.event().await {
            Event::Asked(question) => question.question.unwrap(),
            other => panic!("{other:?}"),
        }
    }

    async fn ended(&mut self) {
        let event = self.event().await;
        assert!(matches!(event, Event::Ended(_)), "{event:?}");
    }
}

fn at(seconds: i32) -> Position {
    Position { seconds }
}

fn to_open(entitlement_id: &str) -> Open {
    Open {
        entitlement_id: entitlement_id.to_owned(),
        confirm_start: true,
        ..Open::default()
    }
}

fn to_open_on(device: &str, entitlement_id: &str) -> Open {
    Open {
        device: device.to_owned(),
        ..to_open(entitlement_id)
    }
}

async fn a_device_has_a_name_of_one_line(world: World) {
    let store = world.open();
    let (ana, film) = with_film(&store).await;
    for name in ["x".repeat(101), "a\nb".to_owned()] {
        let mut player = Conversation::begin(&store, &ana).await;
        player.open(to_open_on(&name, &film)).await;
        let fault = player.events.next().await.unwrap().unwrap_err();
        assert_eq!(fault.code, rpc::Code::InvalidArgument);
    }
    assert_eq!(store.library(&ana).await[0].state(), EntitlementState::NotStarted);
}

/// A customer with one rented film.
async fn with_film(store: &Store) -> (Shopper, String) {
    let ana = store.sign_up("ana").await;
    let order = store.place(&ana, order("k", "rent-1")).await.unwrap();
    let film = order.entitlements[0].entitlement_id.clone();
    (ana, film)
}

async fn position(store: &Store, shopper: &Shopper) -> i32 {
    store.library(shopper).await[0].resume_position_seconds
}

async fn a_player_opens_beats_and_stops(world: World) {
    let store = world.open();
    let (ana, film) = with_film(&store).await;
    let mut player = Conversation::begin(&store, &ana).await;
    player.open(to_open(&film)).await;
    let granted = player.granted().await;
    assert_eq!(granted.position_seconds, 0);
    player.say(Message::Seek(at(600))).await;
    let renewed = player.renewed().await;
    assert_eq!(
        (renewed.playback_id, renewed.position_seconds),
        (granted.playback_id, 600)
    );
    player.say(Message::Stop(at(610))).await;
    player.ended().await;
    assert!(player.events.next().await.is_none());
    assert_eq!(position(&store, &ana).await, 610);

    let mut again = Conversation::begin(&store, &ana).await;
    again.open(to_open(&film)).await;
    let granted = again.granted().await;
    assert_eq!(granted.position_seconds, 610, "and its place was free at once");
}

async fn the_clock_of_a_rental_starts_when_the_question_is_answered(world: World) {
    let store = world.open();
    let (ana, film) = with_film(&store).await;
    let mut player = Conversation::begin(&store, &ana).await;
    let unconfirmed = Open {
        confirm_start: false,
        ..to_open(&film)
    };
    player.open(unconfirmed).await;
    let asked = player.asked().await;
    let start = StartNotConfirmed {
        viewing_window_hours: 48,
    };
    assert_eq!(asked, Question::StartNotConfirmed(start));
    assert_eq!(store.library(&ana).await[0].state(), EntitlementState::NotStarted);
    player.open(to_open(&film)).await;
    player.granted().await;
    assert_eq!(
        store.library(&ana).await[0].state(),
        EntitlementState::NotStarted,
        "no picture was shown yet"
    );
    player.say(Message::PictureShown(at(0))).await;
    player.renewed().await;
    assert_eq!(store.library(&ana).await[0].state(), EntitlementState::Started);
}

async fn a_session_is_continued_for_its_own_film_only(world: World) {
    let store = world.open();
    let (ana, film) = with_film(&store).await;
    let other = store.place(&ana, order("l", "rent-2")).await.unwrap();
    let other = other.entitlements[0].entitlement_id.clone();
    let mut player = Conversation::begin(&store, &ana).await;
    player.open(to_open(&film)).await;
    let granted = player.granted().await;
    let mut stranger = Conversation::begin(&store, &ana).await;
    stranger
        .open(Open {
            playback_id: granted.playback_id.clone(),
            ..to_open(&other)
        })
        .await;
    let own = stranger.granted().await;
    assert_ne!(own.playback_id, granted.playback_id);
    assert_eq!(own.title_id, "film-2");
}

async fn a_player_whose_grant_was_lost_opens_the_same_session_again(world: World) {
    let store = world.open();
    let (ana, film) = with_film(&store).await;
    let open = Open {
        idempotency_key: "this tab".replace(' ', "-"),
        ..to_open(&film)
    };
    let mut sessions = Vec::new();
    for _ in 0..2 {
        let mut player = Conversation::begin(&world.open(), &ana).await;
        player.open(open.clone()).await;
        let granted = player.granted().await;
        sessions.push(granted.playback_id);
    }
    assert_eq!(sessions[0], sessions[1]);
    let mut elsewhere = Conversation::begin(&store, &ana).await;
    elsewhere.open(to_open(&film)).await;
    elsewhere.asked().await;
}

async fn a_second_player_asks_and_the_first_is_told(world: World) {
    let store = world.open();
    let (ana, film) = with_film(&store).await;
    let mut first = Conversation::begin(&store, &ana).await;
    first.open(to_open_on("a telephone", &film)).await;
    first.granted().await;
    // The second device is connected to another process.
    let mut second = Conversation::begin(&world.open(), &ana).await;
    second.open(to_open_on("the bedroom’s television", &film)).await;
    let asked = second.asked().await;
    let elsewhere = PlayingElsewhere {
        device: "a telephone".to_owned(),
    };
    assert_eq!(asked, Question::PlayingElsewhere(elsewhere));
    let here = Open {
        take_over: true,
        ..to_open_on("the bedroom’s television", &film)
    };
    second.open(here).await;
    second.granted().await;
    let Event::Displaced(by) = first.event().await else {
        panic!("the first player was not displaced");
    };
    assert_eq!(by.device, "the bedroom’s television");
    assert!(first.events.next().await.is_none());
}

async fn a_player_that_vanishes_frees_its_place_when_its_lease_ends(world: World) {
    let store = world.open();
    let (ana, film) = with_film(&store).await;
    let mut first = Conversation::begin(&store, &ana).await;
    first.open(to_open(&film)).await;
    first.granted().await;
    drop(first);
    let mut second = Conversation::begin(&store, &ana).await;
    second.open(to_open(&film)).await;
    second.asked().await;
    world.seconds_pass(30);
    second.open(to_open(&film)).await;
    second.granted().await;
}

async fn a_player_that_was_cut_off_continues_its_session(world: World) {
    let store = world.open();
    let (ana, film) = with_film(&store).await;
    let mut player = Conversation::begin(&store, &ana).await;
    player.open(to_open(&film)).await;
    let granted = player.granted().await;
    drop(player);
    world.seconds_pass(20);
    let mut again = Conversation::begin(&world.open(), &ana).await;
    let to_resume = |playback_id: &str| Open {
        playback_id: playback_id.to_owned(),
        ..to_open(&film)
    };
    again.open(to_resume(&granted.playback_id)).await;
    let renewed = again.granted().await;
    assert_eq!(renewed.playback_id, granted.playback_id);
    drop(again);
    // Too late to continue: it is a new session.
    world.seconds_pass(31);
    let mut late = Conversation::begin(&store, &ana).await;
    late.open(to_resume(&granted.playback_id)).await;
    let new = late.granted().await;
    assert_ne!(new.playback_id, granted.playback_id);
}

async fn a_position_is_written_every_few_seconds_and_when_the_player_leaves(world: World) {
    let store = world.open();
    let (ana, film) = with_film(&store).await;
    let mut player = Conversation::begin(&store, &ana).await;
    player.open(to_open(&film)).await;
    player.granted().await;
    for seconds in 1..=20 {
        player.say(Message::Beat(at(seconds))).await;
    }
    assert_eq!(position(&store, &ana).await, 0, "twenty beats at once are not written");
    drop(player);
    while position(&store, &ana).await != 20 {
        tokio::task::yield_now().await;
    }
}

async fn a_player_is_told_that_its_window_ends_and_finishes_the_film(world: World) {
    let store = world.open();
    let (ana, film) = with_film(&store).await;
    let mut player = Conversation::begin(&store, &ana).await;
    player.open(to_open(&film)).await;
    player.granted().await;
    player.say(Message::PictureShown(at(0))).await;
    player.renewed().await;
    player.say(Message::Stop(at(0))).await;
    player.ended().await;
    world.hours_pass(47);
    world.seconds_pass(56 * 60);
    let mut last = Conversation::begin(&store, &ana).await;
    last.open(to_open(&film)).await;
    last.granted().await;
    let Event::WindowEnding(ending) = last.event().await else {
        panic!("the player is not told that its window ends");
    };
    assert_eq!(ending.watch_until_us, store.library(&ana).await[0].watch_until_us);
    // Beyond the window; the lease is renewed on the way.
    for _ in 0..20 {
        world.seconds_pass(20);
        last.say(Message::Seek(at(60))).await;
        last.renewed().await;
    }
    assert_eq!(store.library(&ana).await[0].state(), EntitlementState::Expired);
    world.hours_pass(12);
    last.ended().await;
}

async fn a_conversation_is_about_ones_own_film(world: World) {
    let store = world.open();
    let (_, film) = with_film(&store).await;
    let bia = store.sign_up("bia").await;
    for entitlement in [film.as_str(), "garbage"] {
        let mut player = Conversation::begin(&store, &bia).await;
        player.open(to_open(entitlement)).await;
        let fault = player.events.next().await.unwrap().unwrap_err();
        assert_eq!((fault.code, &*fault.reason), (Code::NotFound, "ENTITLEMENT_NOT_FOUND"));
    }
    let mut player = Conversation::begin(&store, &bia).await;
    player.say(Message::Beat(at(1))).await;
    let fault = player.events.next().await.unwrap().unwrap_err();
    assert_eq!(fault.fields()[0].field, "message");
    let guest = store
        .rent
        .play(crate::world::by_guest(Box::pin(futures::stream::pending())))
        .await;
    assert_eq!(guest.err().unwrap().code, Code::Unauthenticated);
}

async fn a_watcher_receives_orders_and_resumes_at_its_revision(world: World) {
    let store = world.open();
    let (ana, bia) = (store.sign_up("ana").await, store.sign_up("bia").await);
    let announcing = store.announce();
    let watch = async |after_revision| {
        let request = WatchOrdersRequest { after_revision };
        store.rent.watch_orders(store.by(&ana, request).await).await.unwrap()
    };
    let mut first = watch(0).await;
    let begins = next(&mut first).await;
    assert!(begins.orders.is_empty() && begins.entitlements.is_empty());
    store.place(&bia, order("k", "rent-1")).await.unwrap();
    store.place(&ana, order("k", "rent-1")).await.unwrap();
    let mut seen = begins.revision;
    let mut states = Vec::new();
    let mut entitlements = 0;
    while entitlements == 0 {
        let changed = next(&mut first).await;
        states.extend(changed.orders.iter().map(api::rent::Order::state));
        entitlements += changed.entitlements.len();
        seen = changed.revision;
    }
    assert_eq!(
        states.last(),
        Some(&OrderState::Fulfilled),
        "and nothing of somebody else's"
    );
    assert_eq!(entitlements, 1);
    drop(first);

    store.place(&ana, order("l", "rent-2")).await.unwrap();
    let mut again = watch(seen).await;
    assert_eq!(next(&mut again).await.revision, seen);
    let mut later = 0;
    while later == 0 {
        later += next(&mut again).await.entitlements.len();
    }
    assert_eq!(later, 1, "nothing lost, nothing twice");
    announcing.abort();
}

async fn next(changes: &mut Stream<OrdersChanged>) -> OrdersChanged {
    changes.next().await.unwrap().unwrap()
}
