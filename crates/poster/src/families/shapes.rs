//! Abstract shapes, which any film may have.

use super::disc;
use crate::page::{Page, WIDTH};
use crate::svg::{Path, at};

/// Nested arches, like a rainbow.
pub(super) fn arches(page: &mut Page) {
    let (palette, (top, bottom)) = (page.palette, page.picture());
    let height = bottom - top;
    let foot = at(page.seed.between(180.0, 420.0), bottom + 4.0);
    let count = page.seed.count(4, 6);
    let reach = height * page.seed.between(0.78, 0.92);
    let fills = [palette.shape, palette.ground, palette.accent, palette.ground];
    for (index, arch) in (0..count).enumerate() {
        let radius = reach * (1.0 - f64::from(arch) / f64::from(count));
        page.svg.circle(foot, radius, fills[index % fills.len()]);
    }
    page.svg.circle(foot, reach * 0.09, palette.ink);
}

/// Stripes across the sheet, and a large disc over them.
pub(super) fn strata(page: &mut Page) {
    let (palette, (top, bottom)) = (page.palette, page.picture());
    let height = bottom - top;
    let count = page.seed.count(5, 9);
    let step = height / f64::from(count);
    let slope = page.seed.between(40.0, 150.0) * page.seed.side();
    let fills = [
        palette.shape,
        palette.ground,
        palette.shape,
        palette.ink,
        palette.ground,
    ];
    let first = page.seed.index(fills.len());
    for (index, stripe) in (0..count + 4).enumerate() {
        let y = top + step * (f64::from(stripe) - 2.0);
        let band = [
            at(0.0, y),
            at(WIDTH, y + slope),
            at(WIDTH, y + slope + step * 0.7),
            at(0.0, y + step * 0.7),
        ];
        page.svg
            .fill(&Path::polygon(band), fills[(first + index) % fills.len()]);
    }
    let centre = at(
        page.seed.between(170.0, 430.0),
        top + height * page.seed.between(0.35, 0.65),
    );
    let radius = height * page.seed.between(0.2, 0.28);
    page.svg.circle(centre, radius + 10.0, palette.ground);
    page.svg.circle(centre, radius, palette.accent);
}

/// Petals around a centre.
pub(super) fn petals(page: &mut Page) {
    let (palette, (top, bottom)) = (page.palette, page.picture());
    let height = bottom - top;
    let centre = at(WIDTH / 2.0, top + height * 0.5);
    let count = page.seed.count(5, 9);
    let (long, wide) = (height * page.seed.between(0.38, 0.45), page.seed.between(18.0, 32.0));
    let start = page.seed.between(0.0, 360.0);
    for petal in 0..count {
        let degrees = start + 360.0 * f64::from(petal) / f64::from(count);
        let tip = centre.towards(degrees, long);
        let (one, other) = (
            centre.towards(degrees - wide, long * 0.6),
            centre.towards(degrees + wide, long * 0.6),
        );
        let path = Path::from(centre).quadratic(one, tip).quadratic(other, centre).close();
        let fill = if petal % 2 == 0 { palette.shape } else { palette.accent };
        page.svg.fill(&path, fill);
    }
    page.svg.circle(centre, height * 0.07, palette.ink);
}

/// A square that turns as it grows.
pub(super) fn spiral(page: &mut Page) {
    let (palette, (top, bottom)) = (page.palette, page.picture());
    let height = bottom - top;
    let centre = at(WIDTH / 2.0, top + height * page.seed.between(0.45, 0.55));
    let (count, turn) = (page.seed.count(8, 12), page.seed.between(7.0, 14.0) * page.seed.side());
    let fills = [palette.shape, palette.ground, palette.accent, palette.ground];
    for (index, square) in (0..count).enumerate() {
        let size = height * 0.56 * 0.82_f64.powf(f64::from(square));
        let degrees = 45.0 + turn * f64::from(square);
        let corners = [0.0, 90.0, 180.0, 270.0].map(|corner| centre.towards(degrees + corner, size));
        page.svg.fill(&Path::polygon(corners), fills[index % fills.len()]);
    }
}

/// Rows of discs that grow from one corner to the other.
pub(super) fn dots(page: &mut Page) {
    let (palette, (top, bottom)) = (page.palette, page.picture());
    let across = page.seed.count(4, 6);
    let step = WIDTH / f64::from(across);
    let (left, down) = (page.seed.chance(0.5), page.seed.chance(0.5));
    let odd = page.seed.count(0, across * across - 1);
    let mut number = 0;
    let mut y = top + step / 2.0;
    while y < bottom + step / 2.0 {
        for column in 0..across {
            let x = step * (f64::from(column) + 0.5);
            let (along, share) = (x / WIDTH, (y - top) / (bottom - top));
            let along = if left { 1.0 - along } else { along };
            let share = if down { 1.0 - share } else { share };
            let radius = step * (0.12 + 0.17 * (along + share));
            let fill = if number == odd { palette.accent } else { palette.shape };
            page.svg.fill(&disc(at(x, y), radius), fill);
            number += 1;
        }
        y += step;
    }
}

/// Triangles that point at each other.
pub(super) fn kites(page: &mut Page) {
    let (palette, (top, bottom)) = (page.palette, page.picture());
    let height = bottom - top;
    let middle = at(
        page.seed.between(220.0, 380.0),
        top + height * page.seed.between(0.4, 0.6),
    );
    let corners = [
        at(-10.0, top - 10.0),
        at(WIDTH + 10.0, top - 10.0),
        at(WIDTH + 10.0, bottom + 10.0),
        at(-10.0, bottom + 10.0),
    ];
    let fills = [palette.shape, palette.accent, palette.ink];
    let first = page.seed.index(4);
    for (side, fill) in fills.into_iter().enumerate() {
        let (one, other) = (corners[(first + side) % 4], corners[(first + side + 1) % 4]);
        let short = page.seed.between(0.05, 0.2);
        page.svg.fill(
            &Path::polygon([middle.mix(one, 0.04), one.mix(other, short), other.mix(one, short)]),
            fill,
        );
    }
    page.svg.circle(middle, height * 0.08, palette.ground);
    page.svg.circle(middle, height * 0.05, palette.accent);
}
