//! The wear of a print: scratches of nitrate film, specks where a silk screen did not take.

use crate::Facts;
use crate::page::{Page, WIDTH};
use crate::palette::{Grain, grain};
use crate::svg::{Path, at};

const SCRATCHES: u32 = 4;
const DUST: u32 = 26;
const SPECKS: u32 = 70;

/// Draws the wear over the picture, in the colour of the ground.
pub(crate) fn draw(page: &mut Page, facts: &Facts<'_>) {
    let mut seed = facts.seed("wear");
    let (top, bottom) = page.picture();
    let ground = page.palette.ground;
    let (scratches, specks, largest) = match grain(facts.year) {
        Grain::Scratched => (SCRATCHES, DUST, 3.2),
        Grain::Speckled => (0, SPECKS, 4.2),
        Grain::Clean => return,
    };
    for _ in 0..seed.count(0, scratches) {
        let x = seed.between(20.0, WIDTH - 20.0);
        let length = seed.between(0.2, 0.9) * (bottom - top);
        let start = seed.between(top, bottom - length);
        page.svg.rect(x, start, 1.0, length, ground);
    }
    let mut dust = Path::default();
    for _ in 0..specks {
        let centre = at(seed.between(0.0, WIDTH), seed.between(top, bottom));
        let size = seed.between(1.0, largest);
        let corner = |degrees| centre.towards(degrees, size);
        dust.push_move(corner(seed.between(0.0, 60.0)));
        dust.push_line(corner(seed.between(100.0, 170.0)));
        dust.push_line(corner(seed.between(210.0, 300.0)));
        dust.push_close();
    }
    page.svg.fill_nonzero(&dust, ground);
}
