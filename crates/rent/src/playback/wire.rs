//! Between the messages of the contract and the playback's types.

use api::rent as wire;

use super::Wish;
use super::conversation::{Event, Said};
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

/// What a player says.
pub(crate) fn said(request: &wire::PlayRequest) -> Result<Said> {
    let position = request.position_seconds;
    match request.action() {
        wire::PlayAction::Unspecified => Err(Fault::invalid("action", "Say what the player does.")),
        wire::PlayAction::Open => Ok(Said::Open {
            entitlement: EntitlementId::parse(&request.entitlement_id).ok_or(Fault::EntitlementNotFound)?,
            wish: Wish {
                confirm_start: request.confirm_start,
                take_over: request.take_over,
                device: device(&request.device)?,
                key: (!request.idempotency_key.is_empty())
                    .then(|| IdempotencyKey::parse(&request.idempotency_key))
                    .transpose()?,
            },
            // A session that is none is as good as one that has ended.
            playback: PlaybackId::parse(&request.playback_id),
        }),
        wire::PlayAction::Beat => Ok(Said::Beat(position)),
        wire::PlayAction::Seek => Ok(Said::Seek(position)),
        wire::PlayAction::Stop => Ok(Said::Stop(position)),
        wire::PlayAction::PictureShown => Ok(Said::PictureShown(position)),
    }
}

/// What a player calls the device that it runs on.
pub(crate) fn device(name: &str) -> Result<String> {
    if name.chars().count() > DEVICE_LIMIT_CHARS || name.chars().any(char::is_control) {
        let message = format!("A device has a name of at most {DEVICE_LIMIT_CHARS} characters, on one line.");
        return Err(Fault::invalid("device", message));
    }
    Ok(name.to_owned())
}

pub(crate) fn play_event(event: Event) -> wire::PlayEvent {
    use wire::PlayEventKind as EventKind;
    let of = |kind: EventKind| wire::PlayEvent {
        kind: kind.into(),
        ..wire::PlayEvent::default()
    };
    match event {
        Event::Granted(session) => wire::PlayEvent {
            playback: Some(playing(session)),
            ..of(EventKind::Granted)
        },
        Event::Renewed(session) => wire::PlayEvent {
            playback: Some(playing(session)),
            ..of(EventKind::Renewed)
        },
        Event::Asked(question) => wire::PlayEvent {
            viewing_window_hours: match question {
                Fault::StartNotConfirmed { viewing_window_hours } => viewing_window_hours,
                _ => 0,
            },
            device: match &question {
                Fault::PlayingElsewhere { device } => device.clone(),
                _ => String::new(),
            },
            question: rpc::Fault::from(question).reason.into_owned(),
            ..of(EventKind::Asked)
        },
        Event::WindowEnding { watch_until_us } => wire::PlayEvent {
            watch_until_us,
            ..of(EventKind::WindowEnding)
        },
        Event::Displaced { device } => wire::PlayEvent {
            device,
            ..of(EventKind::Displaced)
        },
        Event::Ended => of(EventKind::Ended),
    }
}
