//! What plays a title.

use api::catalogue as wire;
use uuid::Uuid;

use crate::media::{MediaObject, Role, Track};

pub(in crate::service) fn media_object(object: wire::MediaObject) -> MediaObject {
    MediaObject {
        role: role(object.role(), object.language, object.label),
        name: object.name,
        location: object.location,
        content_type: object.content_type,
        size_bytes: object.size_bytes,
    }
}

/// What an upload's first message says of its file; its place is a new one, so that nothing is overwritten.
pub(in crate::service) fn uploaded(first: &wire::UploadMediaRequest, title: Uuid, place: Uuid) -> MediaObject {
    MediaObject {
        location: format!("titles/{title}/{place}/{}", first.name),
        name: first.name.clone(),
        role: role(first.role(), first.language.clone(), first.label.clone()),
        content_type: first.content_type.clone(),
        // Until it is there: something.
        size_bytes: 1,
    }
}

pub(in crate::service) fn media_asset(title: Uuid, objects: Vec<MediaObject>) -> wire::MediaAsset {
    wire::MediaAsset {
        title_id: title.to_string(),
        objects: objects.into_iter().map(object).collect(),
    }
}

pub(in crate::service) fn subtitle_track(track: &Track) -> wire::SubtitleTrack {
    wire::SubtitleTrack {
        language: track.language.clone(),
        label: track.label.clone(),
    }
}

fn object(object: MediaObject) -> wire::MediaObject {
    let (role, track) = match object.role {
        Role::Film => (wire::MediaRole::Film, None),
        Role::Subtitles(track) => (wire::MediaRole::Subtitles, Some(track)),
        Role::Chapters => (wire::MediaRole::Chapters, None),
    };
    let (language, label) = track.map(|track| (track.language, track.label)).unwrap_or_default();
    wire::MediaObject {
        name: object.name,
        location: object.location,
        content_type: object.content_type,
        size_bytes: object.size_bytes,
        role: role.into(),
        language,
        label,
    }
}

fn role(role: wire::MediaRole, language: String, label: String) -> Role {
    match role {
        wire::MediaRole::Unspecified | wire::MediaRole::Film => Role::Film,
        wire::MediaRole::Subtitles => Role::Subtitles(Track { language, label }),
        wire::MediaRole::Chapters => Role::Chapters,
    }
}
