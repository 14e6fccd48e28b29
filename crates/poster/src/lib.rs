//! Draws posters for films without one, from a film's facts. The main genre decides the family of shapes, the decade
//! the colours and the wear of the print, and the name and year the composition and its variation. The same facts
//! always give the same poster.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod families;
mod page;
mod palette;
mod picture;
mod print_wear;
mod seed;
mod svg;
mod text;

pub use palette::{Colour, Palette};
pub use picture::picture;

use crate::families::Family;
use crate::page::Page;
use crate::seed::Seed;

/// The facts from which a poster is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    pub name: &'a str,
    /// The name on the poster. The picture does not depend on it, so a film has the same picture in every language.
    pub shown: &'a str,
    pub year: i32,
    /// Empty if unknown.
    pub director: &'a str,
    /// The main genre comes first.
    pub genres: &'a [String],
}

impl Facts<'_> {
    /// The random numbers for one decision about this film's poster.
    fn seed(&self, decision: &str) -> Seed {
        Seed::of(&format!("{}\n{}", self.name, self.year), decision)
    }

    /// Whether the film's name contains one of these words, which are in lower case.
    fn speaks_of(&self, words: &[&str]) -> bool {
        let name = self.name.to_lowercase();
        let mut spoken = name.split(|letter: char| !letter.is_alphanumeric());
        spoken.any(|word| words.contains(&word))
    }
}

/// Draws the poster: an SVG document of 600 × 900 and less than 40 kB, without external resources.
pub fn draw(facts: &Facts<'_>) -> String {
    let family = Family::of(facts);
    let mut page = Page::open(facts, palette(facts));
    let (_, compose) = family.composition(facts);
    compose(&mut page);
    print_wear::draw(&mut page, facts);
    page.finish(facts)
}

/// The colours of the poster, for a page that is tinted by it.
pub fn palette(facts: &Facts<'_>) -> Palette {
    palette::choose(facts.seed("palette"), facts.year, Family::of(facts).mood())
}

/// The name of the poster's composition: two posters with the same one look alike next to each other, whatever their
/// colours.
pub fn composition(facts: &Facts<'_>) -> &'static str {
    Family::of(facts).composition(facts).0
}

#[cfg(test)]
mod tests;
