//! Documentaries and experiments: bars, wedges and wheels, as in a machine.

use super::disc;
use crate::page::{Page, WIDTH};
use crate::svg::{Path, at};

/// A wedge driven into a circle.
pub(super) fn wedge(page: &mut Page) {
    let (palette, (top, bottom)) = (page.palette, page.picture());
    let height = bottom - top;
    let side = page.seed.side();
    let mirror = |x: f64| if side > 0.0 { x } else { WIDTH - x };
    let centre = at(
        mirror(page.seed.between(350.0, 400.0)),
        top + height * page.seed.between(0.52, 0.6),
    );
    let radius = height * page.seed.between(0.28, 0.33);
    let half = [
        at(mirror(0.0), bottom + 20.0),
        at(mirror(WIDTH), top + height * 0.1),
        at(mirror(WIDTH), bottom + 20.0),
    ];
    page.svg.fill(&Path::polygon(half), palette.shape);
    page.svg.circle(centre, radius, palette.ink);
    let tip = centre.mix(at(mirror(0.0), top), -0.06);
    let blade = [
        tip,
        at(mirror(-20.0), top + height * page.seed.between(0.28, 0.4)),
        at(mirror(page.seed.between(130.0, 210.0)), top - 20.0),
    ];
    page.svg.fill(&Path::polygon(blade), palette.accent);
    for _ in 0..page.seed.count(3, 5) {
        let x = mirror(page.seed.between(30.0, 240.0));
        let y = top + height * page.seed.between(0.62, 0.94);
        page.svg.turn(page.seed.between(-60.0, 60.0), at(x, y));
        let (long, thick) = (page.seed.between(40.0, 110.0), page.seed.between(6.0, 16.0));
        page.svg.rect(x, y, long, thick, palette.ink);
        page.svg.end_turn();
    }
}

/// Crossed beams, and a disc that joins them.
pub(super) fn beams(page: &mut Page) {
    let (palette, (top, bottom)) = (page.palette, page.picture());
    let height = bottom - top;
    let joint = at(
        page.seed.between(180.0, 420.0),
        top + height * page.seed.between(0.35, 0.6),
    );
    let mut degrees = page.seed.between(15.0, 60.0);
    let fills = [palette.shape, palette.ink, palette.shape, palette.accent];
    for (index, fill) in fills.into_iter().enumerate() {
        page.svg.turn(degrees, joint);
        let thick = if index == 3 {
            page.seed.between(16.0, 26.0)
        } else {
            page.seed.between(34.0, 92.0)
        };
        let shift = page.seed.between(-60.0, 60.0);
        page.svg
            .rect(joint.x - 900.0, joint.y + shift - thick / 2.0, 1800.0, thick, fill);
        page.svg.end_turn();
        degrees += page.seed.between(35.0, 62.0);
    }
    page.svg.circle(joint, height * 0.17, palette.ground);
    page.svg.circle(joint, height * 0.145, palette.accent);
    page.svg.circle(joint, height * 0.04, palette.ground);
}

/// A reel, and the film that unwinds from it.
pub(super) fn reel(page: &mut Page) {
    let (palette, (top, bottom)) = (page.palette, page.picture());
    let height = bottom - top;
    let side = page.seed.side();
    let mirror = |x: f64| if side > 0.0 { x } else { WIDTH - x };
    let centre = at(mirror(page.seed.between(220.0, 300.0)), top + height * 0.46);
    let radius = height * page.seed.between(0.34, 0.38);
    let band = radius * 0.32;
    let edge = if side > 0.0 { WIDTH + 20.0 } else { -20.0 };
    let (low, strip_left) = (centre.y + radius - band, centre.x.min(edge));
    page.svg
        .rect(strip_left, low, (edge - centre.x).abs(), band, palette.shape);
    let mut x = strip_left + 14.0;
    while x < centre.x.max(edge) {
        for y in [low + band * 0.12, low + band * 0.72] {
            page.svg.rect(x, y, band * 0.2, band * 0.16, palette.ground);
        }
        x += band * 0.44;
    }
    let holes = page.seed.count(3, 6);
    let mut wheel = disc(centre, radius);
    let start = page.seed.between(0.0, 360.0);
    for place in 0..holes {
        let degrees = start + 360.0 * f64::from(place) / f64::from(holes);
        let bore = radius * if holes > 4 { 0.19 } else { 0.25 };
        wheel = wheel.and(&disc(centre.towards(degrees, radius * 0.58), bore));
    }
    page.svg.circle(centre, radius * 0.9, palette.accent);
    page.svg.fill(&wheel, palette.shape);
    page.svg.ring(centre, radius * 0.97, radius * 0.06, palette.ink);
    page.svg.circle(centre, radius * 0.12, palette.ground);
}
