//! Players end together with the sign-in session that they belong to.

use crate::revoking::{ANOTHER, with_film};
use crate::world::{PASSWORD, Shopper, Store, World, by_guest, order, stories};
use api::rent::play_event::Event;
use api::rent::play_request::{Message, Open};
use api::rent::{CheckPlaybackRequest, OpenPlaybackRequest, PlayRequest, Playback, UpdatePlaybackRequest};
use futures::channel::mpsc;
use futures::{SinkExt, StreamExt};
use rpc::{Call, Code, Stream};

stories!(
    a_player_ends_with_its_session,
    a_player_ends_with_whatever_ends_its_session,
    a_player_that_waits_to_open_ends_with_its_session,
    a_player_that_opens_while_its_session_ends_plays_nothing,
    other_players_continue_when_one_session_ends,
);

/// A player in the middle of a conversation.
struct Player {
    say: mpsc::Sender<rpc::Result<PlayRequest>>,
    events: Stream<api::rent::PlayEvent>,
}

impl Player {
    async fn begin(store: &Store, shopper: &Shopper) -> Self {
        let (say, said) = mpsc::channel(4);
        let call = store.by(shopper, Box::pin(said) as Stream<PlayRequest>).await;
        let events = store.rent.play(call).await.unwrap();
        Self { say, events }
    }

    async fn open(&mut self, entitlement_id: &str) {
        let open = Open {
            entitlement_id: entitlement_id.to_owned(),
            confirm_start: true,
            ..Open::default()
        };
        let message = Some(Message::Open(open));
        self.say.send(Ok(PlayRequest { message })).await.unwrap();
        let granted = self.events.next().await.unwrap().unwrap().event;
        assert!(matches!(granted, Some(Event::Granted(_))), "{granted:?}");
    }
}

async fn a_player_ends_with_its_session(world: World) {
    let (store, other) = (world.open(), world.open());
    let ana = store.sign_up("ana").await;
    let order = store.place(&ana, order("k", "rent-1")).await.unwrap();
    let mut player = Player::begin(&store, &ana).await;
    player.open(&order.entitlements[0].entitlement_id).await;
    other.sign_out(&ana).await;
    let event = player.events.next().await.unwrap().unwrap().event;
    assert!(matches!(event, Some(Event::Ended(_))), "{event:?}");
    assert!(player.events.next().await.is_none());
}

async fn a_player_ends_with_whatever_ends_its_session(world: World) {
    // What happens at another process ends a player of this one.
    let (store, elsewhere) = (world.open(), world.open());
    for act in ["reset", "changed_password", "changed_address", "sign_out_everywhere"] {
        let name = act.replace('_', "-");
        let email = format!("{name}@example.com");
        let watching = store.sign_up(&name).await;
        let other = elsewhere.sign_in(&email, PASSWORD).await.unwrap();
        let paid = store.place(&watching, order("k", "rent-1")).await.unwrap();
        let film = &paid.entitlements[0].entitlement_id;
        let mut player = Player::begin(&store, &watching).await;
        player.open(film).await;
        match act {
            "reset" => {
                elsewhere.ask_for_reset(&email).await;
                elsewhere.deliver_mails().await;
                let token = world.letterbox.token_to(&email, "reset").unwrap();
                elsewhere.follow_reset(&token, ANOTHER).await.unwrap();
            }
            "changed_password" => elsewhere.change_password(&other).await,
            "changed_address" => {
                elsewhere.ask_for_address(&other, "elsewhere@example.net").await;
                elsewhere.follow_change(&world).await.unwrap();
            }
            _ => elsewhere.sign_out_everywhere(&other).await,
        }
        let event = player.events.next().await.unwrap().unwrap().event;
        assert!(matches!(event, Some(Event::Ended(_))), "{act}: {event:?}");
        assert!(player.events.next().await.is_none(), "{act}");
    }
}

async fn a_player_that_waits_to_open_ends_with_its_session(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let mut player = Player::begin(&store, &ana).await;
    store.sign_out(&ana).await;
    let fault = player.events.next().await.unwrap().unwrap_err();
    assert_eq!(fault.code, Code::Unauthenticated);
}

async fn a_player_that_opens_while_its_session_ends_plays_nothing(world: World) {
    const ROUNDS: usize = 40;
    /// In each round the sign-out comes at another moment of the opening: it waits for up to this many reads.
    const READS_BEFORE: usize = 10;
    let (store, other) = (world.open(), world.open());
    let (_, film, _) = with_film(&store).await;
    for round in 0..ROUNDS {
        let ended = store.sign_in("ana@example.com", PASSWORD).await.unwrap();
        let identity = store.identity(&ended).await;
        let request = OpenPlaybackRequest {
            confirm_start: true,
            take_over: true,
            ..crate::watching::to_open(&film)
        };
        let leave = async {
            for _ in 0..round % READS_BEFORE {
                store::fetch_one!(&world.db, (i64,), "SELECT COUNT(*) FROM sessions").unwrap();
            }
            other.sign_out(&ended).await;
        };
        let open = store.rent.open_playback(Call::new(request, identity));
        match futures::join!(open, leave).0 {
            Ok(Playback { media_token, .. }) => {
                let call = by_guest(CheckPlaybackRequest { media_token });
                let checked = store.rent.check_playback(call).await;
                assert_eq!(checked.unwrap_err().reason, "PLAYBACK_ENDED", "round {round}");
            }
            Err(fault) => assert_eq!(fault.code, Code::Unauthenticated, "round {round}"),
        }
    }
}

async fn other_players_continue_when_one_session_ends(world: World) {
    let store = world.open();
    let (ana, film, playback) = with_film(&store).await;
    let other = store.sign_in("ana@example.com", PASSWORD).await.unwrap();
    store.sign_out(&other).await;
    let request = UpdatePlaybackRequest {
        entitlement_id: film,
        playback_id: playback.playback_id,
        position_seconds: 60,
        picture_shown: true,
    };
    assert!(store.rent.update_playback(store.by(&ana, request).await).await.is_ok());
}
