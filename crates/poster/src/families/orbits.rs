//! Science fiction: planets, their orbits, and a rocket between them.

use super::disc;
use crate::page::{Page, WIDTH};
use crate::svg::{Path, Point, at};

fn stars(page: &mut Page) {
    let (palette, (top, bottom)) = (page.palette, page.picture());
    for _ in 0..page.seed.count(14, 26) {
        let star = at(page.seed.between(20.0, WIDTH - 20.0), page.seed.between(top, bottom));
        let size = page.seed.between(1.2, 3.4);
        page.svg.circle(star, size, palette.ink);
    }
}

/// A planet with a lit edge and a ring round it.
pub(super) fn crescent(page: &mut Page) {
    stars(page);
    let (palette, (top, bottom)) = (page.palette, page.picture());
    let height = bottom - top;
    let radius = height * page.seed.between(0.3, 0.36);
    let centre = at(page.seed.between(250.0, 350.0), top + height * 0.5);
    let tilt = page.seed.between(-32.0, -12.0) * page.seed.side();
    page.svg.circle(centre, radius, palette.shape);
    let night = centre.towards(tilt - 60.0, radius * page.seed.between(0.24, 0.42));
    page.svg.circle(night, radius * 0.94, palette.ground);
    page.svg.ring(centre, radius * 0.995, 3.0, palette.shape);
    page.svg.turn(tilt, centre);
    let reach = radius * 1.72;
    for (scale, width) in [(1.0, 13.0), (0.86, 5.0)] {
        let (left, right) = (
            at(centre.x - reach * scale, centre.y),
            at(centre.x + reach * scale, centre.y),
        );
        // Only the near half of the ring, because the far half is behind the planet.
        let near = Path::from(left).quadratic(at(centre.x, centre.y + radius * 0.62 * scale), right);
        page.svg.stroke(&near, width, palette.accent);
    }
    page.svg.end_turn();
    let moon = centre.towards(page.seed.between(200.0, 330.0), radius * 1.5);
    page.svg.circle(moon, radius * 0.14, palette.accent);
}

/// Orbits round a sun, each with its planet.
pub(super) fn system(page: &mut Page) {
    stars(page);
    let (palette, (top, bottom)) = (page.palette, page.picture());
    let height = bottom - top;
    let sun = at(
        page.seed.pick([60.0, 300.0, 540.0]),
        bottom - height * page.seed.between(0.0, 0.3),
    );
    page.svg.circle(sun, 92.0, palette.accent);
    let mut radius = 150.0;
    while radius < height * 1.15 {
        page.svg.ring(sun, radius, page.seed.between(1.5, 4.0), palette.ink);
        let world = sun.towards(page.seed.between(205.0, 335.0), radius);
        let size = page.seed.between(12.0, 46.0);
        let fill = page.seed.pick([palette.shape, palette.shape, palette.accent]);
        page.svg.circle(world, size, palette.ground);
        page.svg.circle(world, size - 5.0, fill);
        radius += page.seed.between(62.0, 112.0);
    }
}

/// A rocket on its way from one planet to another.
pub(super) fn rocket(page: &mut Page) {
    stars(page);
    let (palette, (top, bottom)) = (page.palette, page.picture());
    let height = bottom - top;
    let side = page.seed.side();
    let mirror = |x: f64| if side > 0.0 { x } else { WIDTH - x };
    page.svg
        .circle(at(mirror(120.0), bottom + 60.0), height * 0.42, palette.shape);
    let goal = at(mirror(470.0), top + height * 0.2);
    page.svg.circle(goal, height * 0.12, palette.accent);
    let craters = disc(goal.towards(40.0, height * 0.05), height * 0.022)
        .and(&disc(goal.towards(200.0, height * 0.06), height * 0.03));
    page.svg.fill(&craters, palette.ground);
    let centre = at(mirror(300.0), top + height * 0.52);
    page.svg.turn(side * page.seed.between(32.0, 44.0), centre);
    let hull = height * 0.2;
    for step in 1..5 {
        let trail = at(centre.x, centre.y + hull * (0.95 + 0.36 * f64::from(step)));
        page.svg
            .circle(trail, hull * 0.14 / (0.6 + 0.3 * f64::from(step)), palette.accent);
    }
    page.svg.fill(&body(centre, hull), palette.ink);
    page.svg
        .circle(at(centre.x, centre.y - hull * 0.18), hull * 0.15, palette.ground);
    page.svg.end_turn();
}

fn body(centre: Point, hull: f64) -> Path {
    let by = |x: f64, y: f64| at(centre.x + x * hull, centre.y + y * hull);
    Path::from(by(0.0, -1.0))
        .cubic(by(0.42, -0.55), by(0.4, 0.2), by(0.26, 0.62))
        .line(by(0.52, 1.0))
        .line(by(0.14, 0.8))
        .line(by(-0.14, 0.8))
        .line(by(-0.52, 1.0))
        .line(by(-0.26, 0.62))
        .cubic(by(-0.4, 0.2), by(-0.42, -0.55), by(0.0, -1.0))
        .close()
}
