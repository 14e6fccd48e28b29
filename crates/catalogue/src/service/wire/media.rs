//! The messages about what plays a title.

use api::catalogue as wire;
use uuid::Uuid;

use super::{id, offer};
use crate::fault::{Fault, Result};
use crate::media::probe::{Probe, Video};
use crate::media::{MediaObject, Role, Track};
use crate::title::Title;

pub(in crate::service) fn media_object(object: wire::MediaObject) -> MediaObject {
    MediaObject {
        role: role(object.role(), object.language, object.label),
        name: object.name,
        location: object.location,
        content_type: object.content_type,
        size_bytes: object.size_bytes,
        probe: None,
        unplayable: String::new(),
    }
}

/// The object that an upload's first message describes. Its place is new, so that nothing is overwritten.
pub(in crate::service) fn uploaded(first: &wire::UploadMediaRequest, title: Uuid, place: Uuid) -> MediaObject {
    MediaObject {
        location: format!("titles/{title}/{place}/{}", first.name),
        name: first.name.clone(),
        role: role(first.role(), first.language.clone(), first.label.clone()),
        content_type: first.content_type.clone(),
        // A placeholder, until the file is complete.
        size_bytes: 1,
        probe: None,
        unplayable: String::new(),
    }
}

/// What plays a title, and what played it before.
pub(in crate::service) fn media_asset(
    title: Uuid,
    objects: Vec<MediaObject>,
    replaced: Vec<MediaObject>,
) -> wire::MediaAsset {
    let replaced = replaced.into_iter().map(|object| wire::MediaObject {
        replaced: true,
        ..stored_object(object)
    });
    wire::MediaAsset {
        title_id: title.to_string(),
        objects: objects.into_iter().map(stored_object).chain(replaced).collect(),
        notes: Vec::new(),
    }
}

/// The state of a title's film for staff.
///
/// `amiss` is what is wrong with the film's file in the blob store.
pub(in crate::service) fn media_status(title: Uuid, objects: &[MediaObject], amiss: Option<&str>) -> wire::MediaStatus {
    let mut status = wire::MediaStatus {
        title_id: title.to_string(),
        ..wire::MediaStatus::default()
    };
    for object in objects {
        match &object.role {
            Role::Subtitles(track) => status.subtitles.push(subtitle_track(track)),
            Role::Chapters => status.has_chapters = true,
            Role::Film => {}
        }
    }
    let Some(film) = objects.iter().find(|object| object.role == Role::Film) else {
        "There is no film.".clone_into(&mut status.reason);
        return status;
    };
    status.size_bytes = film.size_bytes;
    let (state, reason) = match (amiss, film.unplayable.as_str()) {
        (Some(amiss), _) => (wire::MediaState::Unplayable, amiss),
        (None, "") => (wire::MediaState::Ready, ""),
        (None, reason) => (wire::MediaState::Unplayable, reason),
    };
    status.state = state.into();
    reason.clone_into(&mut status.reason);
    if let Some(probe) = &film.probe {
        probe.container.name().clone_into(&mut status.container);
        status.duration_ms = i64::try_from(probe.duration_ms).unwrap_or(i64::MAX);
        status.sold_anyway = film.unplayable.is_empty() && probe.unplayable().is_some();
        status.renditions = probe.video.iter().map(rendition).collect();
        status.audio = probe.audio.iter().map(|audio| audio.codec.name.clone()).collect();
    }
    status
}

fn rendition(video: &Video) -> wire::Rendition {
    let pixels = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
    wire::Rendition {
        codec: video.codec.name.clone(),
        width: pixels(video.width),
        height: pixels(video.height),
    }
}

/// A film's file in one line.
pub(in crate::service) fn described(probe: &Probe) -> String {
    let seconds = probe.duration_ms / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let video = probe
        .video
        .iter()
        .map(|video| format!("{} {}×{}", video.codec.name, video.width, video.height));
    let audio = probe.audio.iter().map(|audio| audio.codec.name.clone());
    let tracks: Vec<_> = video.chain(audio).collect();
    let sound = if probe.audio.is_empty() { ", without sound" } else { "" };
    let name = probe.container.name();
    format!(
        "{name}, {hours}:{minutes:02}:{seconds:02}, {}{sound}.",
        tracks.join(", ")
    )
}

/// The most titles of a page of those that cannot be ordered.
const UNPLAYABLE_TITLES: i32 = 100;

/// After which title a page of those that cannot be ordered begins, and how many it has at most.
pub(in crate::service) fn unplayable_page(request: &wire::ListUnplayableTitlesRequest) -> Result<(Uuid, usize)> {
    let size = match request.page_size {
        0 => UNPLAYABLE_TITLES,
        size if (1..=UNPLAYABLE_TITLES).contains(&size) => size,
        _ => {
            let sizes = format!("A page has 1 to {UNPLAYABLE_TITLES} titles.");
            return Err(Fault::invalid("page_size", sizes));
        }
    };
    let after = match request.after.as_str() {
        "" => Uuid::nil(),
        after => id(after).ok_or_else(|| Fault::invalid("after", "This is no title's id."))?,
    };
    Ok((after, usize::try_from(size).unwrap_or(usize::MAX)))
}

/// A title that cannot be ordered, and why.
pub(in crate::service) fn unplayable(title: &Title, reason: String) -> wire::UnplayableTitle {
    wire::UnplayableTitle {
        title_id: title.id.to_string(),
        name: title.facts.name.clone(),
        year: title.facts.year,
        offers: title.offers.iter().map(offer).collect(),
        reason,
    }
}

pub(in crate::service) fn subtitle_track(track: &Track) -> wire::SubtitleTrack {
    wire::SubtitleTrack {
        language: track.language.clone(),
        label: track.label.clone(),
    }
}

fn stored_object(object: MediaObject) -> wire::MediaObject {
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
        replaced: false,
    }
}

fn role(role: wire::MediaRole, language: String, label: String) -> Role {
    match role {
        wire::MediaRole::Unspecified | wire::MediaRole::Film => Role::Film,
        wire::MediaRole::Subtitles => Role::Subtitles(Track { language, label }),
        wire::MediaRole::Chapters => Role::Chapters,
    }
}
