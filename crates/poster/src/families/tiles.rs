//! Comedy: a board of round pieces, a gentleman without a face, a see-saw with a heavy end.

use super::disc;
use crate::page::{Page, WIDTH};
use crate::svg::{Path, at};

/// Quarters, halves and wholes of circles in a grid.
pub(super) fn board(page: &mut Page) {
    let (palette, (top, bottom)) = (page.palette, page.picture());
    let across = page.seed.count(3, 4);
    let side = WIDTH / f64::from(across);
    let mut y = bottom - side;
    while y > top - side {
        for column in 0..across {
            let x = side * f64::from(column);
            piece(page, x, y, side);
        }
        y -= side;
    }
    let down = ((bottom - top) / side).floor().max(1.0);
    let row = page.seed.between(0.0, down).floor();
    let column = f64::from(page.seed.count(0, across - 1));
    let centre = at(side * (column + 0.5), bottom - side * (row + 0.5));
    page.svg
        .rect(centre.x - side / 2.0, centre.y - side / 2.0, side, side, palette.accent);
    page.svg.circle(centre, side * 0.3, palette.ink);
}

fn piece(page: &mut Page, x: f64, y: f64, side: f64) {
    let palette = page.palette;
    let fill = page
        .seed
        .pick([palette.shape, palette.shape, palette.shape, palette.accent, palette.ink]);
    let corners = [at(x, y), at(x + side, y), at(x + side, y + side), at(x, y + side)];
    let turn = page.seed.index(4);
    let corner = |offset: usize| corners[(turn + offset) % 4];
    let quarter = Path::from(corner(0))
        .line(corner(1))
        .arc(side, false, true, corner(3))
        .close();
    let half = Path::from(corner(0))
        .arc(side / 2.0, false, turn.is_multiple_of(2), corner(1))
        .close();
    match page.seed.index(6) {
        0..=2 => page.svg.fill(&quarter, fill),
        3 => page.svg.fill(&half, fill),
        4 => page.svg.fill(&disc(corners[0].mix(corners[2], 0.5), side / 2.0), fill),
        _ => {}
    }
}

/// A hat, a moustache, a bow tie.
pub(super) fn gentleman(page: &mut Page) {
    let (palette, (top, bottom)) = (page.palette, page.picture());
    let height = bottom - top;
    let unit = height * 0.1;
    let centre = at(WIDTH / 2.0, top + height * 0.5);
    let by = |x: f64, y: f64| at(centre.x + x * unit, centre.y + y * unit);
    page.svg
        .circle(centre, height * page.seed.between(0.4, 0.46), palette.shape);
    page.svg.turn(page.seed.between(4.0, 12.0) * page.seed.side(), centre);
    let bowler = Path::from(by(-1.7, -1.7))
        .cubic(by(-1.7, -4.2), by(1.7, -4.2), by(1.7, -1.7))
        .close();
    page.svg.fill(&bowler, palette.ground);
    let brim = Path::from(by(-2.6, -1.9))
        .quadratic(by(0.0, -1.1), by(2.6, -1.9))
        .quadratic(by(2.2, -1.0), by(0.0, -1.0))
        .quadratic(by(-2.2, -1.0), by(-2.6, -1.9))
        .close();
    page.svg.fill(&brim, palette.ground);
    let ribbon = Path::polygon([by(-1.7, -1.98), by(-1.66, -2.42), by(1.66, -2.42), by(1.7, -1.98)]);
    page.svg.fill(&ribbon, palette.accent);
    let whiskers = page.seed.between(0.9, 2.0);
    for side in [-1.0, 1.0] {
        let whisker = Path::from(by(0.0, 0.75))
            .cubic(by(side * 0.5, 0.2), by(side * 1.1, 0.5), by(side * whiskers, 0.95))
            .cubic(by(side * 1.0, 1.5), by(side * 0.4, 1.3), by(0.0, 0.95))
            .close();
        page.svg.fill(&whisker, palette.ground);
        let bow = Path::polygon([by(0.0, 2.7), by(side * 1.25, 2.05), by(side * 1.25, 3.35)]);
        page.svg.fill(&bow, palette.accent);
    }
    page.svg.circle(by(0.0, 2.7), unit * 0.3, palette.ground);
    page.svg.end_turn();
}

/// A see-saw: a heavy ball on one end has thrown a light one up from the other.
pub(super) fn see_saw(page: &mut Page) {
    let (palette, (top, bottom)) = (page.palette, page.picture());
    let height = bottom - top;
    let side = page.seed.side();
    let pivot = at(WIDTH / 2.0 + side * page.seed.between(0.0, 40.0), bottom - height * 0.3);
    let foot = page.seed.between(80.0, 120.0);
    let wedge = [
        pivot,
        at(pivot.x - foot, bottom + 4.0),
        at(pivot.x + foot, bottom + 4.0),
    ];
    page.svg.fill(&Path::polygon(wedge), palette.shape);
    let tilt = side * page.seed.between(16.0, 24.0);
    let (reach, thick) = (270.0, 26.0);
    page.svg.turn(tilt, pivot);
    page.svg
        .rect(pivot.x - reach, pivot.y - thick, 2.0 * reach, thick, palette.ink);
    let heavy = height * page.seed.between(0.15, 0.19);
    let seat = at(pivot.x + side * (reach - heavy * 0.9), pivot.y - thick - heavy);
    page.svg.circle(seat, heavy, palette.accent);
    page.svg.end_turn();
    let light = height * page.seed.between(0.065, 0.09);
    let flying = at(
        pivot.x - side * page.seed.between(190.0, 225.0),
        top + height * page.seed.between(0.16, 0.24),
    );
    for step in 1..4 {
        let below = at(flying.x, flying.y + light * (0.9 + 1.1 * f64::from(step)));
        page.svg.rect(below.x - 5.0, below.y, 10.0, light * 0.6, palette.shape);
    }
    page.svg.circle(flying, light, palette.shape);
}
