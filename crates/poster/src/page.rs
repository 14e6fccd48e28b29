//! The sheet: where the picture and the lettering are, and what every family draws with.

use crate::seed::Seed;
use crate::svg::Svg;
use crate::text::{Align, Block, Frame, Typeface, is_right_to_left};
use crate::{Facts, Palette};

pub(crate) const WIDTH: f64 = 600.0;
pub(crate) const HEIGHT: f64 = 900.0;
const MARGIN: f64 = 42.0;
/// How much of the sheet's height the name may take.
const NAME_HEIGHT: f64 = 270.0;
const CREDIT_SIZE: f64 = 21.0;
const CREDIT_GAP: f64 = 16.0;
/// The space between the picture and the lettering.
const AIR: f64 = 34.0;

/// The lettering of a family's posters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lettering {
    pub(crate) typeface: Typeface,
    pub(crate) align: Align,
    pub(crate) place: Place,
    /// The largest size of the name.
    pub(crate) largest: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Foot,
    Head,
}

impl Place {
    fn other(self) -> Self {
        match self {
            Self::Foot => Self::Head,
            Self::Head => Self::Foot,
        }
    }
}

/// A poster while it is drawn. The picture may cross its edges; the band with the lettering is laid over it.
pub(crate) struct Page {
    pub(crate) svg: Svg,
    pub(crate) palette: Palette,
    /// The random numbers for the variation within the family.
    pub(crate) seed: Seed,
    name: Block,
    lettering: Lettering,
}

impl Page {
    pub(crate) fn open(facts: &Facts<'_>, palette: Palette) -> Self {
        let mut lettering = crate::families::Family::of(facts).lettering();
        // Half of the films have the lettering at the other end, so that posters of one family differ at first sight.
        if facts.seed("lettering").chance(0.5) {
            lettering.place = lettering.place.other();
        }
        if lettering.align == Align::Left && is_right_to_left(facts.shown) {
            lettering.align = Align::Right;
        }
        let frame = Frame {
            width: WIDTH - 2.0 * MARGIN,
            height: NAME_HEIGHT,
        };
        let name = if facts.shown.trim().is_empty() {
            "—"
        } else {
            facts.shown
        };
        let mut svg = Svg::open(WIDTH, HEIGHT, &label(facts));
        svg.rect(0.0, 0.0, WIDTH, HEIGHT, palette.ground);
        Self {
            svg,
            palette,
            seed: facts.seed("variation"),
            name: Block::fit(name, lettering.typeface, frame, lettering.largest),
            lettering,
        }
    }

    /// The top and the bottom of the picture.
    pub(crate) fn picture(&self) -> (f64, f64) {
        match self.lettering.place {
            Place::Foot => (0.0, HEIGHT - self.band()),
            Place::Head => (self.band(), HEIGHT),
        }
    }

    /// Adds the lettering, and returns the document.
    pub(crate) fn finish(mut self, facts: &Facts<'_>) -> String {
        let band = self.band();
        let top = if self.lettering.place == Place::Foot {
            HEIGHT - band
        } else {
            0.0
        };
        self.svg.rect(0.0, top, WIDTH, band, self.palette.ground);
        let name_top = if self.lettering.place == Place::Foot {
            top + AIR
        } else {
            MARGIN
        };
        let x = match self.lettering.align {
            Align::Left => MARGIN,
            Align::Middle => WIDTH / 2.0,
            Align::Right => WIDTH - MARGIN,
        };
        self.name
            .draw(&mut self.svg, x, name_top, self.lettering.align, self.palette.ink);
        let credits = credits(facts);
        let line = Block::line(&credits, Typeface::Archivo, WIDTH - 2.0 * MARGIN, CREDIT_SIZE);
        let credits_top = name_top + self.name.height() + CREDIT_GAP;
        line.draw(&mut self.svg, x, credits_top, self.lettering.align, self.palette.ink);
        self.svg.finish()
    }

    /// The height of the band with the lettering.
    fn band(&self) -> f64 {
        MARGIN + self.name.height() + CREDIT_GAP + CREDIT_SIZE * 1.3 + AIR
    }
}

fn credits(facts: &Facts<'_>) -> String {
    match facts.director.trim() {
        "" => facts.year.to_string(),
        director => format!("{director}   {}", facts.year),
    }
}

fn label(facts: &Facts<'_>) -> String {
    format!("{} ({})", facts.shown, facts.year)
}
