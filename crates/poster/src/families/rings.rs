//! Romance and music: circles that overlap, lines that swing together.

use crate::page::{Page, WIDTH};
use crate::svg::{Path, Point, at};

/// Two circles, and their intersection.
pub(super) fn meeting(page: &mut Page) {
    let (palette, (top, bottom)) = (page.palette, page.picture());
    let height = bottom - top;
    let radius = height * page.seed.between(0.27, 0.31);
    let centre = at(WIDTH / 2.0, top + height * 0.52);
    let degrees = page.seed.between(-50.0, 50.0);
    let apart = radius * page.seed.between(0.5, 0.68);
    let (one, other) = (centre.towards(degrees, apart), centre.towards(degrees + 180.0, apart));
    page.svg.circle(one, radius, palette.shape);
    page.svg.circle(other, radius, palette.ink);
    let half = (radius * radius - apart * apart).max(0.0).sqrt();
    let (upper, lower) = (
        centre.towards(degrees - 90.0, half),
        centre.towards(degrees + 90.0, half),
    );
    let lens = Path::from(upper)
        .arc(radius, false, true, lower)
        .arc(radius, false, true, upper)
        .close();
    page.svg.fill(&lens, palette.accent);
}

/// The ripples of two stones in the same water.
pub(super) fn ripples(page: &mut Page) {
    let (palette, (top, bottom)) = (page.palette, page.picture());
    let height = bottom - top;
    let low = page.seed.between(0.25, 0.45);
    let stones = [
        (at(page.seed.between(90.0, 190.0), top + height * low), palette.shape),
        (
            at(page.seed.between(410.0, 510.0), top + height * (1.0 - low)),
            palette.accent,
        ),
    ];
    let gap = page.seed.between(26.0, 40.0);
    for (stone, stroke) in stones {
        page.svg.circle(stone, gap * 0.7, stroke);
        let mut radius = gap * 1.6;
        while radius < height * 0.62 {
            page.svg.ring(stone, radius, gap * 0.3, stroke);
            radius += gap;
        }
    }
}

/// Ribbons that swing across the sheet in one rhythm.
pub(super) fn ribbons(page: &mut Page) {
    let (palette, (top, bottom)) = (page.palette, page.picture());
    let height = bottom - top;
    let count = page.seed.count(5, 8);
    let width = height * 0.6 / f64::from(count);
    let swing = page.seed.between(110.0, 210.0) * page.seed.side();
    let fills = [palette.shape, palette.ink, palette.accent];
    let first = page.seed.index(3);
    for (index, ribbon) in (0..count).enumerate() {
        let y = top + height * 0.2 + width * f64::from(ribbon) * 1.06;
        let edge = |y: f64| {
            [
                at(-20.0, y),
                at(170.0, y - swing),
                at(400.0, y + swing),
                at(WIDTH + 20.0, y - swing * 0.4),
            ]
        };
        let ([start, leave, arrive, end], lower) = (edge(y), edge(y + width));
        let upper = Path::from(start).cubic(leave, arrive, end);
        let path = upper.line(lower[3]).cubic(lower[2], lower[1], lower[0]).close();
        page.svg.fill(&path, fills[(first + index) % fills.len()]);
    }
    let note = at(
        page.seed.between(120.0, 480.0),
        top + height * page.seed.between(0.1, 0.16),
    );
    page.svg.circle(note, height * 0.06, palette.accent);
}

/// Two faces, so close that the space between them looks like a vase.
pub(super) fn faces(page: &mut Page) {
    let (palette, (top, bottom)) = (page.palette, page.picture());
    let height = bottom - top;
    let gap = page.seed.between(16.0, 34.0);
    for (side, fill) in [(-1.0, palette.shape), (1.0, palette.accent)] {
        let profile = profile(side, gap, top, height);
        page.svg.fill(&profile, fill);
    }
    let moon = at(WIDTH / 2.0, top + height * 0.14);
    page.svg.circle(moon, height * 0.055, palette.ink);
}

/// Half a head in profile, facing the middle.
fn profile(side: f64, gap: f64, top: f64, height: f64) -> Path {
    let by = |x: f64, y: f64| -> Point { at(WIDTH / 2.0 + side * (gap + x), top + height * y) };
    Path::from(by(330.0, -0.05))
        .line(by(170.0, -0.05))
        .cubic(by(96.0, 0.08), by(62.0, 0.22), by(64.0, 0.32))
        .cubic(by(64.0, 0.38), by(40.0, 0.44), by(6.0, 0.5))
        .cubic(by(-6.0, 0.525), by(6.0, 0.54), by(34.0, 0.55))
        .cubic(by(46.0, 0.57), by(16.0, 0.59), by(16.0, 0.61))
        .cubic(by(16.0, 0.63), by(36.0, 0.635), by(38.0, 0.645))
        .cubic(by(36.0, 0.66), by(20.0, 0.67), by(22.0, 0.69))
        .cubic(by(24.0, 0.72), by(46.0, 0.72), by(42.0, 0.76))
        .cubic(by(40.0, 0.84), by(90.0, 0.86), by(150.0, 0.85))
        .cubic(by(164.0, 0.92), by(160.0, 0.98), by(130.0, 1.05))
        .line(by(330.0, 1.05))
        .close()
}
