//! Media: the objects in the blob store that play a title.

use crate::check::{Refusal, refuse, some_line};

/// The most objects of one title.
const OBJECTS: usize = 100;
const NAME_BYTES: usize = 100;
const LOCATION_CHARACTERS: usize = 500;
const CONTENT_TYPES: [&str; 2] = ["video/mp4", "video/webm"];

/// One named object of a title's asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MediaObject {
    /// The last part of its URL.
    pub(crate) name: String,
    /// Where it is in the blob store.
    pub(crate) location: String,
    pub(crate) content_type: String,
    pub(crate) size_bytes: i64,
}

/// Checks what is to play a title.
pub(crate) fn check(objects: Vec<MediaObject>) -> Result<Vec<MediaObject>, Refusal> {
    if !(1..=OBJECTS).contains(&objects.len()) {
        return refuse("objects", format!("An asset has 1 to {OBJECTS} objects."));
    }
    let mut checked: Vec<MediaObject> = Vec::with_capacity(objects.len());
    for object in objects {
        let object = object.check()?;
        if checked.iter().any(|known| known.name == object.name) {
            return refuse("objects", format!("Two objects are called {}.", object.name));
        }
        checked.push(object);
    }
    Ok(checked)
}

impl MediaObject {
    fn check(self) -> Result<Self, Refusal> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        let is_name = (1..=NAME_BYTES).contains(&self.name.len()) && self.name.bytes().all(is_plain);
        if !is_name || self.name.starts_with('.') {
            return refuse(
                "name",
                "A name has letters a-z, digits, “-”, “_” and “.”, such as film.mp4.",
            );
        }
        let location = some_line("location", &self.location, LOCATION_CHARACTERS)?;
        let is_step = |part: &str| !matches!(part, "" | "." | "..");
        if !location.split('/').all(is_step) {
            return refuse("location", "A location is a path inside the blob store.");
        }
        if !CONTENT_TYPES.contains(&self.content_type.as_str()) {
            return refuse("content_type", "Films are video/mp4 or video/webm.");
        }
        if self.size_bytes < 1 {
            return refuse("size_bytes", "A film has at least one byte.");
        }
        Ok(Self { location, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn film() -> MediaObject {
        MediaObject {
            name: "film.mp4".to_owned(),
            location: "titles/1/film.mp4".to_owned(),
            content_type: "video/mp4".to_owned(),
            size_bytes: 1,
        }
    }

    #[test]
    fn an_asset_has_objects_of_different_names() {
        assert_eq!(check(vec![film()]).unwrap(), [film()]);
        assert_eq!(check(Vec::new()).unwrap_err().field, "objects");
        assert_eq!(check(vec![film(), film()]).unwrap_err().field, "objects");
    }

    #[test]
    fn an_object_stays_inside_the_blob_store() {
        for location in ["", "/etc/passwd", "titles/../../x", "titles//x", "."] {
            let object = MediaObject {
                location: location.to_owned(),
                ..film()
            };
            assert_eq!(check(vec![object]).unwrap_err().field, "location", "{location}");
        }
        for name in ["", "a/b", "..", "filme de ação.mp4"] {
            let object = MediaObject {
                name: name.to_owned(),
                ..film()
            };
            assert_eq!(check(vec![object]).unwrap_err().field, "name", "{name}");
        }
    }
}
