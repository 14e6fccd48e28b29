//! The families of compositions: a film's main genre chooses one, and its seed a variation of it.

mod blinds;
mod construct;
mod creature;
mod cut_out;
mod horizon;
mod orbits;
mod rings;
mod shadows;
mod tiles;

use crate::Facts;
use crate::page::{Lettering, Page, Place};
use crate::palette::Mood;
use crate::svg::{Path, Point, at};
use crate::text::{Align, Typeface};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// Horror: crooked spires, a reaching hand, an eye.
    Shadows,
    /// Science fiction: planets and what flies between them.
    Orbits,
    /// Crime: light through slats, and somebody in it.
    Blinds,
    /// Drama: one large thing cut out of paper.
    CutOut,
    /// Comedy: a board of round pieces, a hat, a ball that jumps.
    Tiles,
    /// Adventure, westerns and war: a sun over land or sea.
    Horizon,
    /// Romance and music: circles that meet.
    Rings,
    /// Documents and experiments: bars, wedges, wheels.
    Construct,
    /// Fantasy and animation: something that looks back.
    Creature,
}

/// Which genres belong to which family. Genres that say how long or how loud a film is do not count.
const GENRES: [(Family, &[&str]); 9] = [
    (Family::Shadows, &["horror", "supernatural", "slasher"]),
    (Family::Orbits, &["science fiction", "superhero"]),
    (
        Family::Blinds,
        &["film noir", "noir", "crime", "mystery", "thriller", "spy", "suspense"],
    ),
    (
        Family::CutOut,
        &["drama", "biography", "political", "social", "religious"],
    ),
    (Family::Tiles, &["comedy", "satire", "teen", "sport", "sports"]),
    (
        Family::Horizon,
        &[
            "adventure",
            "western",
            "war",
            "action",
            "swashbuckler",
            "disaster",
            "martial arts",
        ],
    ),
    (
        Family::Rings,
        &["romance", "musical", "music", "dance", "erotic", "melodrama"],
    ),
    (
        Family::Construct,
        &[
            "documentary",
            "experimental",
            "avant-garde",
            "history",
            "historical",
            "performance",
            "independent",
        ],
    ),
    (
        Family::Creature,
        &["animation", "animated", "family", "fantasy", "fairy tale"],
    ),
];

impl Family {
    pub(crate) fn of(facts: &Facts<'_>) -> Self {
        let of_genre = |genre: &String| {
            let genre = genre.to_lowercase();
            let found = GENRES.iter().find(|(_, genres)| genres.contains(&genre.as_str()));
            found.map(|(family, _)| *family)
        };
        let by_chance = || {
            facts
                .seed("family")
                .pick([Self::CutOut, Self::Construct, Self::Tiles, Self::Horizon])
        };
        facts.genres.iter().find_map(of_genre).unwrap_or_else(by_chance)
    }

    pub(crate) fn mood(self) -> Mood {
        match self {
            Self::Shadows | Self::Blinds => Mood::Dark,
            _ => Mood::Any,
        }
    }

    pub(crate) fn lettering(self) -> Lettering {
        let (typeface, align, place, largest) = match self {
            Self::Shadows => (Typeface::Anton, Align::Left, Place::Foot, 132.0),
            Self::Orbits | Self::Construct => (Typeface::ArchivoBlack, Align::Left, Place::Head, 84.0),
            Self::Blinds => (Typeface::Anton, Align::Left, Place::Head, 120.0),
            Self::CutOut => (Typeface::DmSerif, Align::Left, Place::Foot, 108.0),
            Self::Tiles => (Typeface::ArchivoBlack, Align::Left, Place::Foot, 88.0),
            Self::Horizon => (Typeface::Anton, Align::Middle, Place::Foot, 128.0),
            Self::Rings => (Typeface::DmSerif, Align::Middle, Place::Foot, 104.0),
            Self::Creature => (Typeface::DmSerif, Align::Middle, Place::Head, 100.0),
        };
        Lettering {
            typeface,
            align,
            place,
            largest,
        }
    }

    pub(crate) fn draw(self, page: &mut Page) {
        match self {
            Self::Shadows => shadows::draw(page),
            Self::Orbits => orbits::draw(page),
            Self::Blinds => blinds::draw(page),
            Self::CutOut => cut_out::draw(page),
            Self::Tiles => tiles::draw(page),
            Self::Horizon => horizon::draw(page),
            Self::Rings => rings::draw(page),
            Self::Construct => construct::draw(page),
            Self::Creature => creature::draw(page),
        }
    }
}

/// Somebody who stands there, seen from afar: `foot` is between the shoes.
fn figure(foot: Point, height: f64) -> Path {
    let up = |x: f64, y: f64| at(foot.x + x * height, foot.y - y * height);
    let body = [
        up(-0.03, 0.0),
        up(-0.09, 0.0),
        up(-0.07, 0.42),
        up(-0.15, 0.46),
        up(-0.14, 0.78),
        up(0.14, 0.78),
        up(0.15, 0.46),
        up(0.07, 0.42),
        up(0.09, 0.0),
        up(0.03, 0.0),
        up(0.0, 0.4),
    ];
    Path::polygon(body).and(&disc(up(0.0, 0.9), 0.09 * height))
}

/// A circle as a path, to cut with or to join.
fn disc(centre: Point, radius: f64) -> Path {
    let (left, right) = (at(centre.x - radius, centre.y), at(centre.x + radius, centre.y));
    Path::from(left)
        .arc(radius, true, true, right)
        .arc(radius, true, true, left)
        .close()
}
