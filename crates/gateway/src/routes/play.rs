//! The playback session as a conversation over a WebSocket: the player reports its position, the store its lease.

mod line;

use std::sync::Arc;
use std::time::Duration;

use api::rent::play_event::Event;
use api::rent::play_event::question::Question;
use api::rent::play_request::{Message as Said, Open, Position};
use api::rent::{self, PlayRequest};
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{OriginalUri, State};
use axum::response::Response;
use bytes::Bytes;
use futures::stream::SplitStream;
use futures::{StreamExt, stream};
use http::{Extensions, HeaderMap, StatusCode};
use rpc::{Allowance, Call, Code, Context};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Gateway;
use crate::extract::{Path, Query};
use crate::media::SubtitleTrack;
use crate::problem::{Problem, ProblemCode};
use crate::session::{self, Customer};
use crate::view::Time;
use crate::{device, media, rate};
use line::{Left, Line, frame};

/// The largest frame: messages of a player are short.
const FRAME_LIMIT_BYTES: usize = 4 * 1024;
/// The most frames a second, pings included: a player only reports its position and seeks.
const FRAMES_PER_SECOND: u32 = 10;
/// How many messages of the player may wait for rent.
const WORDS: usize = 8;
/// When the bytes for a player are written, and how many may wait: a player that does not read them is cut off beyond.
const WRITE_BUFFER_BYTES: usize = 4 * 1024;
const WRITE_BUFFER_LIMIT_BYTES: usize = 128 * 1024;
/// How often the gateway pings a player, and after how long without any frame the player counts as gone.
const PING_EVERY: Duration = Duration::from_secs(20);
const GONE_AFTER: Duration = Duration::from_mins(1);

pub(crate) fn routes() -> OpenApiRouter<Arc<Gateway>> {
    OpenApiRouter::new().routes(routes!(play))
}

/// What the player says.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum PlayerWord {
    /// Open the session; again after a question or a cut.
    Open {
        #[serde(default)]
        confirm_start: bool,
        #[serde(default)]
        take_over: bool,
        /// The session to continue after the connection was cut.
        playback_id: Option<String>,
        /// The player's own name for the session: opened again under it, it is the same one. 1 to 255 visible ASCII
        /// characters.
        #[serde(default)]
        idempotency_key: String,
    },
    /// The first picture is shown: a rental's viewing window starts.
    PictureShown {
        position_seconds: i32,
    },
    Beat {
        position_seconds: i32,
    },
    Seek {
        position_seconds: i32,
    },
    Stop {
        position_seconds: i32,
    },
}

/// What the store says.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum StoreWord {
    Granted {
        playback_id: String,
        media_url: String,
        /// Subtitles to show with the film.
        subtitles: Vec<SubtitleTrack>,
        /// The film's chapters (WebVTT); null when it has none.
        #[schema(required)]
        chapters_url: Option<String>,
        expires_at: Time,
        position_seconds: i32,
    },
    Renewed {
        expires_at: Time,
    },
    /// The customer has to agree first: open again with the answer.
    Asked {
        question: PlayQuestion,
        /// `START_NOT_CONFIRMED`: how long the window is that would start; otherwise 0.
        viewing_window_hours: i32,
        /// The device that plays the film, if the store knows; otherwise empty.
        device: String,
    },
    WindowEnding {
        watch_until: Time,
    },
    /// Another device has taken over.
    Displaced {
        /// Which one, if the store knows; otherwise empty.
        device: String,
    },
    Ended,
    /// What went wrong, with the problem's code; the last word.
    Problem {
        code: ProblemCode,
        detail: String,
    },
}

/// What the customer has to agree to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum PlayQuestion {
    /// The viewing window would start with the first picture.
    StartNotConfirmed,
    /// Another player would be stopped.
    PlayingElsewhere,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct PlayQuery {
    /// The customer for whom the page was made; browsers send no X-DVS-Customer with a WebSocket.
    customer_id: Option<String>,
}

/// Watch, as a conversation over a WebSocket
#[utoipa::path(
    get,
    path = "/api/v1/library/{entitlement_id}/play",
    tag = "library",
    params(("entitlement_id" = String, Path, format = "uuid"), PlayQuery),
    responses(
        (status = SWITCHING_PROTOCOLS, description = "Text frames each way: PlayerWord there, StoreWord back."),
        (status = UPGRADE_REQUIRED, description = "This is a WebSocket."),
    ),
    security(("session_cookie" = []), ("session_token" = [])),
)]
#[expect(clippy::too_many_arguments, reason = "each is a part of the request")]
async fn play(
    State(gateway): State<Arc<Gateway>>,
    customer: Customer,
    Path(entitlement_id): Path<String>,
    Query(query): Query<PlayQuery>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    extensions: Extensions,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    session::refuse_foreign(&headers, &uri, &gateway.settings)?;
    session::expect_customer(query.customer_id.as_deref().map(str::as_bytes), &customer.customer_id)?;
    let upgrade = upgrade.map_err(|_rejection| {
        let message = "This is a WebSocket: ask for an upgrade.";
        Problem::new(StatusCode::UPGRADE_REQUIRED, ProblemCode::InvalidArgument, message)
    })?;
    let network = rate::caller(&gateway, &extensions, &headers);
    let place = gateway.conversations.take(Some(&customer.customer_id), network)?;
    // The conversation lasts as long as the film, so the deadline of a request does not apply.
    let context = Context {
        deadline: None,
        ..customer.context
    };
    let device = device::name(&headers);
    let upgrade = upgrade
        .max_message_size(FRAME_LIMIT_BYTES)
        .max_frame_size(FRAME_LIMIT_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_write_buffer_size(WRITE_BUFFER_LIMIT_BYTES);
    Ok(upgrade.on_upgrade(move |socket| async move {
        let _place = place;
        let draining = gateway.draining.clone();
        let player = Player { entitlement_id, device };
        let conversation = converse(&gateway, socket, &player, context);
        draining.run_until_cancelled(conversation).await;
    }))
}

/// The player of a conversation.
struct Player {
    entitlement_id: String,
    device: String,
}

async fn converse(gateway: &Gateway, socket: WebSocket, player: &Player, context: Context) {
    let (sink, mut source) = socket.split();
    let mut line = Line::new(sink);
    talk(gateway, &mut line, &mut source, player, context).await;
    line::linger(&mut source).await;
}

/// Passes messages both ways until either side ends the conversation.
async fn talk(
    gateway: &Gateway,
    line: &mut Line,
    source: &mut SplitStream<WebSocket>,
    player: &Player,
    context: Context,
) {
    // Until the player's first message, rent is not called: a client that sends none costs rent nothing.
    let mut frames = Allowance::new(FRAMES_PER_SECOND);
    let first = async {
        loop {
            match read(source.next().await, player, &mut frames) {
                Ok(None) => {}
                first => return first,
            }
        }
    };
    let first = match tokio::time::timeout(gateway.settings.first_word, first).await {
        Ok(Ok(first)) => first,
        Ok(Err(left)) => return line.leave(left).await,
        Err(_elapsed) => return line.leave(Left::Broken(silent())).await,
    };
    let (say, said) = mpsc::channel(WORDS);
    let said = stream::unfold(said, async |mut said| Some((Ok(said.recv().await?), said)));
    let said = stream::iter(first.map(Ok)).chain(said);
    let mut events = match gateway.rent.play(Call::new(Box::pin(said), context.clone())).await {
        Ok(events) => events,
        Err(fault) => return line.end_with(&StoreWord::from(Problem::from(fault))).await,
    };
    let mut heard_at = Instant::now();
    let mut ping = tokio::time::interval_at(heard_at + PING_EVERY, PING_EVERY);
    // A message that rent has no room for yet. Rent's events are still read in the meantime: otherwise neither side could proceed.
    let mut waiting = None;
    loop {
        tokio::select! {
            room = say.reserve(), if waiting.is_some() => match (room, waiting.take()) {
                (Ok(room), Some(request)) => room.send(request),
                _ => break,
            },
            heard = source.next(), if waiting.is_none() => {
                heard_at = Instant::now();
                match read(heard, player, &mut frames) {
                    Ok(request) => waiting = request,
                    Err(left) => return line.leave(left).await,
                }
            }
            event = events.next() => {
                let Some(event) = event else { break };
                let word = match event {
                    Ok(event) => word(gateway, event, &context).await,
                    // The replica of rent is shutting down: the player reconnects, and continues with another replica.
                    Err(fault) if fault.code == Code::Unavailable => return line.close(close_code::RESTART).await,
                    Err(fault) => Problem::from(fault).into(),
                };
                let is_last = matches!(word, StoreWord::Displaced { .. } | StoreWord::Ended | StoreWord::Problem { .. });
                if !line.say(frame(&word)).await {
                    return;
                }
                if is_last {
                    break;
                }
            }
            _ = ping.tick() => {
                if heard_at.elapsed() > GONE_AFTER || !line.say(Message::Ping(Bytes::new())).await {
                    return;
                }
            }
        }
    }
    line.close(close_code::NORMAL).await;
}

fn read(
    heard: Option<Result<Message, axum::Error>>,
    player: &Player,
    frames: &mut Allowance,
) -> Result<Option<PlayRequest>, Left> {
    if !frames.pass() {
        return Err(Left::Broken(Problem::rate_limited(Duration::from_secs(1)).into()));
    }
    match heard {
        Some(Ok(Message::Text(text))) => match serde_json::from_str::<PlayerWord>(&text) {
            Ok(word) => Ok(Some(word.request(player))),
            Err(error) => Err(Left::Broken(Problem::invalid("type", error.to_string()).into())),
        },
        // The WebSocket library answers pings.
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(None),
        Some(Ok(Message::Binary(_))) => {
            let message = "The words of a player are texts.";
            Err(Left::Broken(Problem::invalid("type", message).into()))
        }
        Some(Ok(Message::Close(_)) | Err(_)) | None => Err(Left::Gone),
    }
}

fn silent() -> StoreWord {
    let message = "The player did not say what it wants to watch.";
    Problem::new(StatusCode::REQUEST_TIMEOUT, ProblemCode::DeadlineExceeded, message).into()
}

impl PlayerWord {
    fn request(self, player: &Player) -> PlayRequest {
        let message = match self {
            Self::Open {
                confirm_start,
                take_over,
                playback_id,
                idempotency_key,
            } => Said::Open(Open {
                entitlement_id: player.entitlement_id.clone(),
                device: player.device.clone(),
                confirm_start,
                take_over,
                playback_id: playback_id.unwrap_or_default(),
                idempotency_key,
            }),
            Self::PictureShown { position_seconds } => Said::PictureShown(at(position_seconds)),
            Self::Beat { position_seconds } => Said::Beat(at(position_seconds)),
            Self::Seek { position_seconds } => Said::Seek(at(position_seconds)),
            Self::Stop { position_seconds } => Said::Stop(at(position_seconds)),
        };
        PlayRequest { message: Some(message) }
    }
}

fn at(seconds: i32) -> Position {
    Position { seconds }
}

async fn word(gateway: &Gateway, event: rent::PlayEvent, context: &Context) -> StoreWord {
    match event.event {
        Some(Event::Granted(playback)) => {
            match media::played(gateway, &playback.title_id, &playback.media_token, context).await {
                Ok(played) => StoreWord::Granted {
                    playback_id: playback.playback_id,
                    media_url: played.film_url,
                    subtitles: played.subtitles,
                    chapters_url: played.chapters_url,
                    expires_at: Time::new(playback.expires_at_us),
                    position_seconds: playback.position_seconds,
                },
                Err(problem) => problem.into(),
            }
        }
        Some(Event::Renewed(playback)) => StoreWord::Renewed {
            expires_at: Time::new(playback.expires_at_us),
        },
        Some(Event::Asked(question)) => asked(question),
        Some(Event::WindowEnding(ending)) => StoreWord::WindowEnding {
            watch_until: Time::new(ending.watch_until_us),
        },
        Some(Event::Displaced(by)) => StoreWord::Displaced { device: by.device },
        Some(Event::Ended(_)) | None => StoreWord::Ended,
    }
}

fn asked(question: rent::play_event::Question) -> StoreWord {
    match question.question {
        Some(Question::StartNotConfirmed(start)) => StoreWord::Asked {
            question: PlayQuestion::StartNotConfirmed,
            viewing_window_hours: start.viewing_window_hours,
            device: String::new(),
        },
        Some(Question::PlayingElsewhere(player)) => StoreWord::Asked {
            question: PlayQuestion::PlayingElsewhere,
            viewing_window_hours: 0,
            device: player.device,
        },
        // During an upgrade, rent may send messages that this gateway does not know yet.
        None => {
            let message = "The store asks something that it cannot show yet. Try again in a moment.";
            Problem::new(StatusCode::CONFLICT, ProblemCode::Conflict, message).into()
        }
    }
}

impl From<Problem> for StoreWord {
    fn from(problem: Problem) -> Self {
        Self::Problem {
            code: problem.code(),
            detail: problem.detail().to_owned(),
        }
    }
}
