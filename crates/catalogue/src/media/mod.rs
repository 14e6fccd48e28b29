//! Media: the objects in the blob store that play a title: a film, and its subtitles and chapters.

mod endonym;
pub(crate) mod probe;
pub(crate) mod store;
mod subtitles;
pub(crate) mod sweep;
pub(crate) mod upload;

use crate::check::{Refusal, language, line, refuse, some_line};
use crate::media::probe::Probe;

/// The most objects of one title.
const OBJECTS: usize = 100;
const NAME_BYTES: usize = 100;
const LABEL_CHARACTERS: usize = 50;
const LOCATION_CHARACTERS: usize = 500;
const FILM_TYPES: [&str; 2] = ["video/mp4", "video/webm"];
const TRACK_TYPE: &str = "text/vtt";

/// What a title has to play.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Media {
    pub(crate) has_film: bool,
    pub(crate) subtitles: Vec<Track>,
    pub(crate) has_chapters: bool,
}

impl Media {
    /// From the roles of a title's objects.
    pub(crate) fn of(roles: &[Role]) -> Self {
        let tracks = roles.iter().filter_map(|role| match role {
            Role::Subtitles(track) => Some(track.clone()),
            Role::Film | Role::Chapters => None,
        });
        Self {
            has_film: roles.contains(&Role::Film),
            subtitles: tracks.collect(),
            has_chapters: roles.contains(&Role::Chapters),
        }
    }
}

/// One named object of a title's asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MediaObject {
    /// The last part of its URL.
    pub(crate) name: String,
    pub(crate) role: Role,
    /// Where it is in the blob store.
    pub(crate) location: String,
    pub(crate) content_type: String,
    pub(crate) size_bytes: i64,
    /// What the probe found in a film's file; `None` for objects that were added before files were probed.
    pub(crate) probe: Option<Probe>,
    /// Why browsers do not play a film. Empty if they do, or if staff decided to sell it all the same.
    pub(crate) unplayable: String,
}

/// The role of an object in its title's asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Role {
    Film,
    Subtitles(Track),
    Chapters,
}

/// Subtitles in one language, with the label that players show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Track {
    /// BCP 47.
    pub(crate) language: String,
    pub(crate) label: String,
}

/// Which titles can be ordered, depending on their films.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SalePolicy {
    /// Those that have a film to play.
    WithFilm,
    /// All of them: for tests and measurements, which order titles that have no files.
    WithoutFilm,
}

impl SalePolicy {
    pub(crate) fn sells(self, media: &Media) -> bool {
        self == Self::WithoutFilm || media.has_film
    }
}

/// Checks the objects that are to play a title.
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
        if object.role != Role::Film && checked.iter().any(|known| known.is_same_part_as(&object)) {
            return refuse(
                "objects",
                "A title has one track of chapters, and one of subtitles a language.",
            );
        }
        checked.push(object);
    }
    Ok(checked)
}

/// A title's objects with a new one added. It replaces the object that is the same part of the asset: a film replaces
/// the film, a track replaces the same track. `None` for a track of a title that has no film.
pub(crate) fn add(mut objects: Vec<MediaObject>, new: MediaObject) -> Option<Vec<MediaObject>> {
    objects.retain(|object| !object.is_same_part_as(&new));
    if new.role == Role::Film {
        objects.insert(0, new);
        return Some(objects);
    }
    let has_film = objects.iter().any(|object| object.role == Role::Film);
    objects.push(new);
    has_film.then_some(objects)
}

impl MediaObject {
    /// Whether it is a film that browsers play, or that is sold although they do not.
    pub(crate) fn is_playable_film(&self) -> bool {
        self.role == Role::Film && self.unplayable.is_empty()
    }

    /// How long the film lasts, if that is known.
    pub(crate) fn duration_ms(&self) -> Option<u64> {
        let probe = self.probe.as_ref()?;
        Some(probe.duration_ms).filter(|duration_ms| *duration_ms > 0)
    }

    /// Whether both are the same part of an asset, so that one replaces the other.
    fn is_same_part_as(&self, other: &Self) -> bool {
        match (&self.role, &other.role) {
            (Role::Subtitles(one), Role::Subtitles(another)) => one.language == another.language,
            (one, another) => one == another,
        }
    }

    pub(crate) fn check(self) -> Result<Self, Refusal> {
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
        let (types, taken): (&[&str], _) = match self.role {
            Role::Film => (&FILM_TYPES, "Films are video/mp4 or video/webm."),
            Role::Subtitles(_) | Role::Chapters => (&[TRACK_TYPE], "Subtitles and chapters are text/vtt."),
        };
        if !types.contains(&self.content_type.as_str()) {
            return refuse("content_type", taken);
        }
        if self.size_bytes < 1 {
            return refuse("size_bytes", "A film has at least one byte.");
        }
        Ok(Self {
            location,
            role: self.role.check()?,
            ..self
        })
    }
}

impl Role {
    fn check(self) -> Result<Self, Refusal> {
        let Self::Subtitles(track) = self else { return Ok(self) };
        let language = language("language", &track.language)?;
        let label = match line("label", &track.label, LABEL_CHARACTERS)? {
            unnamed if unnamed.is_empty() => endonym::of(&language).to_owned(),
            label => label,
        };
        Ok(Self::Subtitles(Track { language, label }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn film() -> MediaObject {
        MediaObject {
            name: "film.mp4".to_owned(),
            role: Role::Film,
            location: "titles/1/film.mp4".to_owned(),
            content_type: "video/mp4".to_owned(),
            size_bytes: 1,
            probe: None,
            unplayable: String::new(),
        }
    }

    fn subtitles(language: &str) -> MediaObject {
        MediaObject {
            name: format!("subtitles.{language}.vtt"),
            role: Role::Subtitles(Track {
                language: language.to_owned(),
                label: String::new(),
            }),
            content_type: "text/vtt".to_owned(),
            ..film()
        }
    }

    fn names(objects: &[MediaObject]) -> Vec<&str> {
        objects.iter().map(|object| object.name.as_str()).collect()
    }

    #[test]
    fn an_asset_has_objects_of_different_names() {
        assert_eq!(check(vec![film()]).unwrap(), [film()]);
        assert_eq!(check(Vec::new()).unwrap_err().field, "objects");
        assert_eq!(check(vec![film(), film()]).unwrap_err().field, "objects");
    }

    #[test]
    fn a_language_has_one_track_with_a_name() {
        let checked = check(vec![film(), subtitles("pt-BR")]).unwrap();
        let Role::Subtitles(track) = &checked[1].role else {
            panic!("these are subtitles")
        };
        assert_eq!(track.label, "Português (Brasil)");
        let again = MediaObject {
            name: "again.vtt".to_owned(),
            ..subtitles("pt-BR")
        };
        assert!(check(vec![film(), subtitles("pt-BR"), again.clone()]).is_err());
        let added = add(vec![film(), subtitles("pt-BR"), subtitles("en")], again).unwrap();
        assert_eq!(names(&added), ["film.mp4", "subtitles.en.vtt", "again.vtt"]);
        // A new film keeps the tracks of the old one.
        let with_film = add(added, film()).unwrap();
        assert_eq!(names(&with_film), ["film.mp4", "subtitles.en.vtt", "again.vtt"]);
        assert_eq!(add(Vec::new(), subtitles("en")), None);
        assert_eq!(check(vec![subtitles("portuguese")]).unwrap_err().field, "language");
        let as_film = MediaObject {
            content_type: "video/mp4".to_owned(),
            ..subtitles("en")
        };
        assert_eq!(check(vec![as_film]).unwrap_err().field, "content_type");
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
