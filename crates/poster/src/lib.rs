//! Posters for films without one: a deterministic drawing from a film's facts. Its main genre gives the family of shapes,
//! its decade the colours and the wear of the print, its name and year the composition and its variation. The same facts give the same
//! poster for ever.

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

/// What a poster is drawn from.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    pub name: &'a str,
    /// The name that is written on it: the same film has the same picture in every language.
    pub shown: &'a str,
    pub year: i32,
    /// Empty when unknown.
    pub director: &'a str,
    /// The main one first.
    pub genres: &'a [String],
}

impl Facts<'_> {
    /// The stream of one decision about this film's poster.
    fn seed(&self, decision: &str) -> Seed {
        Seed::of(&format!("{}\n{}", self.name, self.year), decision)
    }

    /// Whether one of some words, in lower case, is in the film's name.
    fn speaks_of(&self, words: &[&str]) -> bool {
        let name = self.name.to_lowercase();
        let mut spoken = name.split(|letter: char| !letter.is_alphanumeric());
        spoken.any(|word| words.contains(&word))
    }
}

/// Draws the poster: an SVG document of 600 × 900, less than 40 kB, that needs nothing else.
pub fn draw(facts: &Facts<'_>) -> String {
    let family = Family::of(facts);
    let mut page = Page::open(facts, palette(facts));
    let (_, compose) = family.composition(facts);
    compose(&mut page);
    print_wear::draw(&mut page, facts);
    page.finish(facts)
}

/// The colours of the poster, for a page that is lit by it.
pub fn palette(facts: &Facts<'_>) -> Palette {
    palette::choose(facts.seed("palette"), facts.year, Family::of(facts).mood())
}

/// The name of the poster's composition: two posters of one composition look alike beside each other, whatever their
/// colours.
pub fn composition(facts: &Facts<'_>) -> &'static str {
    Family::of(facts).composition(facts).0
}

#[cfg(test)]
mod tests;
