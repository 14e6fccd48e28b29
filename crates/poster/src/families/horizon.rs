//! Adventure, westerns and war: a sun, and a landscape in front of it.

use super::figure;
use crate::page::{Page, WIDTH};
use crate::svg::{Path, Point, at};

/// A low sun.
fn sun(page: &mut Page) {
    let (top, bottom) = page.picture();
    let height = bottom - top;
    let sun = at(
        page.seed.between(190.0, 410.0),
        top + height * page.seed.between(0.4, 0.5),
    );
    if page.seed.chance(0.6) {
        rays(page, sun);
    }
    let accent = page.palette.accent;
    let size = height * page.seed.between(0.17, 0.24);
    page.svg.circle(sun, size, accent);
}

fn rays(page: &mut Page, sun: Point) {
    let count = page.seed.count(9, 16);
    let step = 360.0 / f64::from(count);
    let start = page.seed.between(0.0, step);
    let fill = page.palette.shape;
    for ray in 0..count {
        let degrees = start + step * f64::from(ray);
        let wedge = [
            sun,
            sun.towards(degrees, 1000.0),
            sun.towards(degrees + step * 0.46, 1000.0),
        ];
        page.svg.fill(&Path::polygon(wedge), fill);
    }
}

/// Hills in three layers, and a person on one of them.
pub(super) fn hills(page: &mut Page) {
    sun(page);
    let (palette, (top, bottom)) = (page.palette, page.picture());
    let height = bottom - top;
    let layers = [(0.62, palette.shape), (0.76, palette.ink), (0.9, palette.ground)];
    for (index, (level, fill)) in layers.into_iter().enumerate() {
        let left = top + height * (level + page.seed.between(-0.06, 0.06));
        let right = top + height * (level + page.seed.between(-0.06, 0.06));
        let bend = page.seed.between(-0.14, 0.14) * height;
        let hill = Path::from(at(-10.0, left))
            .cubic(at(180.0, left - bend), at(400.0, right + bend), at(WIDTH + 10.0, right))
            .line(at(WIDTH + 10.0, bottom + 20.0))
            .line(at(-10.0, bottom + 20.0))
            .close();
        page.svg.fill(&hill, fill);
        if index == 1 {
            let x = page.seed.between(140.0, 460.0);
            let share = x / WIDTH;
            let ridge = left.mul_add(1.0 - share, right * share);
            page.svg
                .fill(&figure(at(x, ridge + 16.0), height * 0.15), palette.ground);
        }
    }
}

/// Mountains of flat planes, lit from one side.
pub(super) fn peaks(page: &mut Page) {
    sun(page);
    let (palette, (top, bottom)) = (page.palette, page.picture());
    let height = bottom - top;
    let lit = page.seed.side();
    for (level, spread) in [(0.34, 250.0), (0.52, 200.0), (0.66, 150.0)] {
        let peak = at(
            page.seed.between(90.0, WIDTH - 90.0),
            top + height * (level + page.seed.between(-0.05, 0.05)),
        );
        let reach = spread + (bottom - peak.y) * page.seed.between(0.35, 0.6);
        let foot = at(peak.x + page.seed.between(-40.0, 40.0), bottom + 20.0);
        let (left, right) = (at(peak.x - reach, bottom + 20.0), at(peak.x + reach, bottom + 20.0));
        page.svg.fill(&Path::polygon([peak, left, right]), palette.ink);
        let dark = if lit > 0.0 { left } else { right };
        page.svg.fill(&Path::polygon([peak, dark, foot]), palette.shape);
        let (cap, low) = (0.16, 0.24);
        let snow = [peak, peak.mix(left, cap), peak.mix(foot, low), peak.mix(right, cap)];
        page.svg.fill(&Path::polygon(snow), palette.ground);
    }
}

/// A sea of scales, and a sail.
pub(super) fn waves(page: &mut Page) {
    sun(page);
    let (palette, (top, bottom)) = (page.palette, page.picture());
    let height = bottom - top;
    let water = top + height * page.seed.between(0.54, 0.62);
    let keel = at(page.seed.between(150.0, 450.0), water + 26.0);
    let mast = height * page.seed.between(0.24, 0.32);
    let side = page.seed.side();
    let sail = [
        at(keel.x, keel.y - mast),
        at(keel.x, keel.y - 34.0),
        at(keel.x + side * mast * 0.55, keel.y - 34.0),
    ];
    let jib = [
        at(keel.x - side * 7.0, keel.y - mast * 0.86),
        at(keel.x - side * 7.0, keel.y - 34.0),
        at(keel.x - side * mast * 0.32, keel.y - 34.0),
    ];
    page.svg.fill(&Path::polygon(sail), palette.ink);
    page.svg.fill(&Path::polygon(jib), palette.ink);
    let hull = [
        at(keel.x - mast * 0.46, keel.y - 26.0),
        at(keel.x + mast * 0.5, keel.y - 26.0),
        at(keel.x + mast * 0.34, keel.y + 20.0),
        at(keel.x - mast * 0.3, keel.y + 20.0),
    ];
    page.svg.fill(&Path::polygon(hull), palette.ink);
    let (mut y, mut radius, mut row) = (water, 34.0, 0_u32);
    while y < bottom + radius {
        let shift = if row % 2 == 0 { 0.0 } else { radius };
        let mut x = -radius + shift;
        while x < WIDTH + radius {
            page.svg.circle(at(x, y + radius), radius, palette.ground);
            page.svg.circle(at(x, y + radius), radius - 4.0, palette.shape);
            page.svg.circle(at(x, y + radius + 5.0), radius * 0.55, palette.ground);
            x += radius * 2.0;
        }
        y += radius * 0.72;
        radius += 6.0;
        row += 1;
    }
}
