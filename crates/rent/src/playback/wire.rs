//! Between the messages of the contract and the playback's types.

use api::rent as wire;

use super::Wish;
use super::conversation::{Event, Question, Said};
use super::player::Playing;
use crate::fault::{Fault, Result};
use crate::id::{EntitlementId, PlaybackId};
use crate::order::IdempotencyKey;

const DEVICE_LIMIT_CHARS: usize = 100;

pub(crate) fn playing(playing: Playing) -> wire::Playback {
    wire::Playback {
        playback_id: playing.playback.id.to_string(),
        title_id: playing.playback.title.to_string(),
        media_token: playing.media_token,
        expires_at_us: playing.playback.lease_until_us,
        position_seconds: playing.position_seconds,
    }
}

/// The message that a player sent.
pub(crate) fn said(request: wire::PlayRequest) -> Result<Said> {
    use wire::play_request::Message;
    match request.message {
        None => Err(Fault::invalid("message", "Say what the player does.")),
        Some(Message::Open(open)) => Ok(Said::Open {
            entitlement: EntitlementId::parse(&open.entitlement_id).ok_or(Fault::EntitlementNotFound)?,
            wish: Wish {
                confirm_start: open.confirm_start,
                take_over: open.take_over,
                device: device(&open.device)?,
                key: (!open.idempotency_key.is_empty())
                    .then(|| IdempotencyKey::parse(&open.idempotency_key))
                    .transpose()?,
            },
            // Text that is not an id is treated as the id of a session that has ended.
            playback: PlaybackId::parse(&open.playback_id),
        }),
        Some(Message::PictureShown(position)) => Ok(Said::PictureShown(position.seconds)),
        Some(Message::Beat(position)) => Ok(Said::Beat(position.seconds)),
        Some(Message::Seek(position)) => Ok(Said::Seek(position.seconds)),
        Some(Message::Stop(position)) => Ok(Said::Stop(position.seconds)),
    }
}

/// The player's name for the device that it runs on.
pub(crate) fn device(name: &str) -> Result<String> {
    if name.chars().count() > DEVICE_LIMIT_CHARS || name.chars().any(char::is_control) {
        let message = format!("A device has a name of at most {DEVICE_LIMIT_CHARS} characters, on one line.");
        return Err(Fault::invalid("device", message));
    }
    Ok(name.to_owned())
}

pub(crate) fn play_event(event: Event) -> wire::PlayEvent {
    use wire::play_event as to;
    let event = match event {
        Event::Granted(session) => to::Event::Granted(playing(session)),
        Event::Renewed(session) => to::Event::Renewed(playing(session)),
        Event::Asked(question) => to::Event::Asked(to::Question {
            question: Some(asked(question)),
        }),
        Event::WindowEnding { watch_until_us } => to::Event::WindowEnding(to::WindowEnding { watch_until_us }),
        Event::Displaced { device } => to::Event::Displaced(to::Displaced { device }),
        Event::Ended => to::Event::Ended(to::Ended {}),
    };
    wire::PlayEvent { event: Some(event) }
}

fn asked(question: Question) -> wire::play_event::question::Question {
    use wire::play_event::question::Question as To;
    use wire::play_event::{PlayingElsewhere, StartNotConfirmed};
    match question {
        Question::StartNotConfirmed { viewing_window_hours } => {
            To::StartNotConfirmed(StartNotConfirmed { viewing_window_hours })
        }
        Question::PlayingElsewhere { device } => To::PlayingElsewhere(PlayingElsewhere { device }),
    }
}
