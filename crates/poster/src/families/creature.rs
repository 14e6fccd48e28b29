//! Monsters: a soft creature that looks at the viewer. Only for films about one.

use super::disc;
use crate::page::{Page, WIDTH};
use crate::svg::{Path, at};

pub(super) fn draw(page: &mut Page) {
    let (palette, (top, bottom)) = (page.palette, page.picture());
    let height = bottom - top;
    let glow = at(WIDTH / 2.0 + page.seed.between(-60.0, 60.0), top + height * 0.42);
    page.svg
        .circle(glow, height * page.seed.between(0.34, 0.42), palette.accent);
    crest(page);
    body(page);
    eyes(page);
}

/// Horns, leaves or ears.
fn crest(page: &mut Page) {
    let (palette, (top, bottom)) = (page.palette, page.picture());
    let height = bottom - top;
    let root = top + height * 0.52;
    let kind = page.seed.index(3);
    let reach = height * page.seed.between(0.26, 0.36);
    for side in [-1.0, 1.0] {
        let by = |x: f64, y: f64| at(WIDTH / 2.0 + side * x, root + y * reach);
        let part = match kind {
            0 => Path::from(by(40.0, 0.2))
                .cubic(by(70.0, -0.5), by(170.0, -0.6), by(190.0, -1.0))
                .cubic(by(210.0, -0.4), by(190.0, 0.1), by(130.0, 0.4))
                .close(),
            1 => Path::from(by(30.0, 0.2))
                .cubic(by(20.0, -0.6), by(80.0, -1.0), by(150.0, -1.05))
                .cubic(by(170.0, -0.5), by(150.0, 0.0), by(90.0, 0.3))
                .close(),
            _ => Path::from(by(60.0, 0.3))
                .cubic(by(40.0, -1.3), by(150.0, -1.3), by(150.0, 0.3))
                .close(),
        };
        page.svg.fill(&part, palette.shape);
    }
}

fn body(page: &mut Page) {
    const ROUND: u32 = 11;
    let (palette, (top, bottom)) = (page.palette, page.picture());
    let height = bottom - top;
    let centre = at(WIDTH / 2.0, top + height * 0.74);
    let (wide, high) = (page.seed.between(190.0, 235.0), height * 0.36);
    let lumps: Vec<_> = (0..ROUND)
        .map(|step| {
            let towards = at(0.0, 0.0).towards(360.0 * f64::from(step) / f64::from(ROUND), 1.0);
            let swell = page.seed.between(0.92, 1.08);
            at(centre.x + towards.x * wide * swell, centre.y + towards.y * high * swell)
        })
        .collect();
    page.svg.fill(&Path::soft(&lumps), palette.shape);
    page.svg.rect(
        centre.x - wide * 0.97,
        centre.y,
        wide * 1.94,
        bottom - centre.y + 10.0,
        palette.shape,
    );
    for _ in 0..page.seed.count(4, 9) {
        let spot = at(
            centre.x + page.seed.between(-0.7, 0.7) * wide,
            bottom - page.seed.between(0.02, 0.2) * height,
        );
        let size = page.seed.between(7.0, 19.0);
        page.svg.fill(&disc(spot, size), palette.accent);
    }
}

fn eyes(page: &mut Page) {
    let (palette, (top, bottom)) = (page.palette, page.picture());
    let height = bottom - top;
    let count = page.seed.pick([1_u32, 2, 2, 2, 3]);
    let size = height
        * if count == 1 {
            0.13
        } else {
            page.seed.between(0.07, 0.095)
        };
    let apart = size * 2.25;
    let look = page.seed.between(0.0, 360.0);
    for eye in 0..count {
        let x = WIDTH / 2.0 + apart * (f64::from(eye) - f64::from(count - 1) / 2.0);
        let centre = at(x, top + height * 0.62);
        page.svg.circle(centre, size, palette.ink);
        let pupil = centre.towards(look, size * 0.34);
        page.svg.circle(pupil, size * 0.52, palette.ground);
    }
    let mouth = at(WIDTH / 2.0, top + height * 0.79);
    let grin = page.seed.between(40.0, 90.0);
    let smile = Path::from(at(mouth.x - grin, mouth.y))
        .quadratic(at(mouth.x, mouth.y + grin * 0.6), at(mouth.x + grin, mouth.y));
    page.svg.stroke(&smile, 9.0, palette.ground);
}
