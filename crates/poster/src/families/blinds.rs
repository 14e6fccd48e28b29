//! Crime: light through slats, and a person in front of it.

use super::disc;
use crate::page::{Page, WIDTH};
use crate::svg::{Path, Point, at};

/// Bands of light across the whole sheet, wider where they are nearer.
fn slats(page: &mut Page) {
    let (palette, (top, bottom)) = (page.palette, page.picture());
    let slope = page.seed.between(60.0, 190.0) * page.seed.side();
    let mut y = top - 200.0;
    let mut width = page.seed.between(16.0, 26.0);
    let growth = page.seed.between(1.02, 1.12);
    while y < bottom + 200.0 {
        let band = [
            at(0.0, y),
            at(WIDTH, y + slope),
            at(WIDTH, y + slope + width),
            at(0.0, y + width),
        ];
        page.svg.fill(&Path::polygon(band), palette.shape);
        y += width * page.seed.between(1.75, 1.95);
        width *= growth;
    }
}

pub(super) fn keyhole(page: &mut Page) {
    slats(page);
    let (palette, (top, bottom)) = (page.palette, page.picture());
    let height = bottom - top;
    let centre = at(page.seed.between(230.0, 370.0), top + height * 0.36);
    let radius = height * 0.15;
    let hole = |scale: f64| {
        let by = |x: f64, y: f64| at(centre.x + x * radius * scale, centre.y + y * radius * scale);
        let foot = Path::polygon([by(-0.42, 0.7), by(0.42, 0.7), by(0.82, 2.9), by(-0.82, 2.9)]);
        (disc(centre, radius * scale), foot)
    };
    for (scale, fill) in [(1.22, palette.ground), (1.0, palette.accent)] {
        let (eye, foot) = hole(scale);
        page.svg.fill(&eye, fill);
        page.svg.fill(&foot, fill);
    }
    let pupil = centre.towards(page.seed.between(0.0, 360.0), radius * 0.2);
    page.svg.circle(pupil, radius * 0.42, palette.ground);
}

/// A man with a hat, dark against the slats, with a single glowing spot.
pub(super) fn hat(page: &mut Page) {
    slats(page);
    let (palette, (top, bottom)) = (page.palette, page.picture());
    let height = bottom - top;
    let side = page.seed.side();
    let chin = at(WIDTH / 2.0 - side * page.seed.between(20.0, 70.0), top + height * 0.6);
    let unit = height * 0.12;
    let by = |x: f64, y: f64| at(chin.x + side * x * unit, chin.y + y * unit);
    let coat = Path::from(by(-3.1, 4.2))
        .cubic(by(-2.9, 1.4), by(-1.9, 0.9), by(-0.75, 0.5))
        .line(by(-0.8, -1.0))
        .line(by(0.75, -1.0))
        .line(by(0.62, 0.35))
        .cubic(by(1.9, 0.9), by(2.9, 1.5), by(3.0, 4.2))
        .close();
    page.svg.fill(&coat, palette.ground);
    let head = Path::from(by(-0.95, -1.5))
        .cubic(by(-1.0, -0.1), by(-0.3, 0.35), by(0.2, 0.3))
        .cubic(by(0.7, 0.3), by(0.85, -0.1), by(0.9, -0.5))
        .line(by(1.12, -0.72))
        .line(by(0.9, -1.5))
        .close();
    page.svg.fill(&head, palette.ground);
    let brim = Path::from(by(-1.9, -1.22))
        .quadratic(by(0.1, -2.15), by(2.0, -1.12))
        .quadratic(by(0.1, -1.55), by(-1.9, -1.22))
        .close();
    let crown = Path::from(by(-1.02, -1.6))
        .cubic(by(-1.0, -2.6), by(-0.8, -2.95), by(-0.1, -2.6))
        .cubic(by(0.5, -3.05), by(1.0, -2.6), by(1.06, -1.55))
        .close();
    page.svg.fill(&crown, palette.ground);
    page.svg.fill(&brim, palette.ground);
    let band = Path::polygon([by(-1.02, -1.62), by(-1.0, -1.98), by(1.04, -1.94), by(1.06, -1.56)]);
    page.svg.fill(&band, palette.accent);
    let cigarette = Path::from(by(0.82, -0.12)).line(by(1.5, 0.0));
    page.svg.stroke(&cigarette, unit * 0.12, palette.ink);
    page.svg.circle(by(1.56, 0.02), unit * 0.12, palette.accent);
}

/// A window pane with a bullet hole.
pub(super) fn shot(page: &mut Page) {
    slats(page);
    let (palette, (top, bottom)) = (page.palette, page.picture());
    let height = bottom - top;
    let centre = at(
        page.seed.between(200.0, 400.0),
        top + height * page.seed.between(0.38, 0.56),
    );
    let rays = page.seed.count(9, 13);
    let mut star = Vec::new();
    for ray in 0..rays {
        let degrees = 360.0 * f64::from(ray) / f64::from(rays) + page.seed.between(-9.0, 9.0);
        star.push(centre.towards(degrees, height * page.seed.between(0.26, 0.46)));
        star.push(centre.towards(
            degrees + 180.0 / f64::from(rays),
            height * page.seed.between(0.09, 0.13),
        ));
    }
    page.svg.fill(&Path::polygon(star.clone()), palette.ground);
    let inner = star.iter().map(|tip: &Point| centre.mix(*tip, 0.56));
    page.svg.fill(&Path::polygon(inner), palette.accent);
    page.svg.circle(centre, height * 0.052, palette.ground);
}
