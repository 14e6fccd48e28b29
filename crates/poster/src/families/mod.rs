//! The families of compositions: a film's main genre chooses one, and its seed a variation of it.

mod blinds;
mod construct;
mod creature;
mod cut_out;
mod horizon;
mod orbits;
mod rings;
mod shadows;
mod shapes;
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
    /// Science fiction: planets, and a rocket between them.
    Orbits,
    /// Crime: light through slats, and a person in front of it.
    Blinds,
    /// Drama: one large thing cut out of paper.
    CutOut,
    /// Comedy: a board of round pieces, a hat, a ball that jumps.
    Tiles,
    /// Adventure, westerns and war: a sun over land or sea.
    Horizon,
    /// Romance and music: circles that meet.
    Rings,
    /// Documentaries and experiments: bars, wedges, wheels.
    Construct,
    /// Fantasy and animation: abstract shapes.
    Fable,
    /// Films about monsters: a creature that looks at the viewer.
    Creature,
}

/// The genres of each family. A genre that only describes a film's length or sound belongs to none.
const GENRES: [(Family, &[&str]); 10] = [
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
        Family::Fable,
        &["animation", "animated", "family", "fantasy", "fairy tale"],
    ),
    (Family::Creature, &["monster", "kaiju", "creature"]),
];

/// Words in a name that show that the film is about a monster.
const MONSTERS: [&str; 14] = [
    "monster",
    "monsters",
    "monstro",
    "monstros",
    "creature",
    "creatures",
    "criatura",
    "dragon",
    "dragons",
    "beast",
    "godzilla",
    "gojira",
    "kong",
    "mothra",
];
/// Words in a name that show that the film is about the sea.
const SEA: [&str; 21] = [
    "sea",
    "seas",
    "ocean",
    "ship",
    "boat",
    "island",
    "sail",
    "sailor",
    "sailors",
    "voyage",
    "pirate",
    "pirates",
    "captain",
    "navigator",
    "battleship",
    "mar",
    "mares",
    "navio",
    "barco",
    "ilha",
    "oceano",
];
/// Words in a name that show that the film is about space.
const SPACE: [&str; 16] = [
    "moon", "space", "star", "stars", "mars", "planet", "rocket", "galaxy", "orbit", "lua", "espaço", "estrela",
    "estrelas", "marte", "planeta", "foguete",
];

/// The name of the decision about the composition. Its number was found by trial: with it no two films of the
/// demonstration look alike. It must not change, because films keep their posters.
const COMPOSITION: &str = "composition 89";

/// A composition: its name, and the function that draws it.
pub(crate) type Composition = (&'static str, fn(&mut Page));

/// Abstract shapes, which suggest nothing wrong about any film.
const SHAPES: [Composition; 6] = [
    ("arches", shapes::arches),
    ("strata", shapes::strata),
    ("petals", shapes::petals),
    ("spiral", shapes::spiral),
    ("dots", shapes::dots),
    ("kites", shapes::kites),
];

impl Family {
    pub(crate) fn of(facts: &Facts<'_>) -> Self {
        if facts.speaks_of(&MONSTERS) {
            return Self::Creature;
        }
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
            Self::Fable | Self::Creature => (Typeface::DmSerif, Align::Middle, Place::Head, 100.0),
        };
        Lettering {
            typeface,
            align,
            place,
            largest,
        }
    }

    /// The film's composition: one of its family that fits the film, or an abstract one.
    pub(crate) fn composition(self, facts: &Facts<'_>) -> Composition {
        let choices = self.compositions(facts);
        choices[facts.seed(COMPOSITION).index(choices.len())]
    }

    pub(crate) fn compositions(self, facts: &Facts<'_>) -> Vec<Composition> {
        let mut choices: Vec<Composition> = match self {
            Self::Shadows => vec![
                ("spires", shadows::spires),
                ("hand", shadows::hand),
                ("eye", shadows::eye),
            ],
            Self::Orbits => vec![("crescent", orbits::crescent), ("system", orbits::system)],
            Self::Blinds => vec![
                ("keyhole", blinds::keyhole),
                ("hat", blinds::hat),
                ("shot", blinds::shot),
            ],
            Self::CutOut => vec![
                ("blocks", cut_out::blocks),
                ("doorway", cut_out::doorway),
                ("crack", cut_out::crack),
                ("stairs", cut_out::stairs),
            ],
            Self::Tiles => vec![
                ("board", tiles::board),
                ("gentleman", tiles::gentleman),
                ("see-saw", tiles::see_saw),
            ],
            Self::Horizon => vec![("hills", horizon::hills), ("peaks", horizon::peaks)],
            Self::Rings => vec![
                ("meeting", rings::meeting),
                ("ripples", rings::ripples),
                ("ribbons", rings::ribbons),
                ("faces", rings::faces),
            ],
            Self::Construct => vec![
                ("wedge", construct::wedge),
                ("beams", construct::beams),
                ("reel", construct::reel),
            ],
            Self::Fable => vec![
                ("ripples", rings::ripples),
                ("board", tiles::board),
                ("ribbons", rings::ribbons),
            ],
            // A film about a monster always shows it.
            Self::Creature => return vec![("creature", creature::draw)],
        };
        if facts.speaks_of(&SPACE) && self == Self::Orbits {
            choices.push(("rocket", orbits::rocket));
        }
        if facts.speaks_of(&SEA) {
            choices.push(("waves", horizon::waves));
            choices.push(("boat", cut_out::boat));
        }
        choices.extend(SHAPES);
        choices
    }
}

/// A person, seen from afar: `foot` is the point between the shoes.
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

/// A circle as a path, to be cut out of another or joined with it.
fn disc(centre: Point, radius: f64) -> Path {
    let (left, right) = (at(centre.x - radius, centre.y), at(centre.x + radius, centre.y));
    Path::from(left)
        .arc(radius, true, true, right)
        .arc(radius, true, true, left)
        .close()
}
