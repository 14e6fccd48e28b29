//! Customers who play a rental: a session is opened, reports its position 1,000 times, and stops.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use api::catalogue::{Catalogue, GetTitleRequest, OfferKind, UploadMediaRequest};
use api::rent::play_event::Event;
use api::rent::play_request::{Message, Open, Position};
use api::rent::{
    AuthenticateRequest, CreateCustomerRequest, OrderItem, Payment, PaymentMethod, PlaceOrderRequest, PlayRequest, Rent,
};
use futures::channel::mpsc;
use futures::{SinkExt, StreamExt, stream};
use rpc::Call;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::connection_pool::ConnectionPool;
use crate::work::{Known, failed};

/// The heartbeats of a session.
const BEATS: u16 = 1_000;
/// How many heartbeats may wait for the carrier.
const WAITING: usize = 16;
/// An identity is valid for a minute; a new one is requested well before it expires.
const IDENTITY_AGE: Duration = Duration::from_secs(30);
/// The sandbox provider approves this card.
const CARD: &str = "tok_visa";
/// A playable film: the catalogue reads a file to its end before it accepts it.
const FILM: &[u8] = include_bytes!("../../catalogue/demo/leader.mp4");
/// How much of it one message carries.
const PIECE_BYTES: usize = 256 * 1024;

/// A customer with a rental.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Player {
    session: String,
    entitlement_id: String,
}

/// Creates this many customers, each of whom rents the same film, through the services' usual methods.
pub(crate) async fn sign_up(catalogue: &dyn Catalogue, rent: &dyn Rent, count: usize) -> Result<Vec<Player>> {
    let title_id = Known::of(catalogue).await?.ids.swap_remove(0);
    give_film(catalogue, &title_id).await?;
    let title = catalogue
        .get_title(Call::by_service(GetTitleRequest { title_id }))
        .await;
    let offers = title.map_err(failed)?.into_inner().offers;
    let offer = offers.into_iter().find(|offer| offer.kind() == OfferKind::Rent);
    let offer = offer.context("the film cannot be rented")?;
    let item = OrderItem {
        offer_id: offer.offer_id,
        price: offer.price,
    };
    let mut players = Vec::with_capacity(count);
    for number in 0..count {
        let session = customer(rent, &format!("player-{number}")).await?;
        let order = PlaceOrderRequest {
            idempotency_key: "comparison".to_owned(),
            items: vec![item.clone()],
            payment: Some(Payment {
                method: PaymentMethod::Card.into(),
                token: CARD.to_owned(),
            }),
        };
        let identity = identity(rent, &session).await?;
        let order = rent.place_order(Call::new(order, by(&identity))).await;
        let entitlement = order.map_err(failed)?.entitlements.into_iter().next();
        players.push(Player {
            session,
            entitlement_id: entitlement.context("the order was not paid")?.entitlement_id,
        });
    }
    Ok(players)
}

/// Creates an account, and returns the token of its session.
pub(crate) async fn customer(rent: &dyn Rent, name: &str) -> Result<String> {
    let customer = CreateCustomerRequest {
        email: format!("{name}@example.org"),
        password: "violet tripod meadow 1922".to_owned(),
        name: "Player".to_owned(),
        language: "en".to_owned(),
        ..CreateCustomerRequest::default()
    };
    let session = rent.create_customer(Call::new(customer, rpc::Context::default())).await;
    Ok(session.map_err(failed)?.token)
}

async fn give_film(catalogue: &dyn Catalogue, title_id: &str) -> Result<()> {
    let first = UploadMediaRequest {
        title_id: title_id.to_owned(),
        name: "film.mp4".to_owned(),
        content_type: "video/mp4".to_owned(),
        ..UploadMediaRequest::default()
    };
    let pieces = FILM.chunks(PIECE_BYTES).map(|piece| UploadMediaRequest {
        bytes: piece.to_vec(),
        ..UploadMediaRequest::default()
    });
    let messages: Vec<_> = std::iter::once(first).chain(pieces).map(Ok).collect();
    let messages: rpc::Stream<UploadMediaRequest> = Box::pin(stream::iter(messages));
    let asset = catalogue.upload_media(Call::by_service(messages)).await;
    asset.map(drop).map_err(failed)
}

async fn identity(rent: &dyn Rent, session: &str) -> Result<Arc<str>> {
    let token = session.to_owned();
    let identity = rent.authenticate(Call::by_service(AuthenticateRequest { token })).await;
    Ok(identity.map_err(failed)?.signed.into())
}

fn by(identity: &Arc<str>) -> rpc::Context {
    rpc::Context {
        identity: Some(Arc::clone(identity)),
        ..rpc::Context::default()
    }
}

/// The players of a cell, each of whom plays in one session at a time.
pub(crate) struct Players {
    rent: ConnectionPool<dyn Rent>,
    permits: Semaphore,
    idle: Mutex<Vec<Watching>>,
}

struct Watching {
    player: Player,
    identity: Option<(Arc<str>, Instant)>,
}

impl Players {
    pub(crate) fn new(rent: ConnectionPool<dyn Rent>, players: &[Player]) -> Self {
        let idle = players.iter().map(|player| Watching {
            player: player.clone(),
            identity: None,
        });
        Self {
            rent,
            permits: Semaphore::new(players.len()),
            idle: Mutex::new(idle.collect()),
        }
    }

    /// Plays once. Returns the events, except for renewals, which depend on the time, and the number of heartbeats.
    pub(crate) async fn play(&self) -> Result<(Vec<&'static str>, u64)> {
        let _permit = self.permits.acquire().await?;
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut watching = idle.context("there are as many permits as players")?;
        let heard = self.watch(&mut watching).await;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(watching);
        Ok((heard?, u64::from(BEATS)))
    }

    async fn watch(&self, watching: &mut Watching) -> Result<Vec<&'static str>> {
        let rent = self.rent.take().await?;
        let is_fresh = |(_, since): &(_, Instant)| since.elapsed() < IDENTITY_AGE;
        if !watching.identity.as_ref().is_some_and(is_fresh) {
            let identity = identity(&*rent, &watching.player.session).await?;
            watching.identity = Some((identity, Instant::now()));
        }
        let context = watching.identity.as_ref().map(|(identity, _)| by(identity));

        let (mut says, messages) = mpsc::channel(WAITING);
        let messages: rpc::Stream<PlayRequest> = Box::pin(messages);
        let open = Open {
            entitlement_id: watching.player.entitlement_id.clone(),
            confirm_start: true,
            take_over: true,
            ..Open::default()
        };
        says.send(Ok(told(Message::Open(open)))).await?;
        let events = rent.play(Call::new(messages, context.unwrap_or_default())).await;
        let mut events = events.map_err(failed)?;
        let granted = events.next().await.context("the store said nothing")?;
        let granted = granted.map_err(failed)?.event;
        if !matches!(granted, Some(Event::Granted(_))) {
            bail!("the store did not let a player begin: {granted:?}");
        }
        let mut heard = vec!["granted"];
        let beats = async move {
            for beat in 1..=BEATS {
                says.send(Ok(told(Message::Beat(at(beat))))).await?;
            }
            says.send(Ok(told(Message::Stop(at(BEATS))))).await?;
            anyhow::Ok(())
        };
        let listens = async {
            while let Some(event) = events.next().await {
                let event = event.map_err(failed)?;
                match event.event {
                    Some(Event::Renewed(_)) => {}
                    Some(Event::Ended(_)) => heard.push("ended"),
                    other => bail!("a player was interrupted: {other:?}"),
                }
            }
            anyhow::Ok(())
        };
        futures::try_join!(beats, listens)?;
        Ok(heard)
    }
}

fn told(message: Message) -> PlayRequest {
    PlayRequest { message: Some(message) }
}

fn at(beat: u16) -> Position {
    Position {
        seconds: i32::from(beat),
    }
}
