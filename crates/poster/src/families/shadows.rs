//! Horror: crooked houses before the moon, a reaching hand, an eye.

use crate::page::{Page, WIDTH};
use crate::svg::{Path, Point, at};

/// Leaning houses under a moon.
pub(super) fn spires(page: &mut Page) {
    let (palette, (top, bottom)) = (page.palette, page.picture());
    let height = bottom - top;
    page.svg.rect(0.0, top, WIDTH, height, palette.shape);
    let moon = at(
        page.seed.between(150.0, 450.0),
        top + height * page.seed.between(0.24, 0.32),
    );
    page.svg
        .circle(moon, height * page.seed.between(0.15, 0.2), palette.ink);
    let count = page.seed.count(3, 4);
    let width = WIDTH / f64::from(count);
    for house in 0..count {
        let left = width * f64::from(house) + page.seed.between(-14.0, 14.0);
        let lean = page.seed.between(-46.0, 46.0);
        let roof = bottom - height * page.seed.between(0.3, 0.62);
        let peak = at(left + width / 2.0 + lean * 1.5, roof - page.seed.between(50.0, 150.0));
        let outline = [
            at(left - 14.0, bottom + 4.0),
            at(left + 12.0 + lean, roof),
            peak,
            at(left + width - 12.0 + lean, roof + page.seed.between(-24.0, 36.0)),
            at(left + width + 14.0, bottom + 4.0),
        ];
        page.svg.fill(&Path::polygon(outline), palette.ground);
        if house == 0 || page.seed.chance(0.6) {
            let sill = at(left + width * 0.5 + lean * 0.8, roof + page.seed.between(60.0, 110.0));
            window(page, sill, lean);
        }
    }
}

fn window(page: &mut Page, sill: Point, lean: f64) {
    let (wide, high) = (page.seed.between(14.0, 22.0), page.seed.between(44.0, 70.0));
    let outline = [
        at(sill.x - wide, sill.y),
        at(sill.x - wide + lean * 0.2, sill.y - high),
        at(sill.x + wide * 0.6 + lean * 0.2, sill.y - high - 12.0),
        at(sill.x + wide, sill.y + 5.0),
    ];
    let accent = page.palette.accent;
    page.svg.fill(&Path::polygon(outline), accent);
}

/// A hand with fingers that are too long, before a pale disc.
pub(super) fn hand(page: &mut Page) {
    let (palette, (top, bottom)) = (page.palette, page.picture());
    let height = bottom - top;
    let side = page.seed.side();
    let mirror = |x: f64| if side > 0.0 { x } else { WIDTH - x };
    let moon = at(mirror(330.0), top + height * 0.42);
    page.svg.circle(moon, height * 0.36, palette.accent);
    let wrist = at(mirror(210.0), bottom + 60.0);
    let palm = at(mirror(260.0), top + height * 0.78);
    let arm = Path::polygon([
        at(wrist.x - 62.0, wrist.y),
        at(palm.x - 66.0, palm.y + 10.0),
        at(palm.x - 40.0, palm.y - 62.0),
        at(palm.x + 62.0, palm.y - 58.0),
        at(palm.x + 62.0, palm.y + 34.0),
        at(wrist.x + 56.0, wrist.y),
    ]);
    page.svg.fill(&arm, palette.shape);
    for (index, (from, degrees, reach)) in [
        (-52.0, 248.0, 0.40),
        (-24.0, 262.0, 0.56),
        (8.0, 274.0, 0.62),
        (40.0, 286.0, 0.54),
        (56.0, 318.0, 0.40),
    ]
    .into_iter()
    .enumerate()
    {
        let degrees = if side > 0.0 { degrees } else { 540.0 - degrees };
        let from = if side > 0.0 { from } else { -from };
        let root = at(palm.x + from, palm.y - if index == 4 { 6.0 } else { 46.0 });
        let reach = height * reach * page.seed.between(0.9, 1.08);
        let bend = page.seed.between(6.0, 22.0) * side;
        page.svg.fill(&finger(root, degrees, reach, bend), palette.shape);
    }
}

/// A finger of two bones that tapers to its nail.
fn finger(root: Point, degrees: f64, reach: f64, bend: f64) -> Path {
    let knuckle = root.towards(degrees, reach * 0.52);
    let tip = knuckle.towards(degrees + bend, reach * 0.5);
    let (root_half, knuckle_half) = (17.0, 13.0);
    Path::polygon([
        root.towards(degrees - 90.0, root_half),
        knuckle.towards(degrees - 100.0, knuckle_half),
        tip,
        knuckle.towards(degrees + 80.0, knuckle_half),
        root.towards(degrees + 90.0, root_half),
    ])
}

/// An eye, and splinters that fly off it.
pub(super) fn eye(page: &mut Page) {
    let (palette, (top, bottom)) = (page.palette, page.picture());
    let height = bottom - top;
    let centre = at(
        page.seed.between(240.0, 360.0),
        top + height * page.seed.between(0.42, 0.52),
    );
    let mut degrees = page.seed.between(0.0, 20.0);
    let end = degrees + 360.0;
    while degrees < end {
        let spread = page.seed.between(5.0, 13.0);
        let splinter = [
            centre.towards(degrees, 80.0),
            centre.towards(degrees - spread / 2.0, 900.0),
            centre.towards(degrees + spread / 2.0, 900.0),
        ];
        page.svg.fill(&Path::polygon(splinter), palette.shape);
        degrees += spread + page.seed.between(7.0, 18.0);
    }
    let (wide, high) = (page.seed.between(175.0, 215.0), page.seed.between(92.0, 120.0));
    let lids = |scale: f64| {
        let (left, right) = (
            at(centre.x - wide * scale, centre.y),
            at(centre.x + wide * scale, centre.y),
        );
        Path::from(left)
            .quadratic(at(centre.x, centre.y - high * 2.0 * scale), right)
            .quadratic(at(centre.x, centre.y + high * 2.0 * scale), left)
            .close()
    };
    page.svg.fill(&lids(1.18), palette.ground);
    page.svg.fill(&lids(1.0), palette.ink);
    page.svg.circle(centre, high * 0.86, palette.accent);
    page.svg.circle(centre, high * 0.46, palette.ground);
    let glint = centre.towards(225.0, high * 0.4);
    page.svg.circle(glint, high * 0.13, palette.ink);
}
