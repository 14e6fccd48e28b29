//! What plays a title.

use api::catalogue as wire;
use uuid::Uuid;

use crate::media::MediaObject;

pub(in crate::service) fn media_object(object: wire::MediaObject) -> MediaObject {
    MediaObject {
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
        content_type: first.content_type.clone(),
        // Until it is there: something.
        size_bytes: 1,
    }
}

pub(in crate::service) fn media_asset(title: Uuid, objects: Vec<MediaObject>) -> wire::MediaAsset {
    let object = |object: MediaObject| wire::MediaObject {
        name: object.name,
        location: object.location,
        content_type: object.content_type,
        size_bytes: object.size_bytes,
    };
    wire::MediaAsset {
        title_id: title.to_string(),
        objects: objects.into_iter().map(object).collect(),
    }
}
