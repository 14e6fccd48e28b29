//! Drama: one large object that looks cut out of paper in a hurry.

use super::{disc, figure};
use crate::page::{Page, WIDTH};
use crate::svg::{Path, Point, at};

/// A corner that the scissors have missed by a little.
fn near(page: &mut Page, x: f64, y: f64, miss: f64) -> Point {
    at(x + page.seed.between(-miss, miss), y + page.seed.between(-miss, miss))
}

/// Leaning blocks; one is lower and of another colour, with a disc above it.
pub(super) fn blocks(page: &mut Page) {
    let (palette, (top, bottom)) = (page.palette, page.picture());
    let height = bottom - top;
    let count = page.seed.count(3, 5);
    let width = (WIDTH - 60.0) / f64::from(count);
    let odd = page.seed.count(0, count - 1);
    for index in 0..count {
        let left = 30.0 + width * f64::from(index);
        let rise = height
            * if index == odd {
                page.seed.between(0.3, 0.42)
            } else {
                page.seed.between(0.62, 0.92)
            };
        let lean = page.seed.between(-30.0, 30.0);
        let block = [
            near(page, left + 6.0, bottom + 20.0, 4.0),
            near(page, left + 10.0 + lean, bottom - rise, 14.0),
            near(page, left + width - 8.0 + lean, bottom - rise, 14.0),
            near(page, left + width - 4.0, bottom + 20.0, 4.0),
        ];
        let fill = if index == odd { palette.accent } else { palette.shape };
        page.svg.fill(&Path::polygon(block), fill);
    }
    let over = at(30.0 + width * (f64::from(odd) + 0.5), top + height * 0.3);
    page.svg.circle(over, width * 0.36, palette.accent);
}

/// An open door, and a person on the threshold.
pub(super) fn doorway(page: &mut Page) {
    let (palette, (top, bottom)) = (page.palette, page.picture());
    let height = bottom - top;
    let side = page.seed.side();
    let middle = WIDTH / 2.0 + side * page.seed.between(0.0, 60.0);
    let (half, lintel) = (
        page.seed.between(92.0, 128.0),
        top + height * page.seed.between(0.1, 0.18),
    );
    let floor = top + height * 0.72;
    let wall = [
        near(page, 34.0, top - 20.0, 6.0),
        near(page, WIDTH - 34.0, top - 20.0, 6.0),
        near(page, WIDTH - 40.0, floor, 8.0),
        near(page, 40.0, floor, 8.0),
    ];
    page.svg.fill(&Path::polygon(wall), palette.shape);
    let door = [
        near(page, middle - half, lintel, 7.0),
        near(page, middle + half, lintel, 7.0),
        at(middle + half, floor + 2.0),
        at(middle - half, floor + 2.0),
    ];
    page.svg.fill(&Path::polygon(door), palette.accent);
    let light = [
        at(middle - half, floor),
        at(middle + half, floor),
        near(page, middle + half + side * 190.0 + 40.0, bottom + 30.0, 20.0),
        near(page, middle - half + side * 190.0 - 40.0, bottom + 30.0, 20.0),
    ];
    page.svg.fill(&Path::polygon(light), palette.accent);
    let foot = at(
        middle + side * page.seed.between(10.0, 34.0),
        floor + page.seed.between(20.0, 46.0),
    );
    page.svg
        .fill(&figure(foot, height * page.seed.between(0.3, 0.4)), palette.ground);
}

/// A round object, broken in two.
pub(super) fn crack(page: &mut Page) {
    let (palette, (top, bottom)) = (page.palette, page.picture());
    let height = bottom - top;
    let radius = height * page.seed.between(0.36, 0.41);
    let centre = at(WIDTH / 2.0, top + height * 0.5);
    let tilt = page.seed.between(-35.0, 35.0);
    page.svg.turn(tilt, centre);
    page.svg.circle(centre, radius, palette.shape);
    let steps = page.seed.count(4, 6);
    let (mut one, mut other) = (Vec::new(), Vec::new());
    for step in 0..=steps {
        let y = centre.y - radius * 1.1 + 2.2 * radius * f64::from(step) / f64::from(steps);
        let swing = if step % 2 == 0 { -1.0 } else { 1.0 } * page.seed.between(22.0, 58.0);
        let gap = page.seed.between(10.0, 24.0);
        one.push(at(centre.x + swing - gap, y));
        other.push(at(centre.x + swing + gap, y));
    }
    other.reverse();
    one.extend(other);
    page.svg.fill(&Path::polygon(one), palette.ground);
    page.svg.end_turn();
    let drop = centre.towards(page.seed.pick([70.0, 110.0]), radius * 0.5);
    page.svg.circle(drop, radius * 0.2, palette.accent);
}

/// Stairs, and a person on them.
pub(super) fn stairs(page: &mut Page) {
    let (palette, (top, bottom)) = (page.palette, page.picture());
    let height = bottom - top;
    let side = page.seed.side();
    let mirror = |x: f64| if side > 0.0 { x } else { WIDTH - x };
    let steps = page.seed.count(5, 8);
    let (tread, riser) = (WIDTH / f64::from(steps), height * 0.74 / f64::from(steps));
    let sun = at(mirror(page.seed.between(120.0, 200.0)), top + height * 0.27);
    page.svg
        .circle(sun, height * page.seed.between(0.13, 0.18), palette.accent);
    let mut outline = vec![
        at(mirror(WIDTH + 10.0), bottom + 20.0),
        at(mirror(-10.0), bottom + 20.0),
    ];
    for step in 0..steps {
        let y = bottom - riser * (f64::from(step) + 0.4);
        let miss = page.seed.between(-5.0, 5.0);
        outline.push(at(mirror(tread * f64::from(step) - 10.0), y + miss));
        outline.push(at(mirror(tread * f64::from(step + 1) - 10.0), y - miss));
    }
    outline.push(at(mirror(WIDTH + 10.0), bottom - riser * f64::from(steps)));
    page.svg.fill(&Path::polygon(outline), palette.shape);
    let on = page.seed.count(2, steps - 2);
    let foot = at(
        mirror(tread * (f64::from(on) + 0.5) - 10.0),
        bottom - riser * (f64::from(on) + 0.4) + 3.0,
    );
    page.svg.fill(&figure(foot, height * 0.21), palette.ink);
}

/// A small boat on a large sea.
pub(super) fn boat(page: &mut Page) {
    let (palette, (top, bottom)) = (page.palette, page.picture());
    let height = bottom - top;
    let side = page.seed.side();
    let moon = at(WIDTH / 2.0 - side * page.seed.between(90.0, 170.0), top + height * 0.24);
    page.svg
        .circle(moon, height * page.seed.between(0.1, 0.15), palette.accent);
    let sea = top + height * page.seed.between(0.52, 0.6);
    let keel = at(WIDTH / 2.0 + side * page.seed.between(30.0, 90.0), sea + 14.0);
    page.svg.turn(page.seed.between(-9.0, 9.0), keel);
    let scale = page.seed.between(1.35, 1.7);
    let by = |x: f64, y: f64| at(keel.x + x * scale, keel.y + y * scale);
    let hull = Path::from(by(-92.0, -34.0))
        .line(by(92.0, -34.0))
        .quadratic(by(60.0, 12.0), by(0.0, 12.0))
        .quadratic(by(-60.0, 12.0), by(-92.0, -34.0))
        .close();
    let people = [-34.0, 8.0, 46.0];
    for x in people
        .into_iter()
        .take(usize::try_from(page.seed.count(1, 3)).unwrap_or(1))
    {
        let body = Path::polygon([
            by(x - 13.0, -34.0),
            by(x - 8.0, -72.0),
            by(x + 8.0, -72.0),
            by(x + 13.0, -34.0),
        ]);
        page.svg.fill(&body, palette.ink);
        page.svg.fill(&disc(by(x, -82.0), 11.0 * scale), palette.ink);
    }
    page.svg.fill(&hull, palette.ink);
    page.svg.end_turn();
    let crests = page.seed.count(2, 3);
    let length = WIDTH / f64::from(crests);
    let mut water = Path::from(at(-20.0, sea));
    for crest in 0..crests {
        let from = length * f64::from(crest);
        let high = page.seed.between(26.0, 60.0);
        water = water.cubic(
            at(from + length * 0.35, sea - high),
            at(from + length * 0.6, sea + high),
            at(from + length + 20.0, sea),
        );
    }
    let water = water
        .line(at(WIDTH + 20.0, bottom + 20.0))
        .line(at(-20.0, bottom + 20.0))
        .close();
    page.svg.fill(&water, palette.shape);
}
